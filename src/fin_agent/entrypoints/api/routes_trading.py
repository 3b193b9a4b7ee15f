"""Reading routes about the present session: status, scans, plans, orders, positions, candles."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from fin_agent.composition.bootstrap import App
from fin_agent.composition.live_view import LiveView
from fin_agent.composition.recorded_scans import RecordedScan
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.api import views_asked, views_plans, views_scan, views_status
from fin_agent.entrypoints.api.host import Cursor, Host, HostOf, Limit
from fin_agent.entrypoints.api.models import scan as told
from fin_agent.entrypoints.api.models.base import IsoDate, IsoInstant, Page
from fin_agent.entrypoints.api.models.commands import Symbol
from fin_agent.entrypoints.api.models.status import Status
from fin_agent.entrypoints.api.models.trading import Bars, Fills, Orders, Positions
from fin_agent.entrypoints.api.views_scan import OnlyVerdicts

router = APIRouter(prefix="/v1")

Day = Annotated[IsoDate | None, Query(description="session; the newest when left out")]
At = Annotated[IsoInstant | None, Query(description="instant of a scan; the newest otherwise")]
SymbolOf = Annotated[Symbol, Path()]
_JOB = r"^[A-Za-z0-9_-]{1,64}$"
JobId = Annotated[str, Path(pattern=_JOB)]
ScanId = Annotated[str | None, Query(pattern=_JOB, description="an on-demand scan instead")]


@dataclass(frozen=True, slots=True)
class WhichScan:
    """A scan of the agent by day and instant, or an on-demand one by its id."""

    day: date | None
    at: datetime | None
    scan_id: str | None


async def which_scan(session_date: Day = None, at: At = None, scan_id: ScanId = None) -> WhichScan:
    """The parameters that name a scan."""
    return WhichScan(session_date, at, scan_id)


async def only_verdicts(
    rule: Annotated[str | None, Query(max_length=40)] = None,
    symbol: Annotated[str | None, Query(max_length=12, description="begins so")] = None,
    nearest: Annotated[bool, Query(description="nearest misses first")] = False,  # noqa: FBT002 - a query parameter
) -> OnlyVerdicts:
    """The parameters that choose among verdicts."""
    return OnlyVerdicts(rule, (symbol or "").upper(), nearest)


WhichOf = Annotated[WhichScan, Depends(which_scan)]
OnlyOf = Annotated[OnlyVerdicts, Depends(only_verdicts)]


@router.get("/status", response_model=Status)
async def status(host: HostOf) -> Response:
    """State, clock, latches, loss gauge, errors, positions and live orders."""
    view = host.view()
    return await host.answer(lambda app: views_status.status_of(app, view))


@router.get("/scans", response_model=Page[told.Scan])
async def scans(host: HostOf, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Every scan of the log, newest first, and those that were asked for."""

    async def made(app: App) -> BaseModel:
        found = await views_scan.scans_of(app, host.jobs, cursor, limit)
        return Page[told.Scan](**found)

    return await host.answer(made)


@router.get("/scans/{scan_id}", response_model=told.ScanResult)
async def one_scan(host: HostOf, scan_id: JobId) -> Response:
    """A scan that was asked for: how it stands, and its document when it is done."""

    async def made(_: App) -> BaseModel:
        return views_asked.asked_scan(host.jobs, scan_id)

    return await host.answer(made)


