"""The simulated tables are consistent, labelled and the same for a seed on every machine."""

import hashlib
from datetime import date, timedelta

import numpy as np
import pytest

from fin_agent.domain.errors import InvalidValue
from fin_agent.testing.simulated import (
    SOURCE,
    BarTable,
    DailyTable,
    DemoCalendar,
    SimulatedMarket,
    simulate_demo,
)
from tests.testing.simulated_reading import a_calendar, a_session, market, picks

# changes with every edit of a story, a company or the process: look at the days, then renew it
DIGEST = "e7db92a0894d1cacdcd2418050af9757676d8b1fcf755837492a2b2616056f77"
MINUTE = np.timedelta64(1, "m")


def priced(simulated: SimulatedMarket) -> list[DailyTable | BarTable]:
    daily = [simulated.history, *(day.daily for day in simulated.days)]
    return [*daily, *(day.bars for day in simulated.days)]


def digest(simulated: SimulatedMarket) -> str:
    """Of cents and shares, not of dates and not of floats."""
    code = hashlib.sha256()
    for table in priced(simulated):
        for prices in (table.open, table.high, table.low, table.close):
            code.update(np.rint(prices * 100).astype("<i8").tobytes())
        code.update(table.volume.astype("<i8").tobytes())
        code.update(",".join(table.symbol.tolist()).encode())
    return code.hexdigest()


def test_the_seed_gives_these_prices_on_every_machine() -> None:
    assert digest(market()) == DIGEST


def test_dates_and_daylight_saving_time_do_not_change_prices() -> None:
    winter = simulate_demo(a_calendar(date(2024, 8, 5)))

    assert digest(winter) == DIGEST
    opened = [other.days[0].session.open.utcoffset() for other in (market(), winter)]
    assert opened == [timedelta(hours=-4), timedelta(hours=-5)]


def test_another_seed_is_another_market() -> None:
    assert digest(simulate_demo(a_calendar(), seed=8)) != DIGEST


@pytest.mark.parametrize("number", [0, 1])
def test_bars_are_stamped_by_their_start_in_utc(number: int) -> None:
    day = market().days[number]
    opened = np.datetime64(int(day.session.open.timestamp()), "s")
    minutes = (day.bars.timestamp - opened) // MINUTE

    assert day.bars.timestamp.dtype == np.dtype("datetime64[ms]")
    assert minutes.min() == -330
    assert minutes.max() == 449
    assert (np.diff(minutes)[day.bars.symbol[1:] == day.bars.symbol[:-1]] > 0).all()
    assert (day.bars.symbol[1:] >= day.bars.symbol[:-1]).all()


def prices_are_consistent(table: DailyTable | BarTable) -> None:
    assert (table.low > 0).all()
    assert (table.high >= np.maximum(table.open, table.close)).all()
    assert (table.low <= np.minimum(table.open, table.close)).all()
    assert (table.volume > 0).all()
    for prices in (table.open, table.high, table.low, table.close):
        assert np.array_equal(prices, np.round(prices, 2))


def test_prices_are_cents_inside_their_range_and_volumes_positive() -> None:
    for table in priced(market()):
        prices_are_consistent(table)


def test_everything_says_that_it_is_simulated() -> None:
    tables = [*priced(market()), *(day.quotes for day in market().days)]
    for columns in (table.columns() for table in tables):
        assert set(columns["source"].tolist()) == {SOURCE}
        assert len({len(column) for column in columns.values()}) == 1
    assert market().source == SOURCE
    for day in market().days:
        assert {day.source, *(row.source for row in day.news)} == {SOURCE}
    assert all((row.name or "").endswith("(simulated)") for row in market().universe)


def test_history_ends_before_the_first_day_and_a_new_listing_is_short() -> None:
    history = market().history
    counts = dict(zip(*np.unique(history.symbol, return_counts=True), strict=True))

    assert counts.pop("PLYNE") == 10
    assert set(counts.values()) == {80}
    assert history.date.max() < np.datetime64(market().days[0].session.date)


