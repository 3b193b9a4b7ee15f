"""A symbol that passed every gate, with its scores; the best of them become plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fin_agent.domain.construction import quickly_made
from fin_agent.domain.events import DomainEvent, significant
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.market import Side
from fin_agent.domain.money import rounded
from fin_agent.domain.news import Headline
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.verdict import SELECTED, Verdict


class GapClass(StrEnum):
    """The kind of gap (strategy.md section 3)."""

    BREAKAWAY = "breakaway"
    EXHAUSTION = "exhaustion"
    RUNAWAY = "runaway"
    COMMON = "common"


class Grade(StrEnum):
    """How complete the evidence behind a score is; A is complete, timely and undegraded."""

    A = "A"
    B = "B"
    C = "C"


_GRADE_B_COVERAGE = 0.8

# Gap classes of strategy.md section 3: rvol as a ratio, gaps in percent without their sign
_BREAKAWAY_RVOL, _BREAKAWAY_PCT = 3.0, 5.0
_EXHAUSTION_PCT = 10.0
_RUNAWAY_RVOL, _RUNAWAY_PCT = 2.0, (4.0, 8.0)


def classify(gap: float, rvol: float | None) -> GapClass:
    """The first class that fits; a missing rvol satisfies no condition on it."""
    size, volume = abs(gap), rvol or 0.0
    if volume > _BREAKAWAY_RVOL and size > _BREAKAWAY_PCT:
        return GapClass.BREAKAWAY
    if size > _EXHAUSTION_PCT:
        return GapClass.EXHAUSTION
    if volume > _RUNAWAY_RVOL and _RUNAWAY_PCT[0] <= size <= _RUNAWAY_PCT[1]:
        return GapClass.RUNAWAY
    return GapClass.COMMON


@quickly_made
@dataclass(frozen=True, slots=True)
class Setup:
    """What factors and entries look at: the snapshot with the few numbers that follow from it.

    ``price`` in USD, ``account_price`` in account currency, ``gap`` in percent.
    """

    snapshot: Snapshot
    price: float
    account_price: float
    gap: float
    rvol: float | None
    gap_class: GapClass

    @property
    def side(self) -> Side:
        return Side.LONG if self.gap > 0 else Side.SHORT


@quickly_made
@dataclass(frozen=True, slots=True)
class FactorScore:
    """One factor's score 0..100, or None with the reason; ``lacking`` lists optional inputs."""

    score: float | None
    weight: float
    reason: str | None = None
    lacking: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class TradeCandidate:
    """A scored symbol. Prices and ATR in USD, ADV in USD a session, gap in percent."""

    symbol: str
    side: Side
    gap_pct: float
    gap_class: GapClass
    rvol: float | None
    price: float
    prev_close: float
    atr14: float | None
    atr5: float | None
    adv: float | None
    factors: Mapping[str, FactorScore]
    composite: float
    coverage: float
    grade: Grade
    headlines: tuple[Headline, ...] = ()
    degraded: tuple[str, ...] = ()
    kid_missing: bool = False
    rank: int = 0

    @property
    def order(self) -> tuple[float, float, str]:
        """The sort key: composite, then size of the gap, then symbol."""
        return (-self.composite, -abs(self.gap_pct), self.symbol)

    def ranked(self, place: int) -> "TradeCandidate":
        """The candidate at its rank; ``dataclasses.replace`` takes three times as long."""
        return TradeCandidate(
            self.symbol,
            self.side,
            self.gap_pct,
            self.gap_class,
            self.rvol,
            self.price,
            self.prev_close,
            self.atr14,
            self.atr5,
            self.adv,
            self.factors,
            self.composite,
            self.coverage,
            self.grade,
            self.headlines,
            self.degraded,
            self.kid_missing,
            place,
        )


def blend(scores: Mapping[str, FactorScore]) -> tuple[float, float]:
    """Composite 0..100 over the available factors, and the coverage 0..1 that it rests on."""
    weights = sum(score.weight for score in scores.values())
    known = [(score.score, score.weight) for score in scores.values() if score.score is not None]
    available = sum(weight for _, weight in known)
    if available <= 0:
        return 0.0, 0.0
    composite = sum(score * weight for score, weight in known) / available
    return rounded(composite), rounded(available / weights)