@router.get("/verdicts", response_model=told.Verdicts)
async def verdicts(
    host: HostOf, which: WhichOf, only: OnlyOf, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """The funnel of a scan, and the verdict on every symbol."""
    view = host.view()

    async def made(app: App) -> BaseModel:
        if which.scan_id is not None:
            found = views_asked.finished(host.jobs, which.scan_id)
            return views_asked.verdicts_of(found, only, cursor, limit)
        scan = await views_scan.the_scan(app, which.day, which.at)
        return views_scan.verdicts_of(view, scan, only, cursor, limit)

    return await host.answer(made)


@router.get("/verdicts/{symbol}", response_model=told.Why)
async def why(host: HostOf, symbol: SymbolOf, which: WhichOf) -> Response:
    """Why a symbol was or was not traded: every gate, the evidence, the nearest miss.

    The last scan is answered from memory; an earlier one is computed again from stored data, which
    takes some seconds the first time. Of an on-demand scan gates and evidence are not kept.
    """
    view = host.view()

    async def made(app: App) -> BaseModel:
        if which.scan_id is not None:
            return views_asked.why_of(views_asked.finished(host.jobs, which.scan_id), symbol)
        scan = await views_scan.the_scan(app, which.day, which.at)
        if scan is None:
            raise CorruptData("nothing was scanned yet; ask for a scan: POST /v1/scans")
        is_here = views_scan.is_in_memory(view, scan)
        found = views_plans.why_in_memory(view, symbol) if is_here else None
        return found or await _why_again(host, view, symbol, scan)

    return await host.answer(made)


async def _why_again(host: Host, view: LiveView, symbol: str, scan: RecordedScan) -> told.Why:
    """The same computed from stored data, in a process of its own."""
    local = scan.at.astimezone(NEW_YORK)
    words = [symbol, "--date", scan.session_date.isoformat(), "--at", f"{local:%H:%M}"]
    job_id = f"why-{symbol.replace('.', '_')}-{local:%Y%m%d-%H%M}"
    host.jobs.ask(job_id, "why", words, host.app.clock.now())
    job = await host.jobs.finished(job_id)
    document = host.jobs.document(job)
    if document is None:
        raise CorruptData(job.problem or "it could not be computed again")
    return told.Why.model_validate(_without_future(dict(document), view))


def _without_future(document: dict[str, Any], view: LiveView) -> dict[str, Any]:
    """A stored day knows its end; while it is being lived nobody does."""
    candidate = document["candidate"]
    if candidate is not None:
        document["candidate"] = views_scan.candidate_again(candidate)
    is_now = view.session is not None and str(view.session.date) == document["session_date"]
    return {**document, "plan": None, "fate": None, "trade": None} if is_now else document


@router.get("/candidates", response_model=told.Candidates)
async def candidates(
    host: HostOf, which: WhichOf, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """Scored symbols with what each factor brings, headlines and badges."""
    view = host.view()

    async def made(app: App) -> BaseModel:
        if which.scan_id is not None:
            found = views_asked.finished(host.jobs, which.scan_id)
            return views_asked.candidates_of(found, cursor, limit)
        scan = await views_scan.the_scan(app, which.day, which.at)
        return await views_scan.candidates_of(app, view, scan, cursor, limit)

    return await host.answer(made)


@router.get("/plans", response_model=told.Plans)
async def plans(
    host: HostOf, scan_id: ScanId = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """Plans of the newest session with advice, fate and distance to the trigger.

    Those of an on-demand scan are advice only, and none of them is armed.
    """
    view = host.view()

    async def made(app: App) -> BaseModel:
        if scan_id is not None:
            found = views_asked.finished(host.jobs, scan_id)
            return views_asked.plans_of(found, cursor, limit)
        return await views_plans.plans_of(app, view, cursor, limit)

    return await host.answer(made)


@router.get("/premortem", response_model=told.PreMortem)
async def premortem(host: HostOf) -> Response:
    """What may go wrong if every approved plan is taken."""
    view = host.view()
    return await host.answer(lambda app: views_plans.pre_mortem_of(app, view))


@router.get("/orders", response_model=Orders)
async def orders(host: HostOf, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """Orders of the newest session in the order they were decided."""
    return await host.answer(lambda app: views_status.orders_of(app, cursor, limit))


@router.get("/positions", response_model=Positions)
async def positions(host: HostOf, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """What is held, with its result so far."""
    view = host.view()
    return await host.answer(lambda app: views_status.positions_of(app, view, cursor, limit))


@router.get("/fills", response_model=Fills)
async def fills(
    host: HostOf,
    session_date: Day = None,
    symbol: Annotated[Symbol | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Executions, newest first."""
    return await host.answer(
        lambda app: views_status.fills_of(app, session_date, symbol, cursor, limit)
    )


@router.get("/bars", response_model=Bars)
async def bars(
    host: HostOf, symbol: Annotated[Symbol, Query()], session_date: Day = None
) -> Response:
    """One-minute candles of a session with VWAP, opening range, levels and fills."""
    view = host.view()

    async def made(app: App) -> BaseModel:
        session = views_plans.session_named(app, view, session_date)
        return await views_plans.candles_of(app, view, symbol, session)

    return await host.answer(made)
