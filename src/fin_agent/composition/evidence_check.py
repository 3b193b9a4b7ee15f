"""The best grade that a candidate can reach with what the providers tell now.

The configured factors score a made-up gap whose inputs are known where a provider answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from fin_agent.composition import catalogue
from fin_agent.composition.bootstrap import App
from fin_agent.composition.findings import Cause, Finding, failure, fine, warning
from fin_agent.composition.network_checks import Outside
from fin_agent.domain.candidate import Grade, TradeCandidate
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.factor import candidate_of, setup_of
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.domain.news import Headline
from fin_agent.domain.snapshot import DailyFeatures, Snapshot

T = TypeVar("T")

_KEYS = "a free Alpaca key adds pre-market volume and news, a Finnhub key news and earnings"


@dataclass(frozen=True, slots=True)
class Reach:
    """The grade and coverage (0..1) within reach, and by factor what it has to do without."""

    grade: Grade
    coverage: float
    lacking: Sequence[tuple[str, str]]
    degraded: Sequence[str]


def reach(app: App, outside: Outside) -> Reach:
    """What the configured factors make of a gap about which everybody said what they know."""
    snapshot = _snapshot(outside, app.clock.now())
    found = candidate_of(setup_of(snapshot, 1.0), catalogue.factors(app.settings))
    price = outside.best("price")
    unknown = [f"price missing: {price.reason}"] if isinstance(price, Missing) else []
    return Reach(found.grade, found.coverage, _lacking(found), [*unknown, *found.degraded])


def evidence_findings(app: App, found: Reach) -> list[Finding]:
    """The grade as a finding: too little coverage means that nothing is ever picked."""
    words = [f"{name} without {what}" for name, what in found.lacking]
    text = f"grade {found.grade} in reach, coverage {found.coverage:.0%}"
    detail = "; ".join([text, *words, *found.degraded])
    if found.coverage < app.settings.scan.min_coverage:
        return [failure("evidence", detail, _KEYS, Cause.PROVIDER)]
    if found.grade is Grade.A:
        return [fine("evidence", detail)]
    return [warning("evidence", detail, _KEYS)]


def _lacking(candidate: TradeCandidate) -> list[tuple[str, str]]:
    found = []
    for name, score in candidate.factors.items():
        if score.score is None:
            found.append((name, score.reason or "its input"))
        elif score.lacking:
            found.append((name, ", ".join(score.lacking)))
    return found


_YESTERDAY = DailyFeatures(
    bars=60,
    ends_yesterday=True,
    prev_close=10.0,
    atr14=0.5,
    atr5=0.5,
    adv=1e7,
    mean_volume=1e6,
)


def _snapshot(outside: Outside, now: datetime) -> Snapshot:
    """A stock that gaps up 5 % on three times its usual volume."""
    headline = Headline("X", "X reports results", "doctor", now, now, 0.5, "doctor")
    return Snapshot(
        instrument=Instrument("X", type=InstrumentType.STOCK),
        at=now,
        price=Known(10.5, "doctor"),
        daily=_YESTERDAY,
        rvol=_as(outside.best("volume"), 3.0),
        halted=_as(outside.best("halts"), value=False),
        headlines=_as(outside.best("news"), (headline,)),
        earnings=_as(outside.best("earnings"), value=True),
    )


def _as(answer: Evidence[object], value: T) -> Evidence[T]:
    """The same evidence about a made-up value."""
    if isinstance(answer, Missing):
        return answer
    return Known(value, answer.source, answer.as_of, answer.delay_s, answer.degraded)
