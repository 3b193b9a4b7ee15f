"""The ASGI application: routes, errors as problems, the guard around everything."""

import logging
from collections.abc import Sequence

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from fin_agent import __version__
from fin_agent.composition.api_tokens import Tokens
from fin_agent.composition.settings_api import ApiSettings
from fin_agent.composition.standing import standing_or_problem
from fin_agent.domain.errors import FinAgentError
from fin_agent.entrypoints.api import routes_commands, routes_records, routes_trading, stream
from fin_agent.entrypoints.api.docs_page import docs_page
from fin_agent.entrypoints.api.guard import Guard
from fin_agent.entrypoints.api.host import Host, HostOf
from fin_agent.entrypoints.api.models.base import Problem, ProblemField
from fin_agent.entrypoints.api.models.log import StreamBeat, StreamEvent
from fin_agent.entrypoints.api.models.status import Health, Ready, Unhealthy
from fin_agent.entrypoints.api.problems import MEDIA, Refusal, refusal_of

_ABOUT = (
    "Everything that a trader can see and do. Every request but /healthz needs a token of the data"
    " directory; every POST needs an Idempotency-Key. WS /v1/stream?after=SEQ sends the log as"
    " StreamEvent and StreamBeat."
)
_PROBLEMS = (400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 422, 429, 431, 500, 503)
_log = logging.getLogger(__name__)


def api_of(host: Host) -> FastAPI:
    """The routes on a host, without the guard."""
    settings = host.app.settings.api
    app = FastAPI(
        title="fin_agent",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
        redirect_slashes=False,
        responses={status: _problem_schema() for status in _PROBLEMS},
        dependencies=[Depends(known_query)],
    )
    app.state.host = host
    app.state.followers = stream.Followers(host, settings.streams)
    _add_plain_routes(app, settings)
    for routes in (routes_trading, routes_records, routes_commands, stream):
        app.include_router(routes.router)
    _add_errors(app)
    _describe_stream(app)
    return app


def guarded(app: ASGIApp, tokens: Tokens, hosts: Sequence[str], per_minute: int) -> ASGIApp:
    """The application as it may be served."""
    return Guard(app, tokens, hosts, per_minute)


async def known_query(request: HTTPConnection) -> None:
    """A query has no name that its route does not know, and none twice: it would be lost."""
    scope = request.scope
    if scope["type"] == "websocket" or not scope["query_string"]:
        return
    path, app = getattr(scope.get("route"), "path", ""), request.app
    operation = app.openapi()["paths"].get(path, {}).get(scope["method"].lower(), {})
    known = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
    given = [name for name, _ in request.query_params.multi_items()]
    fields = [
        ProblemField(where=f"query.{name[:60]}", message="is not known here, or given twice")
        for name in dict.fromkeys(given)
        if name not in known or given.count(name) > 1
    ]
    if fields:
        there = ", ".join(sorted(known)) or "none"
        raise Refusal(422, f"there are these parameters: {there}", "see /docs", fields)


def _problem_schema() -> dict[str, object]:
    return {"description": "a problem", "content": {MEDIA: {"schema": _reference("Problem")}}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _add_plain_routes(app: FastAPI, settings: ApiSettings) -> None:
    @app.get("/healthz", response_model=Health, responses={503: {"model": Unhealthy}})
    async def healthz(host: HostOf) -> Response:
        """The process answers and its event loop turns; 503 when it was blocked."""
        watch = None if host.agent is None else host.agent.observation
        if watch is None or watch.vitals().is_healthy:
            return Response(Health().model_dump_json(), media_type="application/json")
        return Response(Unhealthy().model_dump_json(), 503, media_type="application/json")

    @app.get("/readyz", response_model=Ready, responses={503: {"model": Ready}})
    async def readyz(host: HostOf) -> Response:
        """Whether the agent can trade; 503 when not."""
        reasons = await _reasons(host)
        ready = Ready(ready=not reasons, reasons=reasons)
        status = 200 if ready.ready else 503
        return Response(ready.model_dump_json(), status, media_type="application/json")

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics(host: HostOf) -> Response:
        """For Prometheus."""
        if host.metrics is None:
            raise Refusal(404, "nothing is counted here")
        body, media = host.metrics()
        return Response(body, media_type=media)

    if settings.docs:

        @app.get("/docs", response_class=HTMLResponse, include_in_schema=False)
        async def docs() -> HTMLResponse:
            return HTMLResponse(docs_page(app.openapi()))


async def _reasons(host: Host) -> list[str]:
    """What stands against trading."""
    found = await host.elsewhere(standing_or_problem)
    reasons = [] if found.database.problem is None else [str(found.database.problem)]
    if host.agent is None or host.agent.driver is None:
        reasons.append("the agent has not taken a session up yet")
    return reasons


def _add_errors(app: FastAPI) -> None:
    async def ours(request: Request, error: Exception) -> Response:
        refusal = refusal_of(error) if isinstance(error, FinAgentError) else error
        return _told(request, refusal if isinstance(refusal, Refusal) else Refusal(500, "a bug"))

    async def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        words = {404: "there is no such route; see /docs", 405: "not with this method; see /docs"}
        return _told(request, Refusal(status, words.get(status, "it cannot be answered")))

    async def invalid(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        fields = [_field(one) for one in found]
        detail = "; ".join(f"{one.where}: {one.message}" for one in fields)[:1000]
        is_keyless = any(one.where == "header.Idempotency-Key" for one in fields)
        remedy = "send an Idempotency-Key of your own choice" if is_keyless else "see /docs"
        return _told(request, Refusal(422, detail, remedy, fields))

    async def bug(request: Request, error: Exception) -> Response:
        _log.error("the API could not answer %s", request.url.path, exc_info=error)
        return _told(request, Refusal(500, "it is written in the agent's log", "report it"))

    app.add_exception_handler(FinAgentError, ours)
    app.add_exception_handler(Refusal, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, bug)


def _told(request: Request, refusal: Refusal) -> Response:
    headers = {name.decode(): value.decode() for name, value in refusal.headers}
    return Response(refusal.body(request.url.path), refusal.status, headers=headers)


def _field(error: dict[str, object]) -> ProblemField:
    place = error["loc"] if isinstance(error["loc"], tuple) else ()
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "must")
    return ProblemField(where=".".join(map(str, place)), message=message)


def _describe_stream(app: FastAPI) -> None:
    """OpenAPI knows no websockets: its messages and the problems are put among the models."""
    made = app.openapi()
    schemas = made["components"]["schemas"]
    for model in (Problem, StreamEvent, StreamBeat):
        own = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(own.pop("$defs", {}))
        schemas[model.__name__] = own
    made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"token": []}]
    made["paths"]["/healthz"]["get"]["security"] = []
