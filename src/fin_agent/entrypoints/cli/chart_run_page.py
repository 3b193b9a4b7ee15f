"""A replay or backtest as a page: figures, curves, breakdowns, every trade, and its assumptions."""

from collections.abc import Iterator, Sequence
from datetime import date

from fin_agent.application.backtest import RunOutcome, quality
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.performance import Performance
from fin_agent.entrypoints.cli.chart_page import (
    Cell,
    cards,
    listing,
    page,
    pair,
    plot,
    safe,
    section,
    table,
    tone,
)
from fin_agent.entrypoints.cli.chart_run import (
    calendar_figure,
    equity_figure,
    r_figure,
    verdict_figure,
)
from fin_agent.entrypoints.cli.chart_run_groups import GROUPS, group_figure
from fin_agent.entrypoints.cli.report_words import (
    EXITS,
    SIMULATED_NOTE,
    clock,
    money,
    price,
    shares,
)
from fin_agent.entrypoints.cli.run_report import figure_rows, flat

_UNTIMED_IN_DAILY_BARS = frozenset({"stop", "target"})
_SIGNED = frozenset({"total result", "total return", "expectancy", "Sharpe (daily, x sqrt 252)"})
_HEAD = (
    ("date", True),
    ("symbol", True),
    ("side", True),
    ("entry", True),
    ("class", True),
    ("in", True),
    ("price", False),
    ("out", True),
    ("price", False),
    ("exit", True),
    ("shares", False),
    ("result", False),
    ("R", False),
    ("worst R", False),
    ("best R", False),
    ("slip bps", False),
    ("gap %", False),
    ("score", False),
)


def run_page(
    outcome: RunOutcome, first: date, last: date, *, currency: str, simulated: bool
) -> str:
    """The whole page as HTML."""
    figures = outcome.performance
    known = {**quality(outcome.verdicts, len(outcome.days)), **outcome.data_quality}
    curves = [section("Equity and drawdown", plot("equity", equity_figure(outcome, currency)))]
    if outcome.trades:
        curves += list(_trade_sections(outcome, currency))
    parts = [
        _intro(outcome, currency, simulated=simulated),
        cards(_cards(figures, currency)),
        *curves,
        section("Verdicts", plot("verdicts", verdict_figure(outcome))),
        pair(
            section("Assumptions", listing(outcome.assumptions)),
            section("Data quality", listing(f"{name}: {text}" for name, text in flat(known))),
        ),
        f'<p class="muted">Decision hash <code>{safe(outcome.decision_hash)}</code></p>',
    ]
    return page(f"Run report {first} to {last}", parts, simulated=simulated)


def _intro(outcome: RunOutcome, currency: str, *, simulated: bool) -> str:
    bars = "daily" if outcome.daily else "one-minute"
    text = f"{len(outcome.days)} sessions on {bars} bars. Results in {currency}, prices in USD."
    note = f" {SIMULATED_NOTE}" if simulated else ""
    return f'<p class="muted">{safe(text + note)}</p>'


def _cards(figures: Performance, currency: str) -> Iterator[tuple[str, str, float]]:
    for name, text in figure_rows(figures, currency, "not known"):
        sign = -1.0 if text.startswith("-") else 1.0
        yield name, text, sign if name in _SIGNED and text[:1] in "+-123456789" else 0.0


def _trade_sections(outcome: RunOutcome, currency: str) -> Iterator[str]:
    results = section("Results in R", plot("r", r_figure(outcome)))
    days = section("Result of each session", plot("calendar", calendar_figure(outcome, currency)))
    one_year = outcome.days[0].session_date.year == outcome.days[-1].session_date.year
    yield pair(results, days) if one_year else results + days
    groups = [
        plot(f"by-{place}", group_figure(outcome.trades, group))
        for place, group in enumerate(GROUPS)
    ]
    yield section("Average R by", pair(*groups))
    rows = (_row(trade, daily=outcome.daily) for trade in _in_order(outcome.trades))
    yield section(f"Trades ({len(outcome.trades)})", table(_HEAD, rows))


def _in_order(trades: Sequence[TradeRecord]) -> Sequence[TradeRecord]:
    return sorted(trades, key=lambda trade: (trade.entry_time, trade.symbol))


def _row(trade: TradeRecord, *, daily: bool) -> Sequence[Cell]:
    untimed = daily and trade.exit_reason in _UNTIMED_IN_DAILY_BARS
    out = "" if untimed or trade.exit_time is None else clock(trade.exit_time)
    pnl = float(trade.pnl)
    exit_ = EXITS.get(trade.exit_reason, trade.exit_reason)
    return (
        Cell(trade.session_date.isoformat()),
        Cell(trade.symbol),
        Cell(trade.side.value),
        Cell(trade.entry),
        Cell(trade.gap_class),
        Cell(clock(trade.entry_time)),
        Cell(price(trade.entry_price), float(trade.entry_price)),
        Cell(out),
        Cell(price(trade.exit_price), float(trade.exit_price)),
        Cell(f"{exit_} (ambiguous)" if trade.ambiguous else exit_),
        Cell(shares(trade.quantity), float(trade.quantity)),
        Cell(money(trade.pnl, sign=True), pnl, tone(pnl)),
        Cell(f"{trade.r_multiple:+.2f}", trade.r_multiple, tone(trade.r_multiple)),
        Cell(f"{trade.mae_r:.2f}", trade.mae_r),
        Cell(f"{trade.mfe_r:.2f}", trade.mfe_r),
        Cell(f"{trade.slippage_bps:+.1f}", trade.slippage_bps),
        Cell(f"{trade.gap_pct:+.2f}", trade.gap_pct),
        Cell(f"{trade.composite:.1f}", trade.composite),
    )
