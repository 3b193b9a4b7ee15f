"""Builds the answers about a scan that a person asked for, from the document that it printed.

The document is whole: every verdict with its source and age, every headline, the plans' advice.
"""

from collections.abc import Mapping
from typing import Any

from fin_agent.composition.jobs import Jobs
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.verdict import Verdict
from fin_agent.entrypoints.api.models import scan as told
from fin_agent.entrypoints.api.paging import paged
from fin_agent.entrypoints.api.views_scan import (
    OnlyVerdicts,
    candidate_again,
    funnel,
    scan_of_job,
    verdict_of,
)

Document = Mapping[str, Any]


def asked_scan(jobs: Jobs, scan_id: str) -> told.ScanResult:
    """A scan as it stands; blocks for a file.

    Raises:
        CorruptData: none was asked for under this id.
    """
    job = jobs.named(scan_id)
    if job is None or job.command != "scan":
        raise CorruptData(f"no scan {scan_id} was asked for; see GET /v1/scans")
    document = jobs.document(job)
    result = None if document is None else dict(document)
    return told.ScanResult(scan=scan_of_job(job), result=result)


def finished(jobs: Jobs, scan_id: str) -> tuple[told.Scan, Document]:
    """A scan that is done, with its document; blocks for a file.

    Raises:
        CorruptData: there is none of this id, or it has no result (yet).
    """
    found = asked_scan(jobs, scan_id)
    if found.result is None:
        raise CorruptData(f"the scan {scan_id} is {found.scan.state}: {found.scan.problem or ''}")
    return found.scan, found.result


def verdicts_of(
    found: tuple[told.Scan, Document], only: OnlyVerdicts, cursor: str | None, limit: int
) -> told.Verdicts:
    """Its verdicts, all of them whole."""
    scan, document = found
    rows = only.rows(_verdict(row) for row in document["verdicts"])
    return told.Verdicts(
        scan=scan,
        is_complete=True,
        funnel=funnel(document["universe"], document["verdict_counts"]),
        **paged(rows, cursor, limit),
    )


def _verdict(row: Document) -> Verdict:
    names = ("symbol", "verdict", "measured", "threshold", "age_s", "admits_if")
    known = {name: row[name] for name in names}
    return Verdict(**known, source=row["source"] or "", degraded=tuple(row["degraded"]))


def candidates_of(
    found: tuple[told.Scan, Document], cursor: str | None, limit: int
) -> told.Candidates:
    """Its scored symbols with their headlines."""
    scan, document = found
    rows = [told.Candidate.model_validate(candidate_again(row)) for row in document["candidates"]]
    return told.Candidates(scan=scan, **paged(rows, cursor, limit))


def plans_of(found: tuple[told.Scan, Document], cursor: str | None, limit: int) -> told.Plans:
    """Its plans: advice only, none of them is armed."""
    scan, document = found
    scored = {row["symbol"]: row for row in document["candidates"]}
    rows = [_plan(row, scored[row["symbol"]]) for row in document["plans"]]
    return told.Plans(
        session_date=scan.session_date, phase="none", state="none", **paged(rows, cursor, limit)
    )


def _plan(row: Document, candidate: Document) -> told.Plan:
    beside = {name: candidate[name] for name in ("composite", "grade", "gap_pct")}
    unknown = dict.fromkeys(("last_price", "last_price_at", "distance_pct"))
    never = {"is_armed": False, "fate": None}  # whatever the document says: nobody trades it
    return told.Plan.model_validate({**row, **beside, **unknown, **never})


def why_of(found: tuple[told.Scan, Document], symbol: str) -> told.Why:
    """One symbol's verdict in it; gates and evidence are not in the document.

    Raises:
        CorruptData: the scan did not look at this symbol.
    """
    scan, document = found
    row = next((row for row in document["verdicts"] if row["symbol"] == symbol), None)
    if row is None:
        raise CorruptData(f"{symbol} was not in the scan {scan.scan_id}")
    verdict = verdict_of(_verdict(row))
    scored = next((row for row in document["candidates"] if row["symbol"] == symbol), None)
    return told.Why.model_validate(
        {
            "session_date": scan.session_date,
            "at": scan.at,
            "symbol": symbol,
            "verdict": verdict,
            "nearest_miss": verdict.nearest_miss,
            "gates": [],
            "evidence": {},
            "candidate": None if scored is None else candidate_again(scored),
            "plan": None,
            "fate": None,
            "trade": None,
            "decision_hash": document["decision_hash"],
        }
    )
