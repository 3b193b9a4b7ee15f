"""Daily bars alone: the open is all that a day tells before it is over."""

from fin_agent.adapters.market_data.daily import Daily
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.ports import MinuteBars
from tests.adapters.market_data.memory_bars import MemoryBars, flat
from tests.adapters.market_data.stored_days import (
    SESSIONS,
    TODAY,
    StoredDays,
    a_request,
    look,
    scan,
)

OPENING = (106.0, 120.0, 90.0, 95.0, 777.0)


def a_day() -> StoredDays:
    days = StoredDays().history("A").history("B")
    days.daily["A"][TODAY.date] = OPENING
    return days


def test_the_price_is_the_days_open_and_volume_is_not_known_yet() -> None:
    snapshot = look(a_day().by_day())

    assert snapshot.price == Known(106.0, "bars", TODAY.open)
    assert snapshot.gap == 6.0
    assert snapshot.rvol == Missing("daily bars: today's volume is not known yet")
    assert (snapshot.daily.bars, snapshot.daily.ends_yesterday) == (30, True)


def test_a_symbol_without_a_bar_that_day_has_no_price() -> None:
    market = a_day().by_day()

    assert look(market, symbol="B").price == Missing("no bar on this day")
    assert scan(market, a_request(symbols=("NEW",))).snapshot("NEW").daily.bars == 0


def test_an_empty_store_knows_nothing() -> None:
    snapshot = look(Daily(MemoryBars()))

    assert snapshot.price == Missing("no bar on this day")
    assert snapshot.daily.bars == 0


def test_before_the_open_nothing_is_known_of_the_day() -> None:
    price = look(a_day().by_day(), -1).price

    assert price == Missing("daily bars: no price is known before the open")


async def test_the_whole_day_is_one_minute() -> None:
    days = a_day()
    days.daily["B"][TODAY.date] = flat(50, 0)

    found = [minute async for minute in days.by_day().minutes(TODAY, ["B", "A", "NONE"])]

    assert found == [MinuteBars(0, {"A": Bar(0, *OPENING)})]
    assert [type(value) for value in found[0].bars["A"]] == [int, *[float] * 5]


async def test_a_day_is_as_traded_on_it() -> None:
    splits = [("A", SESSIONS[40].date, 2.0)]
    days = StoredDays(splits=splits, adjusted=True).history("A", 50.0)
    days.daily["A"][TODAY.date] = (53.0, 60.0, 45.0, 47.5, 1554.0)
    market = days.by_day()

    found = [minute async for minute in market.minutes(TODAY, ["A"])]

    assert found == [MinuteBars(0, {"A": Bar(0, *OPENING)})]
    assert (await market.cross_section(a_request())).snapshot("A").gap == 6.0
    assert set((await market.closes(["A"], TODAY.date, 60))["A"].values()) == {100.0}


async def test_there_is_no_pre_market() -> None:
    assert not await a_day().by_day().has_pre_market(TODAY, ["A"])


async def test_the_fingerprint_covers_the_day_itself() -> None:
    days = a_day()
    before = await days.by_day().fingerprint(TODAY, ["A", "B"])
    days.daily["A"][TODAY.date] = (*OPENING[:3], 96.0, OPENING[4])

    assert len(before) == 64
    assert await days.by_day().fingerprint(TODAY, ["A", "B"]) != before
    assert await days.by_day().fingerprint(TODAY, ["B"]) == ""
    assert await days.by_day().fingerprint(TODAY, []) == ""


async def test_the_fingerprint_does_not_depend_on_what_was_asked_before() -> None:
    market = a_day().by_day()
    first = await market.fingerprint(TODAY, ["A"])
    await market.fingerprint(SESSIONS[20], ["B"])

    assert await market.fingerprint(TODAY, ("A",)) == first
