"""A day as a page: funnel, scores, equity against the loss cap, one chart a planned symbol."""

from collections.abc import Iterator, Mapping, Sequence

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Bar
from fin_agent.domain.risk import PlanAdvised
from fin_agent.entrypoints.cli.chart_candles import candle_figure
from fin_agent.entrypoints.cli.chart_day import equity_figure, factor_figure, funnel_figure
from fin_agent.entrypoints.cli.chart_page import (
    cards,
    listing,
    page,
    pair,
    plot,
    safe,
    section,
)
from fin_agent.entrypoints.cli.day_report import rate_words
from fin_agent.entrypoints.cli.report_words import (
    SIMULATED_NOTE,
    clock,
    counted,
    exit_words,
    fate_words,
    limits,
    long_date,
    money,
    percent,
    price,
)


def day_page(
    outcome: DayOutcome,
    bars: Mapping[str, Sequence[Bar]],
    rules: TradingRules,
    *,
    currency: str,
    simulated: bool,
) -> str:
    """The whole page as HTML."""
    parts = [
        _intro(outcome, currency, simulated=simulated),
        cards(_cards(outcome, rules, currency)),
        pair(
            section(
                "From the universe to the plans", plot("funnel", funnel_figure(outcome, rules))
            ),
            section("What the scores are made of", plot("scores", factor_figure(outcome, rules))),
        ),
        section(
            "Equity against the daily loss cap",
            plot("equity", equity_figure(outcome, bars, rules, currency)),
        ),
        *_panels(outcome, bars, rules, currency),
        f'<p class="muted">Decision hash <code>{safe(outcome.decision_hash)}</code></p>',
    ]
    return page(f"Day report {long_date(outcome.session.open)}", parts, simulated=simulated)


def _intro(outcome: DayOutcome, currency: str, *, simulated: bool) -> str:
    rate = rate_words(outcome, currency)
    text = f"Scanned {clock(outcome.at)} New York. {rate} Prices in USD, times New York."
    note = f" {SIMULATED_NOTE}" if simulated else ""
    return f'<p class="muted">{safe(text + note)}</p>'


def _cards(
    outcome: DayOutcome, rules: TradingRules, currency: str
) -> Iterator[tuple[str, str, float]]:
    result = outcome.result
    opened, pnl = result.equity - result.pnl, float(result.pnl)
    used = max(0.0, -100 * pnl / float(rules.risk.daily_loss_cap))
    share = percent(100 * pnl / float(opened) if opened else None, sign=True)
    yield f"result ({share})", money(result.pnl, currency, sign=True), pnl
    yield "equity at the close", money(result.equity, currency), 0.0
    won = sum(1 for trade in outcome.trades if trade.pnl > 0)
    yield "trades won", f"{won} of {len(outcome.trades)}", 0.0
    cap = money(rules.risk.daily_loss_cap, currency)
    name = f"of the loss cap {cap} used" + (", session locked" if outcome.is_locked else "")
    yield name, percent(used, 0), -1.0 if outcome.is_locked else 0.0


def _panels(
    outcome: DayOutcome, bars: Mapping[str, Sequence[Bar]], rules: TradingRules, currency: str
) -> Iterator[str]:
    trades = {trade.symbol: trade for trade in outcome.trades}
    for place, advised in enumerate(outcome.advice):
        symbol = advised.plan.symbol
        trade, fate = trades.get(symbol), outcome.fates.get(symbol)
        head = f"{symbol} {advised.plan.side.value}, {advised.plan.entry}: "
        yield section(
            head + (_traded(trade, currency) if trade else fate_words(fate)),
            f'<p class="muted">{safe(_plan_line(advised, currency))}</p>',
            plot(
                f"symbol-{place}",
                candle_figure(outcome, advised.plan, bars.get(symbol, ()), rules, trade),
            ),
            listing(_headlines(advised)),
        )


def _traded(trade: TradeRecord, currency: str) -> str:
    result = money(trade.pnl, currency, sign=True)
    return f"{result} ({trade.r_multiple:+.2f} R), {exit_words(trade.exit_reason)}"


def _plan_line(advised: PlanAdvised, currency: str) -> str:
    plan, levels, sizing = advised.plan, advised.plan.levels, advised.assessment.sizing
    numbers = (
        f"Plan: reference {price(plan.reference)}, stop {price(levels.stop)}"
        f" ({levels.stop_pct:.2f} %), target {price(levels.target)} ({levels.target_pct:.2f} %),"
        f" {counted(sizing.quantity)}, {money(sizing.value, currency)},"
        f" risk {money(sizing.risk, currency)}."
    )
    words = [numbers]
    if advised.breaches:
        words.append(f"Not armed: {limits(list(advised.breaches))}.")
    elif advised.cumulative:
        words.append(f"Does not fit beside the better ranked: {limits(list(advised.cumulative))}.")
    odds = percent(100 * plan.win_probability, 0)
    words.append(f"Win estimate {odds} (not calibrated), grade {plan.grade.value}.")
    return " ".join(words)


def _headlines(advised: PlanAdvised) -> Iterator[str]:
    found = sorted(advised.plan.candidate.headlines, key=lambda h: h.received_at)
    for headline in found:
        mood = "" if headline.sentiment is None else f", mood {headline.sentiment:+.2f}"
        yield f"{clock(headline.received_at)} {headline.text} ({headline.source}{mood})"
