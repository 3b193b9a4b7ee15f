"""The tables of a run report: periods, best and worst trades, what was decided how often."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rich.console import RenderableType
from rich.text import Text

from fin_agent.application.backtest import RunOutcome
from fin_agent.domain.gates import RULES
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.verdict import SELECTED
from fin_agent.entrypoints.cli.report_grid import grid
from fin_agent.entrypoints.cli.report_ink import Ink, signed
from fin_agent.entrypoints.cli.report_words import EXITS, money, percent, shares

_WEEKS_UP_TO, _MONTHS_UP_TO = 65, 800
_BEST_AND_WORST = 5
_BAR_WIDTH = 16
_COUNT_WIDTH = 24


@dataclass(slots=True)
class Period:
    """The sessions of one week, month or year; ``opened`` is the equity before them."""

    name: str
    opened: Decimal
    sessions: int = 0
    trades: int = 0
    wins: int = 0
    pnl: Decimal = Decimal(0)


def by_period(outcome: RunOutcome) -> list[Period]:
    """The run cut into weeks, months or years, whatever gives a readable number of rows."""
    count = len(outcome.days)
    traded = Counter(trade.session_date for trade in outcome.trades)
    won = Counter(trade.session_date for trade in outcome.trades if trade.pnl > 0)
    found: dict[str, Period] = {}
    for day in outcome.days:
        name = _period_of(day.session_date, count)
        period = found.setdefault(name, Period(name, day.equity - day.pnl))
        period.sessions += 1
        period.trades += traded[day.session_date]
        period.wins += won[day.session_date]
        period.pnl += day.pnl
    return list(found.values())


def _period_of(day: date, count: int) -> str:
    if count <= _WEEKS_UP_TO:
        year, week, _ = day.isocalendar()
        return f"{year} week {week:02}"
    return f"{day:%Y-%m}" if count <= _MONTHS_UP_TO else f"{day:%Y}"


def periods(outcome: RunOutcome, ink: Ink) -> Iterator[RenderableType]:
    """Result by week, month or year, losses drawn to the left and gains to the right."""
    rows = by_period(outcome)
    if not rows:
        return
    names = ("sessions", "trades", "won", "result", "return")
    table = grid(("period", ""), *((name, "right") for name in names), ("", "right"), ("", ""))
    largest = max(abs(period.pnl) for period in rows) or Decimal(1)
    for period in rows:
        drawn = ink.blocks(float(abs(period.pnl) / largest), _BAR_WIDTH)
        share = float(100 * period.pnl / period.opened) if period.opened else None
        table.add_row(
            period.name,
            str(period.sessions),
            str(period.trades),
            str(period.wins),
            signed(money(period.pnl, sign=True), float(period.pnl)),
            percent(share, sign=True),
            f"{drawn}|" if period.pnl < 0 else "|",
            drawn if period.pnl > 0 else "",
        )
    yield table


def extremes(outcome: RunOutcome, ink: Ink) -> Iterator[RenderableType]:
    """The best and the worst trades by R."""
    ranked = sorted(outcome.trades, key=lambda trade: (-trade.r_multiple, trade.entry_time))
    best = [trade for trade in ranked if trade.pnl > 0][:_BEST_AND_WORST]
    worst = [trade for trade in reversed(ranked) if trade.pnl <= 0][:_BEST_AND_WORST]
    if not ranked:
        yield Text("No trade.")
        return
    head = ("", ""), ("date", ""), ("symbol", ""), ("side", ""), ("entry", "")
    names = ("shares", "result", "R")
    table = grid(*head, *((name, "right") for name in names), ("exit", ""))
    for name, listed in (("best", best), ("worst", worst)):
        for place, trade in enumerate(listed):
            table.add_row(*_trade(trade, name if place == 0 else "", ink))
    yield table


def _trade(trade: TradeRecord, name: str, ink: Ink) -> Sequence[str | Text]:
    return (
        name,
        trade.session_date.isoformat(),
        Text(ink.outside(trade.symbol), "bold"),
        trade.side.value,
        trade.entry,
        shares(trade.quantity),
        signed(money(trade.pnl, sign=True), float(trade.pnl)),
        signed(f"{trade.r_multiple:+.2f}", trade.r_multiple),
        EXITS.get(trade.exit_reason, trade.exit_reason),
    )


def verdict_counts(outcome: RunOutcome, ink: Ink) -> Iterator[RenderableType]:
    """What decided how often, over all symbols and sessions."""
    counts = {rule: outcome.verdicts[rule] for rule in (*RULES, SELECTED) if outcome.verdicts[rule]}
    if counts:
        yield _counted(counts, "verdict", ink)


def fates(outcome: RunOutcome, ink: Ink) -> Iterator[RenderableType]:
    """What became of the plans."""
    filled = len(outcome.trades)
    counts = {"traded": filled, **dict(sorted(outcome.refused.items()))}
    if filled or outcome.refused:
        yield _counted(counts, "plans", ink)


def _counted(counts: Mapping[str, int], name: str, ink: Ink) -> RenderableType:
    everything = sum(counts.values())
    table = grid((name, ""), ("count", "right"), ("share", "right"), ("", ""))
    for rule, count in counts.items():
        share = count / everything if everything else 0.0
        drawn = ink.bar(share, _COUNT_WIDTH)
        table.add_row(ink.outside(rule), f"{count:,}", percent(100 * share, 1), drawn)
    return table
