"""``journal``: closed trades, of the agent or of a run: listed, shown, noted on, exported."""

from pathlib import Path
from typing import Annotated

import typer

from fin_agent.entrypoints.cli.manual import fill
from fin_agent.entrypoints.cli.options import Options, command

RunOption = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="NAME", help="Which run (default: the agent's, else the newest)."
    ),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="First session: YYYY-MM-DD.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="Last session: YYYY-MM-DD.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="The trader's journal: list, show, note, fill, export.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(group, "list")(list_trades)
    command(group, "show")(show_trade)
    command(group, "note")(note)
    command(group, "fill")(fill)
    command(group, "export")(export)
    app.add_typer(group, name="journal")


async def list_trades(
    options: Options,
    run: RunOption = None,
    first: FromOption = None,
    last: ToOption = None,
    symbol: Annotated[
        str | None, typer.Option("--symbol", metavar="A", help="Only this one.")
    ] = None,
) -> None:
    """List closed trades with their result in R."""
    from fin_agent.entrypoints.cli.journal_report import show_list

    await show_list(options, run, (first, last), symbol)


async def show_trade(
    options: Options,
    trade: Annotated[str, typer.Argument(metavar="TRADE", help="Trade id, its end, or a symbol.")],
    run: RunOption = None,
) -> None:
    """Show one trade with its fills and every decision about it."""
    from fin_agent.entrypoints.cli.journal_report import show_one

    await show_one(options, run, trade)


async def note(
    options: Options,
    trade: Annotated[str, typer.Argument(metavar="TRADE", help="Trade id, its end, or a symbol.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you want to remember.")],
    tag: Annotated[str, typer.Option("--tag", metavar="T", help="A word to find it by.")] = "",
    grade: Annotated[
        str, typer.Option("--grade", metavar="G", help="How well it was done: A to F.")
    ] = "",
) -> int | None:
    """Write something about a closed trade of the agent. It is kept in the log."""
    from fin_agent.entrypoints.cli.journal_report import take_note

    return await take_note(options, trade, text, tag, grade)


async def export(
    options: Options,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Ends in .csv, .parquet or .json.")
    ],
    run: RunOption = None,
    first: FromOption = None,
    last: ToOption = None,
) -> None:
    """Write the closed trades of a run to a file."""
    from fin_agent.entrypoints.cli.journal_report import export_trades

    await export_trades(options, run, (first, last), out)
