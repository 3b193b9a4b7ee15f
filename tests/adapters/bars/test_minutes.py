"""A stored day's minutes: which bars there are, what had traded by when, and what is normal."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.bars.adjustment import Splits
from fin_agent.adapters.bars.minute_archive import MinuteArchive
from fin_agent.adapters.bars.minutes import DayMinutes
from fin_agent.adapters.bars.store import MINUTES
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.market import Bar
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.testing.fakes import FakeCalendar
from tests.adapters.market_data.memory_bars import (
    MemoryBars,
    MinutesOfDay,
    Values,
    flat,
    minute_table,
)

CALENDAR = FakeCalendar.weekdays(date(2025, 1, 6), date(2025, 4, 30))
SESSIONS = CALENDAR.sessions(date(2025, 1, 6), date(2025, 4, 30))
SESSION = SESSIONS[30]
HALF_DAY = TradingSession(
    date(2025, 7, 3),
    datetime(2025, 7, 3, 9, 30, tzinfo=NEW_YORK),
    datetime(2025, 7, 3, 13, 0, tzinfo=NEW_YORK),
)
SYMBOLS = ("A", "BB", "C", "NONE")


def day_of(bars: MinutesOfDay, session: TradingSession = SESSION) -> DayMinutes:
    return DayMinutes(minute_table(session, bars), session, Splits([]))


def random_minutes(seed: int) -> dict[str, dict[int, Values]]:
    random = Random(seed)

    def bar() -> Values:
        low, opens, close, high = sorted(round(random.uniform(1, 300), 4) for _ in range(4))
        return (opens, high, low, close, float(random.choice([0, random.randrange(1, 10**6)])))

    span = st_minutes(random)
    return {
        symbol: {m: bar() for m in range(*span) if random.random() < random.choice([0.02, 0.1])}
        for symbol in random.sample(SYMBOLS[:3], random.choice([0, 1, 3]))
    }


def st_minutes(random: Random) -> tuple[int, int]:
    return random.choice([(0, 390), (-330, 630), (-400, 0), (-330, 390), (-2, 2)])


@given(st.integers(0, 10**9), st.sampled_from([SESSION, HALF_DAY]))
def test_every_minute_of_the_session_comes_once_with_its_bars(
    seed: int, session: TradingSession
) -> None:
    bars = random_minutes(seed)

    found = list(day_of(bars, session).minute_bars(["NONE", "C", "A"]))

    expected: list[dict[str, Bar]] = [{} for _ in range(session.minutes)]
    for symbol in ("A", "C"):
        for minute, values in bars.get(symbol, {}).items():
            if 0 <= minute < session.minutes and values[4] > 0:
                expected[minute][symbol] = Bar(minute, *values)
    assert [minute.minute for minute in found] == list(range(session.minutes))
    assert [minute.bars for minute in found] == expected
    assert all(list(minute.bars) == sorted(minute.bars) for minute in found)


def test_bars_are_plain_numbers() -> None:
    bar = next(day_of({"A": {0: flat(10)}}).minute_bars(["A"])).bars["A"]

    assert type(bar) is Bar
    assert [type(value) for value in bar] == [int, float, float, float, float, float]


@given(st.integers(0, 10**9), st.integers(-330, 400))
def test_what_had_traded_by_a_minute(seed: int, by: int) -> None:
    bars = random_minutes(seed)
    day = day_of(bars)
    places = day.places(SYMBOLS)

    last, traded = day.last_trades(places, by), day.traded(places, by)
    opens, has_open = day.opens(places)

    for place, symbol in enumerate(SYMBOLS):
        real = {m: v for m, v in bars.get(symbol, {}).items() if v[4] > 0 and m >= -330}
        done = [minute for minute in sorted(real) if minute + 1 <= by]
        assert last.is_known[place] == bool(done)
        if done:
            assert (last.price[place], last.end[place]) == (real[done[-1]][3], done[-1] + 1)
        assert traded.volume[place] == sum(real[minute][4] for minute in done)
        assert traded.has_pre_market[place] == any(minute < 0 for minute in real)
        assert traded.has_extended[place] == any(m < 0 or m >= 390 for m in real)
        assert has_open[place] == (0 in real)
        if 0 in real:
            assert opens[place] == real[0][0]


@pytest.mark.parametrize(("day", "hour_utc"), [(date(2025, 3, 7), 14), (date(2025, 3, 10), 13)])
def test_the_opening_minute_is_half_past_nine_in_new_york(day: date, hour_utc: int) -> None:
    session = CALENDAR.session(day)
    assert session is not None
    table = minute_table(session, {"A": {0: flat(10)}})
    stamped = table["timestamp"][0].as_py()

    assert stamped == datetime(day.year, day.month, day.day, hour_utc, 30, tzinfo=UTC)
    assert day_of({"A": {0: flat(10)}}, session).opens(np.array([0]))[1].all()


def test_minutes_stored_adjusted_are_given_as_traded() -> None:
    later = SESSION.date + timedelta(days=3)
    splits = Splits([("A", later, 4.0), ("B", later, 4.0), ("C", SESSION.date, 4.0)])
    bars = {name: {0: (10.0001, 10.5, 9.5, 10.25, 400.0)} for name in ("A", "B", "C")}
    table = minute_table(SESSION, bars, adjusted=lambda symbol, _: symbol in {"A", "C"})

    found = next(DayMinutes(table, SESSION, splits).minute_bars(["A", "B", "C"])).bars

    assert found["A"] == Bar(0, 40.0004, 42.0, 38.0, 41.0, 100.0)
    assert found["B"] == Bar(0, 10.0001, 10.5, 9.5, 10.25, 400.0)
    assert found["C"] == found["B"]


def test_minutes_out_of_order_are_refused() -> None:
    one, two = (minute_table(SESSION, {"A": {minute: flat(10)}}) for minute in (1, 2))

    for tables in ([two, one], [one, one]):
        with pytest.raises(CorruptData):
            DayMinutes(pa.concat_tables(tables), SESSION, Splits([]))


def test_a_day_that_is_not_stored_is_empty() -> None:
    day = DayMinutes(MINUTES.empty_table(), SESSION, Splits([("A", SESSION.date, 2.0)]))

    assert not day.is_stored
    assert day.digest(["A"]) == b""
    assert not day.last_trades(day.places(["A"]), 5).is_known.any()
    assert len(list(day.minute_bars(["A"]))) == 390


def test_the_digest_covers_every_bar_of_the_asked_symbols_and_no_other() -> None:
    bars = {"A": {0: flat(10), 5: flat(11)}, "B": {0: flat(20)}}
    same = {"A": bars["A"], "B": {0: flat(21)}}
    other = {"A": {0: flat(10), 6: flat(11)}, "B": bars["B"]}

    assert day_of(bars).digest(["A"]) == day_of(same).digest(["A", "NONE"])
    assert day_of(bars).digest(["A", "B"]) != day_of(same).digest(["B", "A"])
    assert day_of(bars).digest(["A"]) != day_of(other).digest(["A"])


class Archive:
    """Days of extended-hours volume, and how often the store was read."""

    def __init__(self, volumes: dict[TradingSession, dict[str, dict[int, float]]]) -> None:
        self.store = MemoryBars()
        for session, symbols in volumes.items():
            bars = {s: {m: flat(10, v) for m, v in day.items()} for s, day in symbols.items()}
            self.store.minutes[session.date] = minute_table(session, bars)
        self.splits: list[tuple[str, date, float]] = []
        self.archive = MinuteArchive(self.store, CALENDAR, lambda: Splits(self.splits))

    def normal(self, minute: int, at: int = 30) -> list[float]:
        normal: list[float] = self.archive.normal_volume(("A", "BB"), SESSIONS[at], minute).tolist()
        return normal


def test_normal_is_the_mean_of_the_last_twenty_sessions_by_the_same_clock_time() -> None:
    days = {SESSIONS[n]: {"A": {-330: float(n), -10: 5.0, 0: 1e6}} for n in range(30)}

    normal = Archive(days).normal(-10)

    assert normal[0] == sum(range(10, 30)) / 20
    assert np.isnan(normal[1])


@pytest.mark.parametrize(("stored", "known"), [(9, False), (10, True)])
def test_normal_needs_ten_sessions_with_extended_hours(stored: int, known: bool) -> None:
    days = {SESSIONS[n]: {"A": {-30: 7.0}} for n in range(30 - stored, 30)}

    assert np.isnan(Archive(days).normal(-10)[0]) != known


def test_sessions_without_extended_hours_are_not_quiet_sessions() -> None:
    early, late = {"A": {0: 9.0}}, {"A": {-30: 8.0, 0: 9.0}}
    days = {SESSIONS[n]: late if n % 2 else early for n in range(10, 30)}

    assert Archive(days).normal(-10)[0] == 8.0


def test_a_session_with_only_evening_trades_had_a_quiet_morning() -> None:
    days = {SESSIONS[n]: {"A": {-30: 8.0} if n % 2 else {400: 8.0}} for n in range(10, 30)}

    assert Archive(days).normal(-10)[0] == 4.0


def test_shares_before_a_split_count_as_the_new_ones() -> None:
    archive = Archive({SESSIONS[n]: {"A": {-30: 10.0}} for n in range(10, 30)})
    archive.splits = [("A", SESSIONS[20].date, 4.0), ("A", SESSIONS[31].date, 2.0)]

    assert archive.normal(-10)[0] == (10 * 40.0 + 10 * 10.0) / 20


def test_minutes_of_a_day_without_a_session_are_left_out() -> None:
    archive = Archive({SESSIONS[n]: {"A": {-30: 10.0}} for n in range(20, 30)})
    archive.store.minutes[SESSIONS[28].date + timedelta(days=2)] = MINUTES.empty_table()

    assert CALENDAR.session(SESSIONS[28].date + timedelta(days=2)) is None
    assert archive.normal(-10)[0] == 10.0


def test_days_are_read_once_and_again_after_an_import() -> None:
    archive = Archive({SESSIONS[n]: {"A": {-30: 10.0}} for n in range(32)})
    archive.normal(-10)
    reads = archive.store.reads
    archive.normal(-10)
    archive.normal(-10, at=31)
    assert archive.store.reads == reads + 1

    archive.store.generation_number += 1
    archive.store.minutes[SESSIONS[29].date] = minute_table(SESSIONS[29], {"A": {-30: flat(1, 30)}})

    assert archive.normal(-10)[0] == 11.0
