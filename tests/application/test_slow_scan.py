"""A provider that hangs keeps nobody waiting: flat and halt are obeyed while a scan is made."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

import pytest

from fin_agent.adapters.attention import attentively
from fin_agent.domain.control import Act, ControlRequest
from fin_agent.domain.errors import StateUnavailable, Unavailable
from fin_agent.domain.risk import TradingState
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import ScanDue, ScanRequest
from fin_agent.testing.builders import OPEN, SCAN
from fin_agent.testing.fakes import FakeMarket
from tests.application.bench import Bench

NOON = OPEN + timedelta(minutes=165)
T = TypeVar("T")


@dataclass
class HangingMarket(FakeMarket):
    """Answers nothing until it is let go, and then that it cannot."""

    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def cross_section(self, request: ScanRequest) -> CrossSection:
        await self.may_end.wait()
        raise Unavailable(f"nobody knows {request.at}")


async def often(asked: Coroutine[object, object, T], attend: Callable[[], Awaitable[None]]) -> T:
    return await attentively(asked, attend, every_s=0.001)


async def hanging(bench: Bench) -> HangingMarket:
    market, day = HangingMarket(), bench.driver.day
    day.desk = replace(day.desk, market=market)
    bench.live.attentively = often
    bench.world.clock.at = NOON
    await bench.driver._pulse(NOON)
    await bench.driver._pulse(NOON)
    return market


async def eventually(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while True:
            if holds():
                return
            await asyncio.sleep(0.001)


async def test_a_flat_is_obeyed_while_a_provider_hangs() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(positions={"AAA": Decimal(23)})
    market = await hanging(bench)
    scanning = asyncio.create_task(bench.driver.look(ScanDue("second_look", NOON, NOON)))

    bench.world.control.waiting = [ControlRequest("w1", Act.FLAT, "now", SCAN)]
    await eventually(lambda: bench.venue.asked("exit"))

    assert not scanning.done()
    assert bench.driver.day.book.state is TradingState.HALTED
    assert bench.driver.day.exits["AAA"].reason == "manual"
    market.may_end.set()
    await scanning
    assert NOON not in bench.driver.scanned


async def test_a_halt_is_answered_while_a_provider_hangs() -> None:
    bench = await Bench.ready()
    market = await hanging(bench)
    scanning = asyncio.create_task(bench.driver.look(ScanDue("second_look", NOON, NOON)))

    bench.world.control.waiting = [ControlRequest("w1", Act.HALT, "stop", SCAN)]
    await eventually(lambda: bench.world.control.answers)

    assert not scanning.done()
    assert bench.world.control.answers["w1"]["state"] == "HALTED"
    market.may_end.set()
    await scanning


async def test_what_fails_meanwhile_ends_the_asking() -> None:
    asked = asyncio.Event()

    async def ask() -> None:
        asked.set()
        await asyncio.Event().wait()

    async def attend() -> None:
        await asked.wait()
        raise StateUnavailable("the disk is full")

    with pytest.raises(StateUnavailable):
        await attentively(ask(), attend, every_s=0.001)


async def test_an_answer_and_a_refusal_come_through() -> None:
    async def seven() -> int:
        return 7

    async def nothing() -> int:
        raise Unavailable("no")

    async def attend() -> None:
        raise AssertionError("it took no time")

    assert await attentively(seven(), attend) == 7
    with pytest.raises(Unavailable):
        await attentively(nothing(), attend)