def test_only_completed_days_are_known() -> None:
    first, second = market().days
    known = market().completed_before(second.session.date)

    assert len(market().completed_before(first.session.date).symbol) == len(market().history.symbol)
    assert known.date.max() == np.datetime64(first.session.date)
    axlo = known.close[known.symbol == "AXLO"]
    assert axlo[-1] == pytest.approx(27.40 * 1.14, abs=0.01)
    assert axlo[-2] == 27.40


@pytest.mark.parametrize("number", [0, 1])
def test_the_daily_bar_is_made_of_the_regular_minutes(number: int) -> None:
    day = market().days[number]
    opened = np.datetime64(int(day.session.open.timestamp()), "s")
    minutes = (day.bars.timestamp - opened) // MINUTE
    regular = (minutes >= 0) & (minutes < 390)
    for index, symbol in enumerate(day.daily.symbol):
        mine = day.bars.symbol == symbol
        assert day.daily.open[index] == day.bars.open[mine & regular][0]
        assert day.daily.close[index] == day.bars.close[mine & regular][-1]
        assert day.daily.high[index] == day.bars.high[mine & regular].max()
        assert day.daily.low[index] == day.bars.low[mine & regular].min()
        assert day.daily.volume[index] == day.bars.volume[mine].sum()


def test_a_halted_symbol_has_no_bars_until_it_opens_again() -> None:
    for day in market().days:
        for halt in day.halts:
            stamps = day.bars.timestamp[day.bars.symbol == halt.symbol].astype("datetime64[s]")
            start, end = (np.datetime64(int(at.timestamp()), "s") for at in (halt.start, halt.end))
            assert not ((stamps >= start) & (stamps < end)).any()
            assert (stamps == end).any()
    assert [day.halted for day in market().days] == [("OSTRA",), ()]


def test_thin_names_have_minutes_without_a_bar() -> None:
    symbols, counts = np.unique(market().days[0].bars.symbol, return_counts=True)
    bars = dict(zip(symbols.tolist(), counts.tolist(), strict=True))

    assert bars["OLQAU"] < 400
    assert bars["AXLO"] > 700


@pytest.mark.parametrize("number", [0, 1])
def test_quotes_stand_around_the_last_trade(number: int) -> None:
    day = market().days[number]

    assert np.array_equal(day.quotes.timestamp, day.bars.timestamp + MINUTE)
    assert (day.quotes.bid < day.quotes.ask).all()
    assert (day.quotes.bid <= day.bars.close).all()
    assert (day.quotes.ask >= day.bars.close).all()
    assert (np.minimum(day.quotes.bid_size, day.quotes.ask_size) >= 100).all()


def test_news_is_received_after_it_is_published_and_within_a_day_of_the_scan() -> None:
    for day in market().days:
        for row in day.news:
            assert row.published_at < row.received_at
            assert row.published_at > day.session.open - timedelta(hours=16)
            assert row.received_at < day.session.close


def test_hostile_headlines_name_symbols_that_are_not_picked() -> None:
    for number, day in enumerate(market().days):
        hostile = {row.symbol for row in day.news if "<" in row.headline}
        assert hostile
        assert hostile.isdisjoint(value.symbol for value in picks(number))


def test_unknown_earnings_are_absent_not_false() -> None:
    first = market().days[0].earnings_reported

    assert first["AXLO"] is True
    assert first["FENNO"] is False
    assert "EVORI" not in first
    assert "QMKTX" not in first


def test_a_calendar_must_be_in_order_long_enough_and_of_full_days() -> None:
    good = a_calendar()
    one, two = good.demo_sessions
    half = a_session(two.date)
    half = type(half)(half.date, half.open, half.close.replace(hour=13))

    for dates, days in (
        (good.history_dates, (two, one)),
        (good.history_dates[:30], (one, two)),
        (good.history_dates, (one, half)),
    ):
        with pytest.raises(InvalidValue, match="demo calendar"):
            DemoCalendar(dates, days)
