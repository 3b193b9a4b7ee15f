"""The scan's part of a day report: the funnel, the ranking and what the scores are made of."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.candidate import FactorScore, TradeCandidate
from fin_agent.domain.verdict import SELECTED
from fin_agent.entrypoints.cli.report_grid import grid
from fin_agent.entrypoints.cli.report_ink import Ink
from fin_agent.entrypoints.cli.report_words import clock, percent, price, rule_words

_BEYOND_THE_PICKS = 5
_HEADLINES_EACH = 2
_NARROW = 92
_FUNNEL_TEXT, _WIDEST_FUNNEL = 62, 30


def funnel(outcome: DayOutcome, rules: TradingRules, ink: Ink) -> Iterator[RenderableType]:
    """How many symbols each rule took out, in the order of the rules, down to filled trades."""
    counts, words = outcome.verdicts.counts(), rule_words(rules.scan)
    universe = left = len(outcome.verdicts)
    table = grid(("rule", ""), ("out", "right"), ("left", "right"), ("", ""), ("because", ""))
    wide = min(_WIDEST_FUNNEL, ink.width - _FUNNEL_TEXT)

    def add(name: str, out: int, now: int, because: str, style: str = "") -> None:
        drawn = ink.bar(now / universe if universe else 0.0, wide)
        gone = f"-{out}" if out else ""
        table.add_row(Text(name, style), gone, str(now), drawn, ink.outside(because))

    add("universe", 0, universe, "", "bold")
    for rule, out in counts.items():
        if rule != SELECTED:
            left -= out
            add(rule, out, left, words.get(rule, ""))
    add("selected", 0, counts.get(SELECTED, 0), "", "bold")
    for name, value in _after_selection(outcome):
        add(name, 0, value, "")
    yield table


def _after_selection(outcome: DayOutcome) -> list[tuple[str, int]]:
    armed = sum(1 for advice in outcome.advice if advice.is_approved)
    stages = [("advice: armed", armed)] if outcome.advice else []
    return [*stages, ("traded", len(outcome.trades))] if outcome.trades else stages


def candidates(outcome: DayOutcome, rules: TradingRules, ink: Ink) -> Iterator[RenderableType]:
    """The ranking: every pick and the few behind it."""
    shown = _shown(outcome, rules)
    if not shown:
        yield Text("No symbol passed every rule.")
        return
    right = ("gap", "right"), ("rvol", "right")
    table = grid(("#", "right"), ("symbol", ""), ("side", ""), *right, ("class", ""))
    table.add_column("price", justify="right", no_wrap=True)
    for header in ("score", "evidence", "verdict"):
        table.add_column(header, no_wrap=True)
    for candidate in shown:
        verdict = outcome.verdicts[candidate.symbol].verdict
        drawn = Text(f"{candidate.composite:5.1f} {ink.gauge(candidate.composite / 100, 8)}")
        table.add_row(
            str(candidate.rank),
            Text(ink.outside(candidate.symbol), "bold" if verdict == SELECTED else ""),
            candidate.side.value,
            percent(candidate.gap_pct, sign=True),
            ink.dash if candidate.rvol is None else f"{candidate.rvol:.2f}",
            candidate.gap_class.value,
            price(candidate.price),
            drawn,
            f"{candidate.grade.value} {candidate.coverage:.2f}",
            verdict,
        )
    yield table
    yield from _more(outcome, shown)
    yield from _degraded(shown, ink)


def _shown(outcome: DayOutcome, rules: TradingRules) -> Sequence[TradeCandidate]:
    return outcome.candidates[: rules.scan.top_n + _BEYOND_THE_PICKS]


def _more(outcome: DayOutcome, shown: Sequence[TradeCandidate]) -> Iterator[Text]:
    behind = len(outcome.candidates) - len(shown)
    if behind:
        yield Text(f"and {behind} more behind them: --json lists all")


def _degraded(shown: Sequence[TradeCandidate], ink: Ink) -> Iterator[Text]:
    """What is missing or late in the evidence, said once for all symbols it concerns."""
    found: dict[str, list[str]] = defaultdict(list)
    for candidate in shown:
        for reason in candidate.degraded:
            found[reason].append(candidate.symbol)
    for reason, symbols in found.items():
        yield Text(f"! {ink.outside(reason)}: {_whose(symbols, shown, ink)}", "yellow")


def factors(outcome: DayOutcome, rules: TradingRules, ink: Ink) -> Iterator[RenderableType]:
    """Each factor's score 0..100 as a bar, and the points it gives to the composite."""
    shown = _shown(outcome, rules)
    if not shown:
        return
    names = list(shown[0].factors)
    weights = sum(factor.weight for factor in shown[0].factors.values())
    width = 4 if ink.width < _NARROW else 6
    table = grid(("symbol", ""))
    for name in names:
        share = shown[0].factors[name].weight / weights if weights else 0.0
        table.add_column(f"{ink.outside(name)} {share:.0%}", no_wrap=True)
    table.add_column("composite", justify="right", no_wrap=True)
    for candidate in shown:
        cells = [_factor(factor, points, ink, width) for factor, points in contributions(candidate)]
        total = f"{candidate.composite:.1f}"
        table.add_row(Text(ink.outside(candidate.symbol), "bold"), *cells, total)
    yield table
    yield Text("bar: score 0 to 100; +points: what it gives to the composite", "italic")
    yield from _absences(shown, ink)


