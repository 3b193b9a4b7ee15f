"""Says to the supervisor that the agent is ready, lives and stops."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fin_agent.adapters.supervision import ALIVE, READY, STOPPING, Supervisor, supervisor_of


@asynccontextmanager
async def supervised(environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Entered when the agent is ready; the signs of life come from its own event loop.

    So a loop that stopped turning is silent, and the supervisor ends and restarts the process.
    """
    supervisor = supervisor_of(environment)
    supervisor.tell(READY, "STATUS=the agent runs")
    living = asyncio.create_task(_live(supervisor))
    try:
        yield
    finally:
        supervisor.tell(STOPPING, "STATUS=stopping: everything that happened is on disk")
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def _live(supervisor: Supervisor) -> None:
    if supervisor.patience_s is None:
        return
    while True:
        supervisor.tell(ALIVE)
        await asyncio.sleep(supervisor.patience_s / 3)
