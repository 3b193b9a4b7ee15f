"""A sign of life is sent only while all is well, and one that does not arrive is told once."""

import asyncio

import pytest
from pydantic import SecretStr

from fin_agent.adapters.dead_man import DeadMan
from fin_agent.domain.errors import ConfigError
from tests.entrypoints.live_days import eventually
from tests.servers.faults import FaultyServer, down, served, text

CANARY = "canary-31415"


async def test_silence_while_something_is_wrong() -> None:
    async with served(FaultyServer(routes={f"/{CANARY}": text("ok").answer})) as server:
        healthy = [False]
        told: list[str] = []

        async def tell(problem: str) -> None:
            told.append(problem)

        address = SecretStr(f"{server.base_url}/{CANARY}")
        switch = DeadMan(address, 0.01, lambda: healthy[0], tell)
        running = asyncio.create_task(switch.run())
        await asyncio.sleep(0.1)
        assert server.paths == []

        healthy[0] = True
        await eventually(lambda: len(server.paths) >= 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert switch.sent >= 2
    assert told == []


async def test_an_address_that_does_not_answer_is_told_once_in_an_outage() -> None:
    async with served(FaultyServer(routes={f"/{CANARY}": text("ok").answer})) as server:
        told: list[str] = []

        async def tell(problem: str) -> None:
            told.append(problem)

        switch = DeadMan(SecretStr(f"{server.base_url}/{CANARY}"), 1, lambda: True, tell)
        for failures, pings in ((5, 5), (0, 1), (4, 4)):
            server.faults.extend([down()] * failures)
            for _ in range(pings):
                await switch.ping()
        await switch._outbound.close()

    assert told == ["the dead-man ping does not get through: answered 503"] * 2
    assert CANARY not in "".join(told)
    assert (switch.sent, switch.failed) == (1, 9)


def test_an_address_must_be_one() -> None:
    async def tell(_: str) -> None:
        raise AssertionError

    with pytest.raises(ConfigError, match="https"):
        DeadMan(SecretStr("ping.example.com"), 1, lambda: True, tell)