def grade_of(coverage: float, degraded: Sequence[str]) -> Grade:
    """A: everything there, nothing late; B: most of the weight; C: the rest."""
    if coverage == 1.0 and not degraded:
        return Grade.A
    return Grade.B if coverage >= _GRADE_B_COVERAGE else Grade.C


def rank(
    candidates: Sequence[TradeCandidate], rules: ScanRules
) -> tuple[tuple[TradeCandidate, ...], tuple[Verdict, ...]]:
    """Candidates in order of rank, and the last word on each of them.

    Candidates under the coverage floor get the verdict ``evidence`` and no rank.
    """
    scored = [c for c in candidates if c.coverage >= rules.min_coverage]
    thin = [c for c in candidates if c.coverage < rules.min_coverage]
    ordered = sorted(scored, key=lambda c: c.order)
    ranked = tuple(c.ranked(place) for place, c in enumerate(ordered, start=1))
    verdicts = [_evidence_verdict(c, rules) for c in thin]
    verdicts += [_rank_verdict(c, rules) for c in ranked]
    return ranked, tuple(verdicts)


def selected(ranked: Sequence[TradeCandidate], rules: ScanRules) -> tuple[TradeCandidate, ...]:
    """The candidates that become plans: the best ``top_n`` with a sufficient composite."""
    good = [c for c in ranked if c.composite >= rules.min_score]
    return tuple(good[: rules.top_n])


def _evidence_verdict(candidate: TradeCandidate, rules: ScanRules) -> Verdict:
    absent = [f"{n} ({f.reason})" for n, f in candidate.factors.items() if f.score is None]
    return Verdict(
        candidate.symbol,
        "evidence",
        candidate.coverage,
        rules.min_coverage,
        "factors",
        admits_if=f"coverage >= {rules.min_coverage:g}; absent: {', '.join(absent)}",
        degraded=candidate.degraded,
    )


def _rank_verdict(candidate: TradeCandidate, rules: ScanRules) -> Verdict:
    symbol, place = candidate.symbol, candidate.rank
    source, degraded = "factors", candidate.degraded
    if candidate.composite < rules.min_score:
        admits = f"composite >= {rules.min_score:g}"
        measured, threshold = candidate.composite, rules.min_score
        return Verdict(symbol, "score", measured, threshold, source, None, admits, degraded)
    if place > rules.top_n:
        admits = f"rank <= {rules.top_n}"
        measured, threshold = float(place), float(rules.top_n)
        return Verdict(symbol, "rank", measured, threshold, source, None, admits, degraded)
    measured, threshold = float(place), float(rules.top_n)
    return Verdict(symbol, SELECTED, measured, threshold, source, None, None, degraded)


@dataclass(frozen=True, slots=True)
class CandidatesRanked(DomainEvent):
    """The scored symbols in order of rank; ``thin`` lacked evidence and has no rank.

    ``weights`` are those a person gave the factors; None where they are as configured.
    """

    ranked: tuple[TradeCandidate, ...]
    thin: tuple[Verdict, ...]
    weights: Mapping[str, float] | None = None

    def payload(self) -> dict[str, object]:
        thin = {verdict.symbol: verdict.measured for verdict in self.thin}
        ranked = [_scores(candidate) for candidate in self.ranked]
        told: dict[str, object] = {"ranked": ranked, "thin": thin}
        return told if self.weights is None else {**told, "weights": dict(self.weights)}


def _scores(candidate: TradeCandidate) -> dict[str, object]:
    scorers = sorted({h.scored_by for h in candidate.headlines if h.scored_by is not None})
    return {
        "adv": significant(candidate.adv),
        "atr14": significant(candidate.atr14),
        "atr5": significant(candidate.atr5),
        "composite": candidate.composite,
        "coverage": candidate.coverage,
        "factors": {name: factor.score for name, factor in candidate.factors.items()},
        "gap_class": candidate.gap_class,
        "gap_pct": candidate.gap_pct,
        "grade": candidate.grade,
        "headlines": len(candidate.headlines),
        "prev_close": significant(candidate.prev_close),
        "price": significant(candidate.price),
        "rank": candidate.rank,
        "rvol": significant(candidate.rvol),
        "side": candidate.side,
        "symbol": candidate.symbol,
        **({"scored_by": scorers} if scorers else {}),
    }
