"""Reading routes about what was: journal, performance, the log, and the machine."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from fin_agent.composition.api_reads import Asked
from fin_agent.composition.jobs import Jobs
from fin_agent.domain.errors import CorruptData
from fin_agent.entrypoints.api import views_journal, views_system
from fin_agent.entrypoints.api.host import Cursor, HostOf, Limit
from fin_agent.entrypoints.api.models.base import IsoDate
from fin_agent.entrypoints.api.models.commands import BacktestResult, Backtests, Symbol
from fin_agent.entrypoints.api.models.journal import Journal, Performance, TradeStory
from fin_agent.entrypoints.api.models.log import DeadLetters, Events
from fin_agent.entrypoints.api.models.system import Doctor, LogTail, Quotas, Settings
from fin_agent.entrypoints.api.routes_trading import Day, JobId
from fin_agent.entrypoints.api.views_journal import Wanted

router = APIRouter(prefix="/v1")

Run = Annotated[
    str | None,
    Query(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$",
        description="the agent's own journal (`live`) when left out, else a replay's name",
    ),
]
TradeId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]


async def wanted(
    run: Run = None,
    first: Annotated[IsoDate | None, Query(description="first session")] = None,
    last: Annotated[IsoDate | None, Query(description="last session")] = None,
    symbol: Annotated[Symbol | None, Query()] = None,
    tag: Annotated[str | None, Query(max_length=40)] = None,
    grade: Annotated[Literal["A", "B", "C", "D", "E", "F"] | None, Query()] = None,
) -> Wanted:
    """The filters of the journal."""
    return Wanted(run, first, last, symbol, tag, grade)


WantedOf = Annotated[Wanted, Depends(wanted)]
_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@router.get("/journal", response_model=Journal)
async def journal(
    host: HostOf, which: WantedOf, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Closed trades with notes, tags and grades."""
    return await host.answer(lambda app: views_journal.journal_of(app, which, cursor, limit))


@router.get(
    "/journal/export",
    response_class=Response,
    responses={200: {"content": {media: {} for media in _TYPES.values()}}},
)
async def export(
    host: HostOf, which: WantedOf, kind: Annotated[Literal["csv", "parquet"], Query()] = "csv"
) -> Response:
    """The same rows as a file."""
    body = await host.elsewhere(lambda app: views_journal.exported(app, which, kind))
    name = f'attachment; filename="journal.{kind}"'
    return Response(body, media_type=_TYPES[kind], headers={"content-disposition": name})


@router.get("/journal/{trade_id}", response_model=TradeStory)
async def story(host: HostOf, trade_id: TradeId, run: Run = None) -> Response:
    """One trade with every decision about it."""
    return await host.answer(lambda app: views_journal.story_of(app, run, trade_id))


@router.get("/performance", response_model=Performance)
async def performance(host: HostOf, which: WantedOf) -> Response:
    """Figures, equity, R distribution, breakdowns, intervals, and a random pick beside them."""
    return await host.answer(lambda app: views_journal.performance_of(app, which, host.moves))


@router.get("/events", response_model=Events)
async def events(
    host: HostOf,
    after: Annotated[int | None, Query(ge=0, le=1 << 53, description="behind this seq")] = None,
    kind: Annotated[str | None, Query(alias="type", max_length=60)] = None,
    session_date: Day = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The log: behind a place in order, or (without `after`) the newest events."""
    begin = int(cursor) if cursor is not None else after
    asked = Asked(kind, session_date)
    return await host.answer(lambda app: views_system.events_of(app, asked, begin, limit))


@router.get("/dead-letters", response_model=DeadLetters)
async def dead_letters(host: HostOf, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """Events that a consumer gave up."""
    return await host.answer(lambda app: views_system.dead_letters_of(app, cursor, limit))


@router.get("/quotas", response_model=Quotas)
async def quotas(host: HostOf, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """The calls that still count against quotas."""
    return await host.answer(lambda app: views_system.quotas_of(app, cursor, limit))


@router.get("/health/doctor", response_model=Doctor)
async def doctor(
    host: HostOf,
    outside: Annotated[bool, Query(description="ask the providers too, which uses quota")] = False,  # noqa: FBT002 - a query parameter
) -> Response:
    """The health of everything, and what each provider can do here."""
    return await host.answer(lambda app: views_system.doctor_of(app, outside=outside))


@router.get("/settings", response_model=Settings)
async def settings(host: HostOf) -> Response:
    """Settings in force, and the factors' weights for the next scan."""
    view = host.view()
    return await host.answer(lambda app: views_system.settings_of(app, view))


@router.get("/logs", response_model=LogTail)
async def logs(host: HostOf, lines: Annotated[int, Query(ge=1, le=2000)] = 200) -> Response:
    """The newest lines of the log file."""
    return await host.answer(lambda app: views_system.log_tail(app, lines))


@router.get("/backtests", response_model=Backtests)
async def backtests(host: HostOf) -> Response:
    """Every run that can be shown or compared."""
    return await host.answer(lambda app: views_system.backtests_of(app, host.jobs))


@router.get("/backtests/{name}", response_model=BacktestResult)
async def backtest(host: HostOf, name: JobId) -> Response:
    """A run that was asked for: how it stands, and its document when it is done."""
    return await host.answer(lambda _: _result(host.jobs, name))


async def _result(jobs: Jobs, name: str) -> BaseModel:
    job = jobs.named(name)
    if job is None or job.command != "backtest":
        raise CorruptData(f"no backtest {name} was asked for; see GET /v1/backtests")
    document = jobs.document(job)
    return BacktestResult(
        backtest=views_system.backtest_of(job),
        result=None if document is None else dict(document),
    )
