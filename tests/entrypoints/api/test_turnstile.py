"""What clients said is read one at a time, halts first, and a failure holds up nobody."""

import asyncio
from functools import partial

from fin_agent.entrypoints.api.turnstile import Turnstile


async def test_one_is_read_in_a_turn_of_the_loop_and_halts_go_first() -> None:
    turnstile, order = Turnstile(), list[str]()
    for name in ("a", "b", "halt"):
        turnstile.wait(partial(order.append, name), urgent=name == "halt")
    seen = []
    for _ in range(3):
        await asyncio.sleep(0)
        seen.append(list(order))

    assert seen == [["halt"], ["halt", "a"], ["halt", "a", "b"]]


async def test_a_reading_that_fails_is_not_the_others_failure() -> None:
    turnstile, order = Turnstile(), list[str]()
    failures = list[str]()
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: failures.append(str(context["exception"]))
    )

    def broken() -> None:
        raise ValueError("broken")

    turnstile.wait(broken, urgent=False)
    turnstile.wait(partial(order.append, "next"), urgent=False)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    turnstile.wait(partial(order.append, "last"), urgent=False)
    await asyncio.sleep(0)

    assert (failures, order) == (["broken"], ["next", "last"])
