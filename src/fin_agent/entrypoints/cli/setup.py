"""``init`` and ``config``: the first steps and the settings."""

from pathlib import Path
from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    command(app, "init")(init)
    group = typer.Typer(
        help="The settings: show, check.", no_args_is_help=True, rich_markup_mode=None
    )
    command(group, "show")(config_show)
    command(group, "check")(config_check)
    app.add_typer(group, name="config")


async def init(
    options: Options,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where config.yaml goes.")
    ] = Path(),
) -> None:
    """Write config.yaml and the default universe. It never overwrites anything."""
    from fin_agent.entrypoints.cli.setup_report import write_starter

    await write_starter(options, folder)


async def config_show(options: Options) -> None:
    """Show every setting with the value in force. Secrets are never shown."""
    from fin_agent.entrypoints.cli.setup_report import show_config

    await show_config(options)


async def config_check(options: Options) -> int | None:
    """Check settings, universe and plug-ins; list every problem."""
    from fin_agent.entrypoints.cli.setup_report import check_config

    return await check_config(options)
