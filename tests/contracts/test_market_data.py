"""What every source of market data does, whatever it is made of."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.feed import PacedFeed
from fin_agent.adapters.market_data.chain import Chain
from fin_agent.adapters.market_data.live import Live, LiveFeeds, LiveRules
from fin_agent.adapters.market_data.taped import Taped
from fin_agent.adapters.tape.recorder import Tape
from fin_agent.adapters.tape.recording import RecordedFeed, RecordedMarket, Taping
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.snapshot import DailyFeatures, Snapshot
from fin_agent.ports import MarketDataPort
from fin_agent.testing.fakes import FakeMarket
from tests.adapters.market_data.live_days import GivenMinutes
from tests.adapters.market_data.stored_days import (
    CALENDAR,
    PROFILE,
    SESSIONS,
    TODAY,
    StoredDays,
    a_request,
    instruments,
)
from tests.adapters.market_data.yahoo_world import a_world
from tests.servers.networks import HandClock
from tests.servers.yahoo import a_quote

OPENING = (106.0, 107.0, 105.0, 106.5, 1000.0)


def stored() -> MarketDataPort:
    return StoredDays().history("A").today("A", {0: OPENING}).stored()


def daily() -> MarketDataPort:
    days = StoredDays().history("A")
    days.daily["A"][TODAY.date] = OPENING
    return days.by_day()


def fake() -> MarketDataPort:
    features = DailyFeatures(30, SESSIONS[29].date, ends_yesterday=True, prev_close=100.0)
    price = Known(106.0, "fake", TODAY.open)
    snapshot = Snapshot(instruments("A")[0], TODAY.open, price, features)
    return FakeMarket(
        {TODAY.date: [snapshot]},
        {TODAY.date: {"A": [Bar(0, *OPENING)]}},
        {"A": {session.date.isoformat(): 100.0 for session in SESSIONS[:30]}},
    )


@asynccontextmanager
async def live(folder: Path) -> AsyncIterator[MarketDataPort]:
    """At the open, with Yahoo's quotes through a chain."""
    clock = HandClock(TODAY.open)
    async with a_world(folder, clock) as world:
        opened = int(TODAY.open.timestamp())
        world.server.quotes["A"] = a_quote(
            "A", regularMarketOpen=106.0, regularMarketPrice=106.0, regularMarketTime=opened
        )
        chain = Chain([world.yahoo], list[DomainEvent]().append)
        feeds = LiveFeeds(chain, chain, None, GivenMinutes({0: {"A": Bar(0, *OPENING)}}))
        store = StoredDays().history("A").store()
        yield Live(store, CALENDAR, clock, feeds, LiveRules(PROFILE))


@asynccontextmanager
async def taped(folder: Path) -> AsyncIterator[MarketDataPort]:
    """What the stored market was recorded to answer."""
    clock = SystemClock()
    async with Tape(folder, HandClock(TODAY.open), list[DomainEvent]().append) as tape:
        market = RecordedMarket(stored(), Taping(tape.record))
        for symbols in (("A",), ("A", "NOWHERE")):
            await market.cross_section(a_request(symbols=symbols))
        for sessions in (250, 2):
            await market.closes(["A"], TODAY.date, sessions)
        await market.has_pre_market(TODAY, ["A"])
        await market.fingerprint(TODAY, ["A"])
        feed = RecordedFeed(PacedFeed(market, clock, 1.0), Taping(tape.record))
        async for _ in feed.follow(TODAY, ["A"]):
            pass
    yield Taped(folder)


@pytest.fixture(params=[stored, daily, fake, live, taped])
async def market(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MarketDataPort]:
    if request.param in {live, taped}:
        async with request.param(tmp_path) as running:
            yield running
        return
    make: Callable[[], MarketDataPort] = request.param
    yield make()


async def test_every_symbol_of_the_request_has_a_snapshot(market: MarketDataPort) -> None:
    section = await market.cross_section(a_request(symbols=("A", "NOWHERE")))

    assert sorted(section.symbols) == ["A", "NOWHERE"]
    assert section.at == TODAY.open
    assert section.snapshot("A").gap == 6.0
    assert section.snapshot("A").daily.prev_close == 100.0
    assert isinstance(section.snapshot("NOWHERE").price, Missing)
    assert section.snapshot("NOWHERE").daily.bars == 0


async def test_a_price_says_where_it_is_from_and_when_it_was_true(market: MarketDataPort) -> None:
    price = (await market.cross_section(a_request())).snapshot("A").price

    assert isinstance(price, Known)
    assert price.source
    assert price.as_of == TODAY.open


async def test_closes_end_before_the_day_and_come_oldest_first(market: MarketDataPort) -> None:
    closes = (await market.closes(["A"], TODAY.date, 250))["A"]

    assert list(closes) == [session.date.isoformat() for session in SESSIONS[:30]]
    assert set(closes.values()) == {100.0}
    assert list((await market.closes(["A"], TODAY.date, 2))["A"]) == list(closes)[-2:]


async def test_every_two_symbols_have_their_correlation(market: MarketDataPort) -> None:
    found = await market.correlations(["NOWHERE", "A", "B"], TODAY.date)

    assert found == dict.fromkeys([("A", "B"), ("A", "NOWHERE"), ("B", "NOWHERE")])


async def test_minutes_come_in_order_and_only_with_the_asked_symbols(
    market: MarketDataPort,
) -> None:
    found = [minute async for minute in market.minutes(TODAY, ["A", "NOWHERE"])]

    assert [minute.minute for minute in found] == list(range(len(found)))
    assert dict(found[0].bars) == {"A": Bar(0, *OPENING)}
    assert not any(minute.bars for minute in found[1:])


async def test_a_stored_day_has_a_fingerprint_and_another_has_none(market: MarketDataPort) -> None:
    found = await market.fingerprint(TODAY, ["A"])

    assert found == await market.fingerprint(TODAY, ["A"])
    assert found
    assert await market.fingerprint(SESSIONS[40], ["A"]) == ""


async def test_no_pre_market_is_said_to_be_none(market: MarketDataPort) -> None:
    assert not await market.has_pre_market(TODAY, ["A"])
