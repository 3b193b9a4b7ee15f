"""Why a symbol was or was not traded: every gate, the evidence behind it, and the nearest miss."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from fin_agent.application.day import DayOutcome
from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import Json
from fin_agent.domain.evidence import Evidence, Known, Missing, value_of
from fin_agent.domain.gates import GATES, Measured, ScanContext
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.verdict import SELECTED, Verdict, failures
from fin_agent.entrypoints.documents.rows import (
    candidate_row,
    headline_row,
    plan_row,
    trade_row,
    verdict_row,
)
from fin_agent.entrypoints.documents.values import (
    Document,
    jsonable,
    maybe,
    maybe_moment,
    moment,
    number,
)

NOT_ASKED = "not asked: a gate decided before"
USED_BY_SCORE = "known to the catalyst score, not kept beside it"

Look = Callable[[Snapshot, ScanContext], tuple[Measured, Measured]]


def why_document(
    snapshot: Snapshot, context: ScanContext, outcome: DayOutcome, *, daily: bool = False
) -> Document:
    """One symbol's way through the day, as far as it got.

    Raises:
        InvalidValue: the symbol is not in the universe.
    """
    symbol = snapshot.symbol
    if symbol not in outcome.verdicts:
        raise InvalidValue(f"{symbol} is not in the universe of {outcome.session.date}")
    verdict = outcome.verdicts[symbol]
    candidate = next((c for c in outcome.candidates if c.symbol == symbol), None)
    fate = outcome.fates.get(symbol)
    plans = [plan_row(advice, fate) for advice in outcome.advice if advice.plan.symbol == symbol]
    trades = [trade_row(trade, daily=daily) for trade in outcome.trades if trade.symbol == symbol]
    return {
        "session_date": outcome.session.date.isoformat(),
        "at": moment(outcome.at),
        "symbol": symbol,
        "verdict": verdict_row(verdict),
        "nearest_miss": nearest_miss(verdict),
        "gates": [*gate_rows(snapshot, context), *_later_rows(candidate, verdict, context)],
        "evidence": evidence_of(snapshot, candidate),
        "candidate": None if candidate is None else candidate_row(candidate),
        "plan": plans[-1] if plans else None,
        "fate": fate,
        "trade": trades[0] if trades else None,
        "decision_hash": outcome.decision_hash,
    }


def nearest_miss(verdict: Verdict) -> Document | None:
    """By how much the deciding rule was missed, in its own unit and in percent of the threshold."""
    if verdict.verdict == SELECTED:
        return None
    measured, threshold = verdict.measured, verdict.threshold
    distance = percent = None
    if isinstance(measured, float | int) and isinstance(threshold, float | int):
        distance = number(abs(abs(measured) - threshold))
        percent = number(100 * distance / abs(threshold)) if threshold else None
    return {
        "rule": verdict.rule,
        "measured": jsonable(measured),
        "threshold": jsonable(threshold),
        "distance": distance,
        "distance_pct": percent,
        "admits_if": verdict.admits_if,
    }


def gate_rows(snapshot: Snapshot, context: ScanContext) -> list[Json]:
    """Every gate on its own, in order; ``passed`` is null where the gate's input is missing."""
    failed = failures(snapshot, context)
    return [_gate_row(rule, snapshot, context, known=rule in failed) for rule, _ in GATES]


def _gate_row(rule: str, snapshot: Snapshot, context: ScanContext, *, known: bool) -> Document:
    measured, threshold = _LOOKS[rule](snapshot, context)
    if measured is None and not known and rule not in _OPEN_WITHOUT_INPUT:
        return _row(rule, None, threshold, passed=None)
    finding = dict(GATES)[rule](snapshot, context)
    if finding is None:
        return _row(rule, measured, threshold, passed=True)
    row = _row(rule, finding.measured, finding.threshold, passed=False)
    return {**row, "source": finding.source or None, "age_s": maybe(finding.age_s)}


def _row(rule: str, measured: Measured, threshold: Measured, *, passed: bool | None) -> Document:
    return {
        "rule": rule,
        "passed": passed,
        "measured": jsonable(measured),
        "threshold": jsonable(threshold),
        "source": None,
        "age_s": None,
    }


def _later_rows(
    candidate: TradeCandidate | None, verdict: Verdict, context: ScanContext
) -> list[Json]:
    """What comes after the gates: enough evidence, a sufficient score, a place among the best."""
    rules = context.rules
    coverage, composite = rules.min_coverage, rules.min_score
    if candidate is None:
        thin = verdict.verdict == "evidence"
        measured = verdict.measured if thin else None
        return [
            _row("evidence", measured, coverage, passed=False if thin else None),
            _row("score", None, composite, passed=None),
            _row("rank", None, rules.top_n, passed=None),
        ]
    good = candidate.composite >= composite
    chosen = candidate.rank <= rules.top_n if good else None
    return [
        _row("evidence", candidate.coverage, coverage, passed=True),
        _row("score", candidate.composite, composite, passed=good),
        _row("rank", float(candidate.rank), rules.top_n, passed=chosen),
    ]


