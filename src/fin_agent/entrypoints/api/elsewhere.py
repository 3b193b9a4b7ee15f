"""A thread with a loop of its own, for everything that reads files or builds large answers.

The trading loop only hands a question over and waits for bytes.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fin_agent.composition.bootstrap import App

T = TypeVar("T")


class Elsewhere:
    """Runs what is asked of it beside the trading loop, on an application of its own."""

    def __init__(self, app: App) -> None:
        self.app = App(app.loaded, app.data_dir)  # nothing in it is shared with the trading loop
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="api", daemon=True)

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def __call__(self, make: Callable[[App], Awaitable[T]]) -> T:
        """What ``make`` gives; it runs in the thread."""

        async def run() -> T:
            return await make(self.app)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self._loop))

    async def close(self) -> None:
        """End the thread; what still runs in it is cancelled."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_cancel_rest(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


async def _cancel_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
