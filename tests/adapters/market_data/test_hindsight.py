"""Trap 12: nothing that came after the scan instant changes what a scan sees.

Each change is made to what is stored; the whole cross-section and its verdicts stay the same.
"""

from collections.abc import Callable
from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.evidence import Known
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.snapshot import Snapshot
from fin_agent.ports import MarketDataPort
from tests.adapters.market_data.memory_bars import Values, flat
from tests.adapters.market_data.stored_days import SESSIONS, TODAY, StoredDays, a_request, scan
from tests.effort import A_QUARTER

SYMBOLS = ("A", "B", "C", "D")
LATER = [session.date for session in SESSIONS[31:35]]
Seen = tuple[list[Snapshot], str]


def some_days(seed: int) -> StoredDays:
    """Four symbols with gaps; one has no pre-market, one no opening bar."""
    random, days = Random(seed), StoredDays()
    for symbol in SYMBOLS:
        close = round(random.uniform(5, 250), 2)
        days.history(symbol, close)
        bars = {m: _moved(random, close) for m in range(-330, 390) if random.random() < 0.05}
        if symbol == "B":
            bars = {minute: bar for minute, bar in bars.items() if minute >= 0}
        if symbol != "C":
            bars[0] = _moved(random, close)
        days.today(symbol, bars)
        for number in range(15, 30):
            days.today(symbol, {-200: flat(close, random.randrange(1, 9999))}, number)
        days.daily[symbol][TODAY.date] = _moved(random, close)
    return days


def _moved(random: Random, close: float) -> Values:
    return flat(round(close * random.uniform(0.93, 1.08), 2), float(random.randrange(1, 100_000)))


def seen(market: MarketDataPort, minute: float | None) -> Seen:
    section = scan(market, a_request(minute, SYMBOLS))
    rules = ScanRules(rvol_missing="reject", allow_short=True)
    verdicts = section.judge(ScanContext(rules, section.at, Known(1.0, "fixed")))
    return [section.snapshot(symbol) for symbol in SYMBOLS], verdicts.record_text()


def later_minutes(days: StoredDays, first: int) -> None:
    """The session goes on differently from a minute on."""
    for symbol, bars in days.minutes[TODAY.date].items():
        kept = {minute: bar for minute, bar in bars.items() if minute < first}
        fresh = {minute: flat(1.0 + minute % 7, 9e6) for minute in range(first, 390, 3)}
        days.minutes[TODAY.date][symbol] = {**kept, **fresh}


def later_minutes_gone(days: StoredDays, first: int) -> None:
    """The session ends at a minute."""
    for symbol, bars in days.minutes[TODAY.date].items():
        kept = {minute: bar for minute, bar in bars.items() if minute < first}
        days.minutes[TODAY.date][symbol] = kept


def later_days(days: StoredDays, _first: int) -> None:
    """Further sessions were imported."""
    for symbol in SYMBOLS:
        for number, day in enumerate(LATER):
            days.daily[symbol][day] = flat(3.0 + number, 7e6)
        days.today(symbol, {-20: flat(1), 0: flat(2)}, at=31)


def todays_daily_bar(days: StoredDays, _first: int) -> None:
    """The day's own high, low, close and volume, its open too where minutes are traded."""
    for symbol in SYMBOLS:
        days.daily[symbol][TODAY.date] = (9.0, 99.0, 1.0, 50.0, 1e9)


def later_splits(days: StoredDays, _first: int) -> None:
    """Splits after the day were recorded."""
    days.splits += [("A", LATER[0], 10.0), ("B", LATER[3], 2.0), ("B", date(2026, 1, 5), 0.1)]


CHANGES: list[Callable[[StoredDays, int], None]] = [
    later_minutes,
    later_minutes_gone,
    later_days,
    todays_daily_bar,
    later_splits,
]


@A_QUARTER
@given(st.sampled_from(CHANGES), st.integers(0, 10**9), st.integers(-329, 380))
def test_a_scan_does_not_see_what_came_later(
    change: Callable[[StoredDays, int], None], seed: int, minute: int
) -> None:
    days = some_days(seed)
    before = seen(days.stored(), minute)
    change(days, minute)

    assert seen(days.stored(), minute) == before


@A_QUARTER
@given(st.sampled_from(CHANGES), st.integers(0, 10**9))
def test_a_scan_at_the_open_sees_the_opening_bars_open_and_nothing_later(
    change: Callable[[StoredDays, int], None], seed: int
) -> None:
    days = some_days(seed)
    before = seen(days.stored(), None)
    change(days, 1)
    for bars in days.minutes[TODAY.date].values():
        if 0 in bars:
            bars[0] = (bars[0][0], 999.0, 0.5, 1.0, 1e9)

    assert seen(days.stored(), None) == before


@A_QUARTER
@given(st.sampled_from([later_days, later_splits]), st.integers(0, 10**9))
def test_a_scan_of_daily_bars_sees_the_days_open_and_nothing_later(
    change: Callable[[StoredDays, int], None], seed: int
) -> None:
    days = some_days(seed)
    before = seen(days.by_day(), None)
    change(days, 0)
    for bars in days.daily.values():
        bars[TODAY.date] = (bars[TODAY.date][0], 999.0, 0.5, 1.0, 1e9)

    assert seen(days.by_day(), None) == before


@A_QUARTER
@given(st.integers(0, 10**9), st.sampled_from([2.0, 4.0, 10.0]), st.booleans())
def test_a_later_split_of_adjusted_bars_changes_nothing(
    seed: int, ratio: float, by_day: bool
) -> None:
    """A vendor divides the whole history again; with the split on record nothing has changed."""
    days = some_days(seed)
    raw = seen(days.by_day() if by_day else days.stored(), None)
    days.adjusted = True
    days.splits = [(symbol, LATER[1], ratio) for symbol in SYMBOLS]
    for daily in days.daily.values():
        daily.update({day: _divided(bar, ratio) for day, bar in daily.items()})
    for symbols in days.minutes.values():
        for minutes in symbols.values():
            minutes.update({at: _divided(bar, ratio) for at, bar in minutes.items()})

    assert seen(days.by_day() if by_day else days.stored(), None) == raw


def _divided(bar: Values, ratio: float) -> Values:
    opens, high, low, close = (round(price / ratio, 6) for price in bar[:4])
    return (opens, high, low, close, bar[4] * ratio)
