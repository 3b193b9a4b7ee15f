"""Opens the API beside a running agent, and closes it again."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from fin_agent.composition.agent import Agent
from fin_agent.composition.api_answers import answer_file
from fin_agent.composition.api_tokens import tokens_of
from fin_agent.composition.bootstrap import App
from fin_agent.composition.jobs import Jobs
from fin_agent.composition.settings_api import ApiSettings
from fin_agent.entrypoints.api.application import api_of, guarded
from fin_agent.entrypoints.api.elsewhere import Elsewhere
from fin_agent.entrypoints.api.host import Host, Renderer
from fin_agent.entrypoints.api.server import listening, served

_HERE = "127.0.0.1"
_NAMES = ("127.0.0.1", "localhost", "[::1]")


@asynccontextmanager
async def api(
    app: App,
    agent: Agent | None,
    tell: Callable[[str], None],
    metrics: Renderer | None = None,
) -> AsyncIterator[str]:
    """Serve meanwhile; gives the address. Call it in the agent's loop.

    Raises:
        ConfigError: the port is in use, or a given token is too short.
        StateUnavailable: a token cannot be kept.
    """
    settings = app.settings.api
    tokens = tokens_of(app)
    own = listening(settings.host or _HERE, settings.port)
    async with AsyncExitStack() as held:
        held.callback(own.close)
        host = await held.enter_async_context(opened(app, agent, metrics))
        names = hosts_of(settings, own)
        routes = await asyncio.to_thread(api_of, host)  # half a second of work
        gc.freeze()  # what is made for good is not searched for garbage while orders wait
        application = guarded(routes, tokens, names, settings.requests_per_minute)
        await held.enter_async_context(served(application, own, settings.connections))
        address = f"http://{names[0]}"
        tell(f"the API answers at {address}, its tokens are in {app.data_dir / 'api'}")
        yield address


@asynccontextmanager
async def opened(
    app: App, agent: Agent | None, metrics: Renderer | None = None
) -> AsyncIterator[Host]:
    """What the routes stand on, without a socket."""
    elsewhere = Elsewhere(app)
    elsewhere.begin()
    jobs, answers = Jobs(elsewhere.app), answer_file(app)
    host = Host(app, agent, elsewhere, jobs, answers, metrics)
    try:
        await elsewhere(lambda _: _begun(jobs))
        yield host
    finally:
        await elsewhere(lambda _: jobs.close())
        await elsewhere.close()
        answers.close()


async def _begun(jobs: Jobs) -> None:
    jobs.begin()


def hosts_of(settings: ApiSettings, own: socket.socket) -> list[str]:
    """The values of Host that are answered."""
    port = own.getsockname()[1]
    here = settings.host or _HERE
    first = f"[{here}]" if ":" in here else here
    names = [f"{name}:{port}" for name in dict.fromkeys((first, *_NAMES))]
    return [*names, settings.behind] if settings.behind else names
