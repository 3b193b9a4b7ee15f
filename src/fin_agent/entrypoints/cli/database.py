"""``db``: back up, restore, verify, rebuild and migrate the state database."""

from pathlib import Path
from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="The state database: backup, restore, verify, rebuild, migrate.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(group, "backup")(backup)
    command(group, "restore")(restore)
    command(group, "verify")(verify)
    command(group, "rebuild")(rebuild)
    command(group, "migrate")(migrate)
    app.add_typer(group, name="db")


async def backup(
    options: Options,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="The copy (default: a new file in backups/)."),
    ] = None,
) -> None:
    """Copy the state database and check the copy. Works while the agent runs."""
    from fin_agent.entrypoints.cli.database_report import show_backup

    show_backup(options, to)


async def restore(
    options: Options, file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")]
) -> None:
    """Check a backup and put it in place. The replaced database is kept beside it."""
    from fin_agent.entrypoints.cli.database_report import show_restore

    show_restore(options, file)


async def verify(
    options: Options,
    quick: Annotated[
        bool, typer.Option("--quick", help="Without indexes, foreign keys and the log.")
    ] = False,
) -> int | None:
    """Check pages, hashes and tables, and name what is wrong. Works while the agent runs."""
    from fin_agent.entrypoints.cli.database_report import show_verify

    return show_verify(options, quick=quick)


async def rebuild(options: Options) -> None:
    """Correct orders, fills and trades from the event log."""
    from fin_agent.entrypoints.cli.database_report import show_rebuild

    show_rebuild(options)


async def migrate(options: Options) -> None:
    """Bring the schema up to date, after a backup."""
    from fin_agent.entrypoints.cli.database_report import show_migrate

    await show_migrate(options)
