"""``demo``, ``replay`` and ``backtest``: stored days through the one day driver."""

from pathlib import Path
from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command

AtOption = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help='Scan time: HH:MM New York, or "open".')
]
SymbolsOption = Annotated[
    str | None, typer.Option("--symbols", metavar="A,B", help="Only these instead of the universe.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Write one HTML file with charts.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    command(app, "demo")(demo)
    command(app, "replay")(replay)
    command(app, "backtest")(backtest)


async def demo(
    options: Options,
    day: Annotated[
        int, typer.Option("--day", metavar="N", min=1, max=2, help="Which bundled day, 1 or 2.")
    ] = 1,
    speed: Annotated[
        float,
        typer.Option(
            "--speed", metavar="X", min=0, help="Times real time; 0: as fast as possible."
        ),
    ] = 0.0,
    report: HtmlOption = None,
) -> None:
    """One simulated day through the whole pipeline, on paper. Needs no network and no key."""
    from fin_agent.entrypoints.cli.stored_days import show_demo

    await show_demo(options, day, speed, report)


async def replay(
    options: Options,
    day: Annotated[str, typer.Argument(metavar="DATE", help="A stored session: YYYY-MM-DD.")],
    at: AtOption = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Decide again and compare with the record.")
    ] = False,
    symbols: SymbolsOption = None,
    report: HtmlOption = None,
) -> int | None:
    """Put one stored day through the pipeline and record it.

    With --verify it is decided again; the first decision that differs is named (exit code 1).
    """
    from fin_agent.entrypoints.cli.stored_days import ReplayChoices, show_replay

    choices = ReplayChoices(day, at, symbols, report)
    return await show_replay(options, choices, verify=verify)


async def backtest(
    options: Options,
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First session: YYYY-MM-DD.")
    ],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last session: YYYY-MM-DD.")],
    symbols: SymbolsOption = None,
    bars: Annotated[
        str, typer.Option("--bars", metavar="KIND", help="minute or daily.")
    ] = "minute",
    at: AtOption = None,
    report: HtmlOption = None,
) -> None:
    """Run many stored days through the same pipeline. Equity carries over from day to day."""
    from fin_agent.entrypoints.cli.many_days import BacktestChoices, show_backtest

    choices = BacktestChoices(first, last, symbols, bars, at, report)
    await show_backtest(options, choices)