def evidence_of(snapshot: Snapshot, candidate: TradeCandidate | None) -> Document:
    """Every input with source, age and delay, or why it is absent."""
    inputs: dict[str, Evidence[float] | Evidence[bool]] = {
        "price": snapshot.price,
        "rvol": snapshot.rvol,
        "halted": snapshot.halted,
        "earnings": _earnings(snapshot, candidate),
        "short_interest": _short_interest(snapshot),
    }
    told: Json = None if candidate is None else [headline_row(h) for h in candidate.headlines]
    return {
        **{name: _evidence(value, snapshot) for name, value in inputs.items()},
        "headlines": told,
        "headlines_absent": _headlines_absent(snapshot, candidate),
        "daily": jsonable(asdict(snapshot.daily)),
        "actions": jsonable(asdict(snapshot.actions)),
        "instrument": jsonable(asdict(snapshot.instrument)),
        "lock": snapshot.lock,
        "at": moment(snapshot.at),
    }


def _earnings(snapshot: Snapshot, candidate: TradeCandidate | None) -> Evidence[bool]:
    """Earnings are asked for after the gates, so only the score remembers whether they came."""
    if isinstance(snapshot.earnings, Known):
        return snapshot.earnings
    if candidate is None:
        return Missing(NOT_ASKED)
    catalyst = candidate.factors.get("catalyst")
    used = (
        catalyst is not None and catalyst.score is not None and "earnings" not in catalyst.lacking
    )
    return Missing(USED_BY_SCORE) if used else snapshot.earnings


def _short_interest(snapshot: Snapshot) -> Evidence[float]:
    listed = snapshot.instrument.short_float_pct
    if isinstance(snapshot.short_interest, Missing) and listed is not None:
        return Known(listed, "universe")
    return snapshot.short_interest


def _evidence(evidence: Evidence[float] | Evidence[bool], snapshot: Snapshot) -> Document:
    if isinstance(evidence, Missing):
        return {"value": None, "absent": evidence.reason}
    return {
        "value": jsonable(evidence.value),
        "source": evidence.source,
        "as_of": maybe_moment(evidence.as_of),
        "age_s": maybe(evidence.age_s(snapshot.at)),
        "delay_s": number(evidence.delay_s),
        "degraded": evidence.degraded,
    }


def _headlines_absent(snapshot: Snapshot, candidate: TradeCandidate | None) -> str | None:
    if candidate is None:
        return NOT_ASKED
    if candidate.headlines or isinstance(snapshot.headlines, Known):
        return None
    catalyst = candidate.factors.get("catalyst")
    return None if catalyst is None or catalyst.score is not None else catalyst.reason


def _in_account(amount: float | None, context: ScanContext) -> float | None:
    rate = value_of(context.fx)
    return None if amount is None or rate is None else amount / rate


def _quote_age(snapshot: Snapshot, context: ScanContext) -> tuple[Measured, Measured]:
    price = snapshot.price
    age = price.age_s(snapshot.at) if isinstance(price, Known) else None
    return age, context.rules.max_quote_age_s


def _halt(snapshot: Snapshot, _context: ScanContext) -> tuple[Measured, Measured]:
    halted = snapshot.halted
    return (halted.reason if isinstance(halted, Missing) else "trading"), "trading"


def _move(snapshot: Snapshot, _context: ScanContext) -> tuple[Measured, Measured]:
    gap = snapshot.gap
    return (None if gap is None else 1.0 + gap / 100.0), "no split-like move"


def _price(snapshot: Snapshot, context: ScanContext) -> tuple[Measured, Measured]:
    rules = context.rules
    price = _in_account(value_of(snapshot.price), context)
    return price, f"{rules.min_price:g}..{rules.max_price:g}"


def _size(snapshot: Snapshot) -> float | None:
    return None if snapshot.gap is None else abs(snapshot.gap)


def _type_of(snapshot: Snapshot) -> str | None:
    kind = snapshot.instrument.type
    return None if kind is None else kind.value


_OPEN_WITHOUT_INPUT = frozenset({"instrument_type", "locked", "relative_volume"})
_LOOKS: Mapping[str, Look] = {
    "fx": lambda _, c: (value_of(c.fx), "0.5..2"),
    "instrument_type": lambda s, _: (_type_of(s), "stock or adr"),
    "kid": lambda s, _: ("packaged" if s.instrument.is_packaged else "not packaged", "KID on file"),
    "locked": lambda s, _: (s.lock, "no lock"),
    "history": lambda s, c: (float(s.daily.bars), float(c.rules.min_history)),
    "quote": _quote_age,
    "halted": _halt,
    "corporate_action": _move,
    "price_range": _price,
    "liquidity": lambda s, c: (_in_account(s.daily.adv, c), c.rules.min_adv),
    "gap_min": lambda s, c: (_size(s), c.rules.min_gap_pct),
    "gap_max": lambda s, c: (_size(s), c.rules.max_gap_pct),
    "direction": lambda s, _: (s.gap, 0.0),
    "relative_volume": lambda s, c: (value_of(s.rvol), c.rules.min_rvol),
}