def contributions(candidate: TradeCandidate) -> list[tuple[FactorScore, float | None]]:
    """Each factor with the points it gives to the composite; None where it is absent."""
    scores = candidate.factors.values()
    available = sum(factor.weight for factor in scores if factor.score is not None)
    return [
        (f, None if f.score is None or not available else f.score * f.weight / available)
        for f in scores
    ]


def _factor(factor: FactorScore, points: float | None, ink: Ink, width: int) -> Text:
    if factor.score is None or points is None:
        return Text(f"{ink.dash} absent")
    mark = "*" if factor.lacking else " "
    return Text(
        f"{ink.bar(factor.score / 100, width):<{width}} {factor.score:3.0f} +{points:.1f}{mark}"
    )


def _absences(shown: Sequence[TradeCandidate], ink: Ink) -> Iterator[Text]:
    absent: dict[tuple[str, str], list[str]] = defaultdict(list)
    lacking: dict[tuple[str, str], list[str]] = defaultdict(list)
    for candidate in shown:
        for name, factor in candidate.factors.items():
            if factor.score is None:
                absent[name, factor.reason or "unknown"].append(candidate.symbol)
            for missing in factor.lacking:
                lacking[name, missing].append(candidate.symbol)
    for (name, reason), symbols in absent.items():
        whose = _whose(symbols, shown, ink)
        yield Text(f"{ink.dash} {name} absent: {ink.outside(reason)} ({whose})")
    for (name, missing), symbols in lacking.items():
        yield Text(f"* {name} without {ink.outside(missing)} ({_whose(symbols, shown, ink)})")


def _whose(symbols: Sequence[str], shown: Sequence[TradeCandidate], ink: Ink) -> str:
    if len(symbols) == len(shown) and len(shown) > 1:
        return f"all {len(shown)}"
    return ", ".join(ink.outside(symbol) for symbol in symbols)


def headlines(outcome: DayOutcome, ink: Ink) -> Iterator[RenderableType]:
    """The latest headlines behind each plan, as text that can do no harm."""
    table = grid(("symbol", ""), ("time", ""), ("mood", "right"), ("headline", "fold"))
    planned = {advice.plan.symbol: advice.plan.candidate for advice in outcome.advice}
    for symbol, candidate in planned.items():
        latest = sorted(candidate.headlines, key=lambda h: h.received_at)[-_HEADLINES_EACH:]
        for headline in latest:
            mood = ink.dash if headline.sentiment is None else f"{headline.sentiment:+.2f}"
            day = "" if headline.received_at.date() == outcome.at.date() else "d-1 "
            told = f"{ink.outside(headline.text)} ({ink.outside(headline.source, 30)})"
            table.add_row(
                Text(ink.outside(symbol), "bold"),
                f"{day}{clock(headline.received_at)}",
                mood,
                Text(told),
            )
    if table.row_count:
        yield table
