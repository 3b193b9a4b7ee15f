"""``data``: bring bars in, keep them current, see what is stored and what is doubtful about it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="The bar store: import, sync, check, list.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(group, "import")(import_files)
    command(group, "sync")(sync)
    command(group, "check")(check)
    command(group, "list")(list_sets)
    app.add_typer(group, name="data")


async def import_files(
    options: Options,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Parquet or CSV files.")],
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="bars or actions.")] = "bars",
    resolution: Annotated[
        str | None,
        typer.Option("--resolution", metavar="R", help="1d or 1m (default: told by the times)."),
    ] = None,
    adjusted: Annotated[
        bool, typer.Option("--adjusted", help="Prices are already adjusted for later splits.")
    ] = False,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Who the data is from.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite stored rows that differ.")
    ] = False,
) -> None:
    """Import bars, or splits and dividends: all of a file or nothing."""
    from fin_agent.domain.errors import UsageError
    from fin_agent.domain.history import ImportOptions
    from fin_agent.entrypoints.cli.data_report import print_import
    from fin_agent.entrypoints.documents.whole import import_document

    if kind not in {"bars", "actions"}:
        raise UsageError(f"--kind {kind!r}: choose bars or actions")
    if resolution not in {None, "1d", "1m"}:
        raise UsageError(f"--resolution {resolution!r}: choose 1d or 1m")
    store = options.app().bar_store
    chosen = ImportOptions(kind, resolution, adjusted, source, replace)
    reports = []
    for path in files:
        if sys.stderr.isatty():
            options.note(f"importing {path} ...")
        reports.append(await store.import_file(path, chosen))
    if options.as_json:
        options.print_document(import_document(reports))
    else:
        print_import(options.console(), reports)


async def sync(
    options: Options,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First session (default: a year).")
    ] = None,
    symbols: Annotated[
        str | None,
        typer.Option("--symbols", metavar="A,B", help="Only these instead of the universe."),
    ] = None,
) -> int | None:
    """Fetch missing daily bars, splits and dividends. Only what is missing is asked for."""
    from fin_agent.entrypoints.cli.data_sync import show_sync

    return await show_sync(options, first, symbols)


async def check(
    options: Options,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="Findings shown a rule.")
    ] = 5,
) -> None:
    """Count what is doubtful in the store, by rule."""
    from fin_agent.entrypoints.cli.data_report import print_check
    from fin_agent.entrypoints.documents.whole import check_document

    issues = await options.app().bar_store.check()
    if options.as_json:
        options.print_document(check_document(issues))
    else:
        print_check(options.console(), issues, limit)


async def list_sets(options: Options) -> None:
    """List what is stored, by resolution and source."""
    from fin_agent.entrypoints.cli.data_report import print_list
    from fin_agent.entrypoints.documents.whole import listing_document

    app = options.app()
    sets = await app.bar_store.listing()
    if options.as_json:
        options.print_document(listing_document(sets))
    else:
        print_list(options.console(), sets, app.data_dir)
