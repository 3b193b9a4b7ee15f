"""What stored minutes say at a scan instant, and what they do not say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fin_agent.adapters.market_data.stored import Stored
from fin_agent.domain.evidence import Known, Missing, value_of
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.market import Bar
from tests.adapters.market_data.memory_bars import flat, instant, minute_table
from tests.adapters.market_data.stored_days import (
    CALENDAR,
    PROFILE,
    SESSIONS,
    TODAY,
    StoredDays,
    a_request,
    look,
    scan,
)

PRE = {-90: flat(104, 5_000), -60: flat(105, 4_000), -20: flat(106, 1_000)}


def test_the_price_is_the_last_completed_trade_with_the_time_it_ended() -> None:
    market = StoredDays().history("A").today("A", PRE).stored()

    assert look(market, -59).price == Known(105.0, "bars", instant(TODAY, -59))
    assert look(market, -59.5).price == Known(104.0, "bars", instant(TODAY, -89))
    assert look(market, -21).price == Known(105.0, "bars", instant(TODAY, -59))
    assert look(market, -19).price == Known(106.0, "bars", instant(TODAY, -19))


def test_before_the_first_trade_there_is_no_price_and_never_yesterdays() -> None:
    market = StoredDays().history("A").today("A", PRE).stored()

    snapshot = look(market, -120)

    assert snapshot.price == Missing("no trade yet today")
    assert snapshot.rvol == Missing("no trade yet today")
    assert snapshot.daily.prev_close == 100.0
    assert snapshot.gap is None


def test_bars_without_volume_are_no_trades() -> None:
    bars = {-30: flat(105), -20: flat(90, 0), 0: flat(80, 0), 1: flat(107)}
    market = StoredDays().history("A").today("A", bars).stored()

    assert value_of(look(market, -5).price) == 105.0
    assert look(market).price == Missing("no bar at the opening minute")


def test_at_the_open_the_price_is_the_opening_bars_open() -> None:
    opening = (106.0, 120.0, 90.0, 119.0, 1e6)
    market = StoredDays().history("A").today("A", {**PRE, 0: opening}).stored()

    snapshot = look(market)

    assert snapshot.price == Known(106.0, "bars", TODAY.open)
    assert snapshot.gap == 6.0


def test_at_the_open_a_later_first_bar_is_no_price() -> None:
    market = StoredDays().history("A").today("A", {**PRE, 1: flat(106)}).stored()

    assert look(market).price == Missing("no bar at the opening minute")


def test_a_day_that_is_not_stored_has_no_prices() -> None:
    market = StoredDays().history("A").stored()

    assert look(market).price == Missing("no bar at the opening minute")
    assert look(market, 30).price == Missing("no trade yet today")
    assert look(market, 30, "B").daily.bars == 0


def test_volume_counts_from_four_to_the_scan_and_is_compared_by_clock_time() -> None:
    days = StoredDays().history("A").today("A", {**PRE, 0: flat(106, 1e9)})
    for number in range(10, 30):
        days.today(
            "A", {-200: flat(100, 3_000), -30: flat(100, 1_000), 200: flat(100, 9e9)}, number
        )
    market = days.stored()

    assert look(market, -59).rvol == Known(3.0, "bars/20 sessions", instant(TODAY, -59))
    assert look(market, -21).rvol == Known(2.25, "bars/20 sessions", instant(TODAY, -21))
    assert look(market).rvol == Known(2.5, "bars/20 sessions", TODAY.open)


def test_without_enough_minute_history_the_profile_says_what_is_normal() -> None:
    days = StoredDays().history("A").today("A", {**PRE, 0: flat(106, 1e9)})
    for number in range(21, 30):
        days.today("A", {-30: flat(100, 1_000)}, number)

    rvol = look(days.stored()).rvol

    assert rvol == Known(0.1, "bars/profile", TODAY.open)  # 10,000 of 10 % of a million shares


def test_the_profile_is_read_by_new_yorks_clock() -> None:
    days = StoredDays().history("A").today("A", PRE)
    at = datetime(2025, 2, 17, 13, 45, tzinfo=UTC)  # 08:45 in New York, in winter

    found = scan(days.stored(), a_request(-45, at=at)).snapshot("A").rvol

    assert value_of(found) == round(9_000 / (1e6 * 0.10 * (285 / 330)), 6)


def test_nothing_normal_is_an_absence() -> None:
    days = StoredDays().history("A", until=0).today("A", PRE)

    assert look(days.stored(), -5).rvol == Missing("no normal volume is known")


def test_regular_hours_alone_give_no_relative_volume() -> None:
    days = StoredDays().history("A").history("B").today("A", {0: flat(106)})
    days.today("B", PRE)
    market = days.stored()

    assert look(market).rvol == Missing("no pre-market bars stored")
    assert look(market, 30).rvol == Missing("no pre-market bars stored")
    assert look(market, -5).rvol == Missing("no trade yet today")
    assert isinstance(look(market, -5, "B").rvol, Known)


def test_a_split_today_is_known_and_the_history_is_adjusted_for_it() -> None:
    days = StoredDays(splits=[("A", TODAY.date, 10.0)]).history("A", 1000.0)
    snapshot = look(days.today("A", {0: flat(106)}).stored())

    assert snapshot.actions.split_known
    assert snapshot.daily.prev_close == 100.0
    assert snapshot.daily.mean_volume == 10_000_000.0
    assert snapshot.gap == 6.0


def test_a_split_tomorrow_is_nothing_yet() -> None:
    tomorrow = SESSIONS[31].date
    raw = StoredDays(splits=[("A", tomorrow, 10.0)]).history("A").today("A", {0: flat(106)})
    adjusted = StoredDays(splits=[("A", tomorrow, 10.0)], adjusted=True)
    adjusted.history("A", 10.0).today("A", {0: (10.6, 10.65, 10.55, 10.6, 1e7)})

    for days in (raw, adjusted):
        snapshot = look(days.stored())
        assert not snapshot.actions.split_known
        assert (value_of(snapshot.price), snapshot.daily.prev_close) == (106.0, 100.0)


def test_the_previous_close_is_the_last_completed_sessions_whatever_today_holds() -> None:
    days = StoredDays().history("A", until=31).today("A", PRE)
    days.daily["A"][SESSIONS[29].date] = flat(103)
    days.daily["A"][TODAY.date] = flat(55)

    for minute in (-5, None):
        assert look(days.stored(), minute).daily.prev_close == 103.0


def test_everything_is_judged_and_nobody_is_lost() -> None:
    days = StoredDays().history("A").history("B").history("C", until=29)
    days.today("A", {0: flat(106)}).today("B", {0: flat(101)}).today("C", {0: flat(106)})
    request = a_request(symbols=("D", "C", "B", "A"))

    verdicts = scan(days.stored(), request).judge(
        ScanContext(ScanRules(), request.at, Known(1.0, "fixed"))
    )

    assert verdicts.passed == ("A",)
    assert verdicts.counts() == {"history": 2, "gap_min": 1}
    assert len(verdicts) == 4
    assert verdicts["C"].measured == f"last bar {SESSIONS[28].date}"


async def test_minutes_of_the_session_in_order() -> None:
    market = StoredDays().today("A", {**PRE, 0: flat(106), 389: flat(107), 390: flat(108)}).stored()

    found = [minute async for minute in market.minutes(TODAY, ["A"])]

    assert [minute.minute for minute in found] == list(range(390))
    assert {m.minute: dict(m.bars) for m in found if m.bars} == {
        0: {"A": Bar(0, *flat(106))},
        389: {"A": Bar(389, *flat(107))},
    }


async def test_a_half_day_has_fewer_minutes() -> None:
    half = replace(TODAY, close=TODAY.open.replace(hour=13, minute=0))
    market = StoredDays().today("A", {209: flat(106), 210: flat(107)}).stored()

    found = [minute async for minute in market.minutes(half, ["A"])]

    assert len(found) == 210
    assert dict(found[-1].bars) == {"A": Bar(209, *flat(106))}


async def test_pre_market_is_looked_for_among_the_asked_symbols() -> None:
    market = StoredDays().today("A", PRE).today("B", {0: flat(10)}).stored()

    assert await market.has_pre_market(TODAY, ["A", "B"])
    assert not await market.has_pre_market(TODAY, ["B", "NONE"])
    assert not await market.has_pre_market(SESSIONS[29], ["A"])


async def test_closes_are_by_symbol_and_date() -> None:
    market = StoredDays().history("A").stored()

    closes = await market.closes(["A", "NONE"], SESSIONS[2].date, 60)

    assert closes == {"A": {s.date.isoformat(): 100.0 for s in SESSIONS[:2]}, "NONE": {}}


async def test_an_import_is_noticed() -> None:
    store = StoredDays().history("A").today("A", {0: flat(106)}).store()
    market = Stored(store, CALENDAR, PROFILE)
    before = await market.cross_section(a_request())
    store.minutes[TODAY.date] = minute_table(TODAY, {"A": {0: flat(107)}})
    store.daily = StoredDays().history("A", 101).store().daily
    store.generation_number += 1

    after = await market.cross_section(a_request())

    assert (before.snapshot("A").gap, value_of(after.snapshot("A").price)) == (6.0, 107.0)
    assert after.snapshot("A").daily.prev_close == 101.0


async def test_symbols_asked_later_are_read_later() -> None:
    days = StoredDays()
    for symbol in "ABCDEFGH":
        days.history(symbol).today(symbol, {0: flat(106)})
    market = days.stored()

    for symbols in (("A",), ("B", "A"), ("NEW", "C")):
        section = await market.cross_section(a_request(symbols=symbols))
        assert [section.snapshot(s).daily.bars for s in symbols if s != "NEW"] == [
            30 for s in symbols if s != "NEW"
        ]
    assert (await market.closes(["H"], TODAY.date, 60))["H"]


CHANGES = {
    "a minute": lambda days: days.minutes[TODAY.date]["A"].update({5: flat(1)}),
    "yesterday": lambda days: days.daily["A"].update({SESSIONS[29].date: flat(99)}),
    "a recent split": lambda days: days.splits.append(("A", SESSIONS[28].date, 2.0)),
    "a split today": lambda days: days.splits.append(("A", TODAY.date, 2.0)),
}


@pytest.mark.parametrize("change", list(CHANGES))
async def test_the_fingerprint_changes_with_every_input(change: str) -> None:
    days = StoredDays().history("A").today("A", {0: flat(106)})
    before = await days.stored().fingerprint(TODAY, ["A"])
    CHANGES[change](days)

    assert await days.stored().fingerprint(TODAY, ["A"]) != before


async def test_the_fingerprint_is_that_of_the_day_and_its_symbols_alone() -> None:
    days = StoredDays().history("A").today("A", {0: flat(106)})
    before = await days.stored().fingerprint(TODAY, ["A"])
    days.history("B").today("B", {0: flat(10)}).today("A", {0: flat(107)}, at=31)
    days.daily["A"].update({TODAY.date: flat(1), SESSIONS[31].date: flat(2)})
    days.splits = [("B", TODAY.date, 2.0), ("A", SESSIONS[31].date, 2.0)]
    market = days.stored()

    assert len(before) == 64
    assert await market.fingerprint(TODAY, ["A"]) == before
    assert await market.fingerprint(TODAY, ["A", "B"]) != before
    assert await market.fingerprint(SESSIONS[29], ["A"]) == ""
    assert await market.fingerprint(TODAY, ["NONE"]) == ""


def test_the_scan_time_may_be_in_any_zone() -> None:
    market = StoredDays().history("A").today("A", PRE).stored()
    at = instant(TODAY, -19).astimezone(UTC)

    price = scan(market, a_request(-19, at=at)).snapshot("A").price

    assert isinstance(price, Known)
    assert price.as_of == instant(TODAY, -19)
