"""The bus beside a running agent: away is told, lossy is refused, dead halts entries."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from fin_agent.composition.event_bus import OpenBus, carrying
from fin_agent.domain.errors import ConfigError, Inconsistent, Unavailable
from fin_agent.domain.events import Event
from fin_agent.ports import EventBusPort, Handler


class Troubled(EventBusPort):
    """A bus that ends with an error, at once or when it is drained."""

    def __init__(self, *, runs: Exception | None = None, drains: Exception | None = None) -> None:
        self._runs = runs
        self._drains = drains

    async def publish(self, events: Sequence[Event]) -> None:
        raise NotImplementedError

    def subscribe(
        self,
        consumer: str,
        types: Collection[str],
        handler: Handler,
        *,
        from_now: bool = False,
        observes: bool = False,
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        if self._runs is not None:
            raise self._runs

    async def drain(self) -> None:
        if self._drains is not None:
            raise self._drains


async def nothing() -> None:
    """Has nothing to let go of."""


async def test_a_bus_that_dies_is_told_and_halts_entries() -> None:
    told: list[str] = []
    halted: list[str] = []

    async with carrying(Troubled(runs=Inconsistent("another log")), told.append, halted.append):
        await asyncio.sleep(0.01)

    assert told == ["error: events are not delivered any more: another log"]
    assert halted == ["the event bus stopped: another log"]


async def test_what_could_not_be_delivered_waits_for_the_next_start() -> None:
    told: list[str] = []

    async with carrying(Troubled(drains=Unavailable("redis is away")), told.append, told.append):
        pass

    assert told == ["redis is away; events wait in the log and are delivered at the next start"]


async def test_a_carrier_that_is_away_is_told_at_the_start() -> None:
    async def away() -> None:
        raise Unavailable("redis is away")

    told: list[str] = []
    await OpenBus(Troubled(), dict, nothing, away).check(told.append)

    assert told == ["redis is away; events wait in the log until it is back"]


async def test_a_carrier_that_would_lose_events_is_refused() -> None:
    async def lossy() -> None:
        raise ConfigError(["redis: appendonly is no"])

    with pytest.raises(ConfigError, match="appendonly"):
        await OpenBus(Troubled(), dict, nothing, lossy).check(print)
    await OpenBus(Troubled(), dict, nothing).check(print)
