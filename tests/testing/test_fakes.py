"""The fakes keep their ports' promises: absences are named, time is respected, nothing is lost."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import Event
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Bar, Instrument
from fin_agent.domain.news import Headline
from fin_agent.domain.order import Fill
from fin_agent.domain.snapshot import DailyFeatures, Snapshot
from fin_agent.ports import ScanRequest
from fin_agent.testing.fakes import (
    FakeCalendar,
    FakeFx,
    FakeMarket,
    FakeNews,
    FakeSentiment,
)
from fin_agent.testing.stores import MemoryStore

FRIDAY, MONDAY = date(2025, 12, 19), date(2025, 12, 22)
CALENDAR = FakeCalendar.weekdays(FRIDAY, MONDAY)
SESSION = CALENDAR.sessions(FRIDAY, FRIDAY)[0]
AT = datetime(2025, 12, 19, 13, tzinfo=UTC)
KNOWN = Snapshot(Instrument("AAA"), AT, Known(10.0, "fake", AT), DailyFeatures())
BARS = {
    "AAA": [Bar(-1, 1, 1, 1, 1, 5), Bar(0, 1, 1, 1, 1, 5), Bar(2, 1, 1, 1, 1, 5)],
    "BBB": [Bar(2, 2, 2, 2, 2, 5)],
}
MARKET = FakeMarket(
    {FRIDAY: [KNOWN]}, {FRIDAY: BARS}, {"AAA": {"2025-12-18": 9.0, "2025-12-19": 10.0}}
)


def test_calendar_skips_weekends_and_knows_the_day_before() -> None:
    assert [session.date for session in CALENDAR.sessions(FRIDAY, MONDAY)] == [FRIDAY, MONDAY]
    assert CALENDAR.previous(MONDAY).date == FRIDAY
    assert CALENDAR.session(date(2025, 12, 20)) is None
    assert SESSION.minutes == 390
    with pytest.raises(InvalidValue, match="no session before"):
        CALENDAR.previous(FRIDAY)


async def test_unknown_symbols_are_missing_not_lost() -> None:
    instruments = [Instrument("AAA"), Instrument("BBB")]
    later = AT.replace(hour=14)

    section = await MARKET.cross_section(ScanRequest(SESSION, FRIDAY, later, False, instruments))

    assert list(section.symbols) == ["AAA", "BBB"]
    assert section.snapshot("AAA") == replace(KNOWN, at=later)
    assert section.snapshot("BBB").price == Missing("no quote")


async def test_every_regular_minute_comes_once_traded_or_not() -> None:
    minutes = [minute async for minute in MARKET.minutes(SESSION, ["AAA", "BBB", "CCC"])]

    assert [minute.minute for minute in minutes] == list(range(390))
    assert [sorted(minute.bars) for minute in minutes[:4]] == [["AAA"], [], ["AAA", "BBB"], []]


async def test_market_tells_what_is_stored() -> None:
    assert await MARKET.has_pre_market(SESSION, ["AAA"])
    assert not await MARKET.has_pre_market(SESSION, ["BBB", "CCC"])
    assert await MARKET.closes(["AAA", "CCC"], MONDAY, 1) == {
        "AAA": {"2025-12-19": 10.0},
        "CCC": {},
    }
    assert await MARKET.closes(["AAA"], FRIDAY, 5) == {"AAA": {"2025-12-18": 9.0}}


async def test_fingerprint_changes_with_the_inputs_only() -> None:
    first = await MARKET.fingerprint(SESSION, ["AAA", "BBB"])

    assert first == await MARKET.fingerprint(SESSION, ["BBB", "AAA"]) != ""
    assert first != await replace(MARKET, bars={}).fingerprint(SESSION, ["AAA", "BBB"])
    assert await FakeMarket().fingerprint(SESSION, ["AAA"]) == ""


async def test_news_tells_no_headline_from_no_answer() -> None:
    headline = Headline("AAA", "up", "wire", AT, AT)
    news = FakeNews({"AAA": [headline]}, {"AAA": False})

    assert await news.headlines(["AAA", "BBB"], AT) == {
        "AAA": Known((headline,), "fake", AT),
        "BBB": Known((), "fake", AT),
    }
    earnings = await news.earnings(["AAA", "BBB"], SESSION)
    assert earnings["AAA"] == Known(False, "fake", SESSION.open)
    assert earnings["BBB"] == Missing("no earnings calendar")
    silent = replace(news, silent=True)
    assert await silent.headlines(["AAA"], AT) == {"AAA": Missing("no news feed")}
    assert isinstance((await silent.earnings(["AAA"], SESSION))["AAA"], Missing)


async def test_rate_and_sentiment_are_what_was_given() -> None:
    assert await FakeFx(1.1).rate(AT) == Known(1.1, "fake", AT)
    assert isinstance(await FakeFx(None).rate(AT), Missing)
    assert FakeSentiment({"up": 0.5}).compound("up") == 0.5
    assert FakeSentiment().compound("up") == 0.0


def an_event(name: str, *, is_decision: bool = True) -> Event:
    return Event(name, "Tested", FRIDAY, "paper", AT, "{}", is_decision=is_decision)


async def names(store: MemoryStore, *, decisions: bool = False) -> list[str]:
    return [event.event_id for event in await store.events(FRIDAY, decisions=decisions)]


async def test_store_keeps_what_was_committed_in_order() -> None:
    store = MemoryStore()
    fill = Fill("id", "AAA", Decimal(1), Decimal(10), AT, 0, "entry", is_entry=True)
    async with store.begin() as work:
        work.append([an_event("one"), an_event("two", is_decision=False)])
        work.save_fill(fill)
        work.save_fill(fill)

    assert await names(store) == ["one", "two"]
    assert await names(store, decisions=True) == ["one"]
    assert await store.events(MONDAY) == []
    assert store.fills == [fill]
    await store.close()


async def failing(store: MemoryStore) -> None:
    async with store.begin() as work:
        work.append([an_event("one")])
        raise ValueError("broken")


async def test_failed_transaction_leaves_no_trace() -> None:
    store = MemoryStore()

    with pytest.raises(ValueError, match="broken"):
        await failing(store)

    assert await names(store) == []
