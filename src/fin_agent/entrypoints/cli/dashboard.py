"""``dashboard``: the pages in a browser, from a process of their own."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    command(app, "dashboard")(dashboard)


async def dashboard(
    options: Options,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=1, max=65535, help="Default: dashboard.port, 8501."
        ),
    ] = None,
    api: Annotated[
        str | None, typer.Option("--api", metavar="URL", help="Where the agent's API answers.")
    ] = None,
) -> None:
    """Show the agent in a browser of this machine. It only asks the API."""
    from fin_agent.entrypoints.cli.dashboard_process import become

    become(options.app(), api, port, options.note)
