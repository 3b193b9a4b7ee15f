"""The POST routes: each with an Idempotency-Key, each done once."""

from fastapi import APIRouter, Request, Response

from fin_agent.entrypoints.api import commands
from fin_agent.entrypoints.api.host import HostOf
from fin_agent.entrypoints.api.models import commands as told
from fin_agent.entrypoints.api.models.scan import ScanResult
from fin_agent.entrypoints.api.once import OnceOf
from fin_agent.entrypoints.api.routes_records import TradeId

router = APIRouter(prefix="/v1")


def _by(request: Request) -> str:
    """Who asked, for the record: the name of a token, never its text."""
    return f"API, {request.scope['state']['right']} token"


@router.post("/halt", response_model=told.Acted)
async def halt(request: Request, host: HostOf, once: OnceOf, body: told.HaltAsked) -> Response:
    """Stop every new entry at once; exits go on."""
    by = _by(request)
    return await once.done(body, lambda _: commands.halt(host, body, by), urgent=True)


@router.post("/flat", response_model=told.Acted)
async def flat(request: Request, host: HostOf, once: OnceOf, body: told.FlatAsked) -> Response:
    """Take everything out; `done` is false while it goes on."""
    by = _by(request)
    return await once.done(body, lambda _: commands.flat(host, body, by), urgent=True)


@router.post("/resume", response_model=told.Acted)
async def resume(request: Request, host: HostOf, once: OnceOf, body: told.ResumeAsked) -> Response:
    """Allow entries again, if the venue and the journal agree."""
    by = _by(request)
    return await once.done(body, lambda _: commands.resume(host, body, by))


@router.post("/weights", response_model=told.WeightsSet)
async def weights(
    request: Request, host: HostOf, once: OnceOf, body: told.WeightsAsked
) -> Response:
    """Give factors other weights for the next scan and those after it."""
    by = _by(request)
    return await once.done(body, lambda _: commands.weigh(host, body, by))


@router.post("/fills", response_model=told.FillTaken)
async def fills(host: HostOf, once: OnceOf, body: told.FillAsked) -> Response:
    """Record a fill made by hand, or that the rest of an order is cancelled."""
    return await once.done(body, lambda at: commands.fill(host, body, at))


@router.post("/journal/{trade_id}/notes", response_model=told.NoteTaken)
async def notes(host: HostOf, once: OnceOf, trade_id: TradeId, body: told.NoteAsked) -> Response:
    """Write something about a closed trade: text, tag, grade."""
    return await once.done(body, lambda at: commands.note(host, trade_id, body, at))


@router.post("/scans", response_model=ScanResult)
async def scans(host: HostOf, once: OnceOf, body: told.ScanAsked) -> Response:
    """Scan now or as of a stored instant; it sends nothing. Ask for its result by its id."""
    return await once.done(body, lambda at: commands.scan(host, body, once.name, at))


@router.post("/backtests", response_model=told.BacktestResult)
async def backtests(host: HostOf, once: OnceOf, body: told.BacktestAsked) -> Response:
    """Run the same day driver over many stored days. Ask for its result by its name."""
    return await once.done(body, lambda at: commands.backtest(host, body, once.name, at))
