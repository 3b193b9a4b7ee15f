"""Several endless tasks that end together."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

_AGAIN_S = 5.0  # longer than any orderly end takes: a second cancellation would cut that too


async def side_by_side(*work: Coroutine[Any, Any, object]) -> None:
    """Run until one of them ends; then the others are cut, and its error is raised as it is."""
    tasks = [asyncio.create_task(each) for each in work]
    ended: Collection[asyncio.Task[object]] = ()
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cut(tasks)
    for task in (*ended, *tasks):
        if not task.cancelled():
            task.result()


async def cut(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for their end, also when cancelled meanwhile: none is left behind.

    Asks again after a while, because a library may swallow a cancellation.
    """
    stopped: asyncio.CancelledError | None = None
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=_AGAIN_S)
        except asyncio.CancelledError as error:
            stopped = error
    if stopped is not None:
        raise stopped
