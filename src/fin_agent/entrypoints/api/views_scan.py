"""Builds the answers about scans: verdicts with their funnel, and scored candidates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fin_agent.composition.bootstrap import App
from fin_agent.composition.jobs import Job, Jobs
from fin_agent.composition.live_view import LiveView
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.recorded_scans import (
    NEWEST,
    RecordedScan,
    recorded_scan,
    recorded_scans,
)
from fin_agent.composition.standing import Standing, standing
from fin_agent.composition.state import log_of
from fin_agent.domain.candidate import FactorScore, TradeCandidate
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.gates import RULES
from fin_agent.domain.session import NEW_YORK
from fin_agent.domain.verdict import Verdict
from fin_agent.entrypoints.api.models import scan as told
from fin_agent.entrypoints.api.paging import paged
from fin_agent.entrypoints.documents.rows import candidate_row, headline_row, verdict_row
from fin_agent.entrypoints.documents.values import jsonable
from fin_agent.entrypoints.documents.why import nearest_miss

_BADGES = (
    ("DELAYED", ("delayed", "stale")),
    ("REPAIRED", ("repair",)),
    ("FALLBACK", ("fallback", "fell back")),
    ("MISSING", ("missing", "unknown")),
)


async def scans_of(app: App, jobs: Jobs, cursor: str | None, limit: int) -> dict[str, Any]:
    """The scans of the log, newest first; those that were asked for lead the first page."""
    asked = [] if cursor else [scan_of_job(job) for job in jobs.all("scan")]
    if not state_path(app).is_file():
        return {"items": asked, "count": len(asked), "next_cursor": None}
    async with log_of(app) as log:
        found = await recorded_scans(log, int(cursor) if cursor else NEWEST, limit + 1)
    shown = found[:limit]
    items = [*asked, *(scan_of(one) for one in shown)]
    after = str(shown[-1].seq) if len(found) > limit else None
    return {"items": items, "count": len(items), "next_cursor": after}


def scan_of(found: RecordedScan) -> told.Scan:
    """A scan of the running agent."""
    return told.Scan(
        scan_id=found.scan_id,
        origin="agent",
        state="done",
        session_date=found.session_date,
        at=found.at,
        universe=found.universe,
        passed=len(found.passed),
        selected=len(found.chosen),
        fx=found.fx,
        weights=None if found.weights is None else found.all_weights(),
    )


def scan_of_job(job: Job) -> told.Scan:
    """A scan that a person asked for; what it found once it is done."""
    known = job.facts
    return told.Scan.model_validate(
        {
            "scan_id": job.job_id,
            "origin": "on_demand",
            "state": job.state,
            "session_date": known.get("session_date"),
            "at": known.get("at"),
            "universe": known.get("universe"),
            "passed": known.get("candidates"),
            "selected": known.get("plans"),
            "fx": known.get("fx"),
            "weights": None,
            "asked_at": job.asked_at,
            "problem": job.problem,
        }
    )


async def the_scan(app: App, day: date | None, at: datetime | None) -> RecordedScan | None:
    """The scan that is asked about: of an instant, of a session, or the newest.

    Raises:
        CorruptData: there is no such scan.
    """
    if not state_path(app).is_file():
        return None
    async with log_of(app) as log:
        if day is None and at is None:
            newest = await recorded_scans(log, limit=1)
            return newest[0] if newest else None
        local = None if at is None else at.astimezone(NEW_YORK)
        wanted = day or (local.date() if local is not None else date.min)
        found = await recorded_scan(log, wanted, local)
    if found is None:
        raise CorruptData(f"no scan of {local or wanted} is recorded; see GET /v1/scans")
    return found


def is_in_memory(view: LiveView, found: RecordedScan) -> bool:
    """Whether the agent still holds everything that this scan saw."""
    return view.section is not None and view.section.at == found.at


@dataclass(frozen=True, slots=True)
class OnlyVerdicts:
    """Which verdicts are wanted: of one rule, of symbols that begin so, nearest misses first."""

    rule: str | None = None
    begins: str = ""
    nearest: bool = False

    def rows(self, verdicts: Iterable[Verdict]) -> list[told.Verdict]:
        """Those that are wanted."""
        rows = [
            verdict_of(verdict)
            for verdict in verdicts
            if self.rule in {None, verdict.verdict} and verdict.symbol.startswith(self.begins)
        ]
        return sorted(rows, key=nearness) if self.nearest else rows


def verdicts_of(
    view: LiveView, scan: RecordedScan | None, only: OnlyVerdicts, cursor: str | None, limit: int
) -> told.Verdicts:
    """The verdicts of a scan of the agent, whole while it still holds everything it saw."""
    if scan is None:
        return told.Verdicts(items=[], count=0, scan=None, is_complete=False, funnel=[])
    held = view.verdicts if is_in_memory(view, scan) else None
    rows = only.rows(scan.verdicts() if held is None else held.values())
    return told.Verdicts(
        scan=scan_of(scan),
        is_complete=held is not None,
        funnel=funnel(scan.universe, scan.counts()),
        **paged(rows, cursor, limit),
    )


def verdict_of(verdict: Verdict) -> told.Verdict:
    """A verdict with its distance from the rule that decided."""
    row = {**verdict_row(verdict), "nearest_miss": nearest_miss(verdict)}
    return told.Verdict.model_validate(row)


def nearness(row: told.Verdict) -> float:
    """How near a miss is: its distance in percent of the threshold, unknown last."""
    miss = row.nearest_miss
    return miss.distance_pct if miss is not None and miss.distance_pct is not None else 1e9


def funnel(universe: int, counts: Mapping[str, int]) -> list[told.FunnelStep]:
    """How many each rule rejected, and how many were left."""
    left, steps = universe, []
    for rule in RULES:
        rejected = counts.get(rule, 0)
        left -= rejected
        steps.append(told.FunnelStep(rule=rule, rejected=rejected, left=left))
    return steps


async def candidates_of(
    app: App, view: LiveView, scan: RecordedScan | None, cursor: str | None, limit: int
) -> told.Candidates:
    """The scored symbols of a scan."""
    if scan is None:
        return told.Candidates(items=[], count=0, scan=None)
    if is_in_memory(view, scan) and view.candidates:
        rows = [candidate_of(one) for one in view.candidates]
    else:
        planned = {c.symbol: c for c in _planned(await standing(app), scan.session_date)}
        rows = [
            candidate_of(planned[row["symbol"]])
            if row["symbol"] in planned
            else _remembered(row, scan)
            for row in scan.ranked
        ]
    return told.Candidates(scan=scan_of(scan), **paged(rows, cursor, limit))


def _planned(found: Standing, day: date) -> list[TradeCandidate]:
    """Candidates with a plan are kept whole, their headlines too."""
    if found.session_date != day:
        return []
    return [advice.plan.candidate for advice in found.day.advice]


def candidate_of(candidate: TradeCandidate) -> told.Candidate:
    """A candidate with the points that each factor brings."""
    row = candidate_row(candidate)
    return told.Candidate.model_validate(
        {
            **row,
            "contributions": contributions(candidate.factors),
            "headlines": [headline_row(headline) for headline in candidate.headlines],
            "headline_count": len(candidate.headlines),
            "badges": badges(candidate.degraded),
        }
    )


def contributions(factors: Mapping[str, FactorScore]) -> list[told.Contribution]:
    """The points of each factor; they add up to the composite."""
    known = sum(f.weight for f in factors.values() if f.score is not None)
    return [
        told.Contribution(
            factor=name,
            score=factor.score,
            weight=factor.weight,
            points=0.0 if factor.score is None else factor.score * factor.weight / known,
            lacking=list(factor.lacking),
            absent=factor.reason if factor.score is None else None,
        )
        for name, factor in factors.items()
    ]


def candidate_again(row: Mapping[str, Any]) -> dict[str, Any]:
    """A candidate of a document of the command line, in the words of the API."""
    factors = {
        name: FactorScore(None, 0.0, row["absent"].get(name, "unknown"))
        if factor is None
        else FactorScore(factor["score"], factor["weight"], None, tuple(factor["lacking"]))
        for name, factor in row["factors"].items()
    }
    return {
        **row,
        "contributions": contributions(factors),
        "headline_count": len(row["headlines"]),
        "badges": badges(row["degraded"]),
    }


def badges(degraded: Sequence[str]) -> list[str]:
    """One word for each way in which evidence is not what it should be."""
    text = " ".join(degraded).lower()
    return [badge for badge, marks in _BADGES if any(mark in text for mark in marks)]


def _remembered(row: Mapping[str, Any], scan: RecordedScan) -> told.Candidate:
    """A candidate as the log keeps it: scores without reasons, headlines only counted."""
    weights = scan.all_weights()
    factors = {
        name: FactorScore(score, weights.get(name, 0.0), None if score is not None else "unknown")
        for name, score in row["factors"].items()
    }
    return told.Candidate.model_validate(
        {
            **{key: jsonable(value) for key, value in row.items()},
            "contributions": contributions(factors),
            "headlines": None,
            "headline_count": row.get("headlines", 0),
            "badges": [],
            "degraded": [],
        }
    )
