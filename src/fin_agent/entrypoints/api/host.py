"""What the routes stand on: the agent, a thread to read in, and what was answered before."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from fin_agent.composition.agent import Agent
from fin_agent.composition.api_answers import AnswerFile
from fin_agent.composition.bootstrap import App
from fin_agent.composition.jobs import Jobs
from fin_agent.composition.live_view import LiveView, live_view
from fin_agent.composition.results import Moves
from fin_agent.entrypoints.api.elsewhere import Elsewhere

JSON = "application/json"

Renderer = Callable[[], tuple[bytes, str]]  # the metrics, and their media type


@dataclass(slots=True)
class Host:
    """Everything a route may use; ``agent`` is None where the API is served without one.

    ``metrics`` gives the body of ``/metrics`` and its media type; None while nobody counts.
    """

    app: App
    agent: Agent | None
    elsewhere: Elsewhere
    jobs: Jobs
    answers: AnswerFile
    metrics: Renderer | None = None
    moves: Moves = field(default_factory=dict)
    flights: dict[str, tuple[str, "asyncio.Future[tuple[int, bytes]]"]] = field(
        default_factory=dict
    )

    def view(self) -> LiveView:
        """What the agent knows now; call it in the agent's loop."""
        now = self.app.clock.now()
        return LiveView(now) if self.agent is None else live_view(self.agent, now)

    async def answer(self, make: Callable[[App], Awaitable[BaseModel]]) -> Response:
        """Build an answer in the thread, its JSON too."""

        async def written(app: App) -> bytes:
            return (await make(app)).model_dump_json().encode()

        return Response(await self.elsewhere(written), media_type=JSON)


async def host_of(request: Request) -> Host:
    """The host of the application that a request is answered by."""
    host: Host = request.app.state.host
    return host


HostOf = Annotated[Host, Depends(host_of)]
Cursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of the page before"),
]
Limit = Annotated[int, Query(ge=1, le=500, description="rows on a page")]
