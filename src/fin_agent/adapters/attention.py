"""Waiting for a slow answer without leaving anybody else to wait."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")
_EVERY_S = 1.0  # real seconds: a network is not faster under a fast clock


async def attentively(
    asked: Coroutine[object, object, T],
    attend: Callable[[], Awaitable[None]],
    every_s: float = _EVERY_S,
) -> T:
    """Await an answer, and attend to others every so often until it is there.

    What attending raises ends the asking too; so does being cancelled.
    """
    asking = asyncio.create_task(asked)
    try:
        while not (await asyncio.wait([asking], timeout=every_s))[0]:
            await attend()
        return asking.result()
    finally:
        asking.cancel()
