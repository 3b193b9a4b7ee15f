"""``demo``, ``replay`` and ``backtest``: stored days through the one day driver."""

from pathlib import Path
from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command

AtOption = Annotated[str | None, typer.Option("--at", help='Scan time: HH:MM New York, or "open".')]
SymbolsOption = Annotated[
    str | None, typer.Option("--symbols", help="Only these, separated by commas.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--report", help="Write one self-contained HTML file.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    command(app, "demo")(demo)
    command(app, "replay")(replay)
    command(app, "backtest")(backtest)


async def demo(
    options: Options,
    day: Annotated[int, typer.Option("--day", min=1, max=2, help="Which bundled day.")] = 1,
    speed: Annotated[
        float, typer.Option("--speed", min=0, help="Times real time; 0: as fast as possible.")
    ] = 0.0,
    report: HtmlOption = None,
) -> None:
    """One bundled simulated day through the whole pipeline, on paper; no network, no key."""
    from fin_agent.entrypoints.cli.stored_days import show_demo

    await show_demo(options, day, speed, report)


async def replay(
    options: Options,
    day: Annotated[str, typer.Argument(metavar="DATE", help="A stored session, YYYY-MM-DD.")],
    at: AtOption = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare the decisions with the stored ones.")
    ] = False,
    symbols: SymbolsOption = None,
    report: HtmlOption = None,
) -> int | None:
    """Put a stored day through the pipeline; --verify names the first decision that differs."""
    from fin_agent.entrypoints.cli.stored_days import ReplayChoices, show_replay

    choices = ReplayChoices(day, at, symbols, report)
    return await show_replay(options, choices, verify=verify)


async def backtest(
    options: Options,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First session.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last session.")],
    symbols: SymbolsOption = None,
    bars: Annotated[str, typer.Option("--bars", help="minute or daily.")] = "minute",
    at: AtOption = None,
    report: HtmlOption = None,
) -> None:
    """Run the same day driver over many stored days; equity carries over."""
    from fin_agent.entrypoints.cli.many_days import BacktestChoices, show_backtest

    choices = BacktestChoices(first, last, symbols, bars, at, report)
    await show_backtest(options, choices)
