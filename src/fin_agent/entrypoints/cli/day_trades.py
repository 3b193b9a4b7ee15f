"""The trading part of a day report: plans, advice, triggers, trades and the loss cap."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.risk import Breach, PlanAdvised
from fin_agent.entrypoints.cli.report_grid import grid
from fin_agent.entrypoints.cli.report_ink import Ink, label, signed
from fin_agent.entrypoints.cli.report_words import (
    EXITS,
    clock,
    counted,
    fate_words,
    limits,
    money,
    percent,
    price,
    shares,
)

_UNTIMED_IN_DAILY_BARS = frozenset({"stop", "target"})
_SPAN_WIDTH = 40
_LEAST_SPAN = (-1.2, 1.2)
_GAUGE_WIDTH = 40


def plans(outcome: DayOutcome, ink: Ink) -> Iterator[RenderableType]:
    """Every plan with its levels at the reference price."""
    if not outcome.advice:
        return
    names = ("reference", "stop", "target", "R", "shares", "value", "risk")
    table = grid(("symbol", ""), ("side", ""), ("entry", ""), *((name, "right") for name in names))
    for advised in outcome.advice:
        plan, sizing = advised.plan, advised.assessment.sizing
        table.add_row(
            Text(ink.outside(plan.symbol), "bold"),
            plan.side.value,
            plan.entry,
            price(plan.reference),
            price(plan.levels.stop),
            price(plan.levels.target),
            f"{plan.levels.reward_r:.1f}",
            shares(sizing.quantity),
            money(sizing.value),
            money(sizing.risk),
        )
    yield table
    yield _estimate(outcome.advice)


def _estimate(advised: Sequence[PlanAdvised]) -> Text:
    odds = [100 * advice.plan.win_probability for advice in advised]
    kelly = [100 * advice.plan.kelly for advice in advised]
    return Text(
        f"Win estimate {_range(odds)}, quarter Kelly {_range(kelly)}: not calibrated, "
        "shown only, never used for size.",
        "italic",
    )


def _range(values: Sequence[float]) -> str:
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def advice(
    outcome: DayOutcome, rules: TradingRules, ink: Ink, *, traded: bool
) -> Iterator[RenderableType]:
    """Armed or not and why, whether it fits beside its betters, and what became of it."""
    if not outcome.advice:
        yield Text("No plan.")
        return
    last = (("what happened", "fold"),) if traded else ()
    table = grid(("symbol", ""), ("advice", "fold"), *last)
    betters: list[str] = []
    for advised in outcome.advice:
        symbol = advised.plan.symbol
        cells = [_advice(advised, betters, rules, ink)]
        if traded:
            cells.append(ink.outside(fate_words(outcome.fates.get(symbol))))
        table.add_row(Text(ink.outside(symbol), "bold"), *cells)
        if not advised.cumulative:
            betters.append(ink.outside(symbol))
    yield table


def _advice(advised: PlanAdvised, betters: Sequence[str], rules: TradingRules, ink: Ink) -> str:
    sizing = advised.assessment.sizing
    if not advised.is_approved:
        details = [_shortfall(breach, advised, rules, ink) for breach in advised.breaches]
        return f"not armed: {', '.join(details)}"
    bound = limits([sizing.bound_by]) if sizing.bound_by else ""
    armed = f"armed, {counted(sizing.quantity)} ({bound})"
    if not advised.cumulative:
        return armed
    beside = f" beside {', '.join(betters)}" if betters else ""
    return f"{armed}; does not fit{beside}: {limits(list(advised.cumulative))}"


def _shortfall(breach: Breach, advised: PlanAdvised, rules: TradingRules, ink: Ink) -> str:
    """A broken limit in words, with how many shares it would allow where it allows some."""
    sizing = advised.assessment.sizing
    allowed = sizing.allowed.get(breach)
    if breach is Breach.CORRELATION:
        high = {s: c for s, c in sizing.correlations.items() if c is not None}
        worst = max(high, key=lambda symbol: high[symbol])
        return f"{limits([breach])} {ink.outside(worst)} {high[worst]:.2f}"
    if allowed is None:
        return limits([breach])
    return f"{limits([breach])} allows {max(allowed, Decimal(0)):.2f} of {counted(rules.risk.lot)}"


def trades(outcome: DayOutcome, rules: TradingRules, ink: Ink) -> Iterator[RenderableType]:
    """Every trade in order of its entry."""
    if not outcome.trades:
        yield Text("No trade.")
        return
    right = ("shares", "result", "R", "slip")
    table = grid(("symbol", ""), ("side", ""), ("in", ""), ("out", ""), ("exit", ""))
    for header in right:
        table.add_column(header, justify="right", no_wrap=True)
    for trade in _in_order(outcome.trades):
        _add_trade(table, trade, rules, ink)
    yield table
    yield Text("slip: entry against the trigger in bps, positive is worse", "italic")
    if any(trade.ambiguous for trade in outcome.trades):
        yield Text("? both exits were in reach inside one bar: the worse one is assumed")


def _add_trade(table: Table, trade: TradeRecord, rules: TradingRules, ink: Ink) -> None:
    untimed = rules.daily and trade.exit_reason in _UNTIMED_IN_DAILY_BARS
    left = "     " if untimed or trade.exit_time is None else clock(trade.exit_time)
    table.add_row(
        Text(ink.outside(trade.symbol), "bold"),
        trade.side.value,
        f"{clock(trade.entry_time)} {price(trade.entry_price)}",
        f"{left} {price(trade.exit_price)}",
        EXITS.get(trade.exit_reason, trade.exit_reason) + (" ?" if trade.ambiguous else ""),
        shares(trade.quantity),
        signed(money(trade.pnl, sign=True), float(trade.pnl)),
        signed(f"{trade.r_multiple:+.2f}", trade.r_multiple),
        f"{trade.slippage_bps:+.1f}",
    )


def excursions(outcome: DayOutcome, ink: Ink) -> Iterator[RenderableType]:
    """Worst and best price of each trade in R, with its result, on one scale."""
    if not outcome.trades:
        return
    low = min(_LEAST_SPAN[0], *(min(t.mae_r, t.r_multiple) for t in outcome.trades))
    high = max(_LEAST_SPAN[1], *(max(t.mfe_r, t.r_multiple) for t in outcome.trades))
    table = grid(
        ("symbol", ""), ("worst", "right"), ("", ""), ("best", "right"), ("result", "right")
    )
    for trade in _in_order(outcome.trades):
        worst, best = min(trade.mae_r, trade.r_multiple), max(trade.mfe_r, trade.r_multiple)
        drawn = ink.span(worst, best, trade.r_multiple, (low, high), _SPAN_WIDTH)
        table.add_row(
            Text(ink.outside(trade.symbol), "bold"),
            f"{trade.mae_r:.2f}",
            drawn,
            f"{trade.mfe_r:.2f}",
            f"{trade.r_multiple:+.2f} R",
        )
    yield table


def loss_gauge(
    outcome: DayOutcome, rules: TradingRules, ink: Ink, currency: str
) -> Iterator[RenderableType]:
    """What of the daily loss cap the day's result has used."""
    cap, pnl = rules.risk.daily_loss_cap, outcome.result.pnl
    lost = max(Decimal(0), -pnl)
    share = float(lost / cap)
    drawn = ink.gauge(share, _GAUGE_WIDTH)
    line = Text(f"{drawn} {money(lost)} of {money(cap, currency)} used ({percent(100 * share, 0)})")
    yield line
    if outcome.is_locked:
        yield Text.assemble(label("LOCKED"), " The cap was reached: entries cancelled, all sold.")


def _in_order(records: Sequence[TradeRecord]) -> Sequence[TradeRecord]:
    return sorted(records, key=lambda trade: (trade.entry_time, trade.symbol))
