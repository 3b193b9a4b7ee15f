"""``doctor``: what is right with this installation, what is not, and what to do about it."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    command(app, "doctor")(doctor)


async def doctor(
    options: Options,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no provider and no broker.")
    ] = False,
) -> int | None:
    """Check everything once: ok, warn or fail, each with the remedy."""
    from fin_agent.entrypoints.cli.doctor_report import show_doctor

    return await show_doctor(options, offline=offline)
