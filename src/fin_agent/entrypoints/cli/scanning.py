"""``scan`` and ``why``: what the agent would see, and why it did not take a symbol."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command

BarsOption = Annotated[
    str | None,
    typer.Option("--bars", metavar="KIND", help="minute or daily (default: what is stored)."),
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    command(app, "scan")(scan)
    command(app, "why")(why)


async def scan(
    options: Options,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="INSTANT", help="2025-11-06T09:25 (New York), a date, HH:MM, or open."
        ),
    ] = None,
    second_look: Annotated[
        bool, typer.Option("--second-look", help="At the time of the second look (12:15).")
    ] = False,
    symbols: Annotated[
        str | None, typer.Option("--symbols", metavar="A,B", help="Only these.")
    ] = None,
    bars: BarsOption = None,
    verdicts: Annotated[
        bool, typer.Option("--verdicts", help="List every symbol's verdict too.")
    ] = False,
) -> None:
    """Scan once: verdicts, ranking, plans and advice. Sends nothing and stores nothing."""
    from fin_agent.entrypoints.cli.one_scan import ScanChoices, show_scan

    asked = ScanChoices(at, symbols, bars, second_look=second_look, every_verdict=verdicts)
    await show_scan(options, asked)


async def why(
    options: Options,
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="The symbol to ask about.")],
    date: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="The session: YYYY-MM-DD.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="INSTANT", help="The scan instant.")
    ] = None,
    bars: BarsOption = None,
) -> None:
    """Explain the verdict on a symbol and what would have changed it."""
    from fin_agent.entrypoints.cli.one_scan import show_why

    await show_why(options, symbol, date, at, bars)
