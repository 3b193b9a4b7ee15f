"""Minutes built print by print are the minutes computed at once, and bad prints stay outside."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.ticks.book import TickBook
from fin_agent.adapters.ticks.trades import Change, Doubt, Heard, NamedTick, Tick
from fin_agent.domain.indicators import vwap
from fin_agent.domain.market import Bar
from tests.adapters.ticks.prints import LATER, OPEN_MS, SESSION, Print, at

KEYS = st.integers(0, 4 * 60_000 - 1)
PRICES = st.integers(900, 1100).map(lambda cents: cents / 100)
SIZES = st.integers(1, 500).map(float)


def a_book(*symbols: str) -> TickBook:
    return TickBook(SESSION, symbols or ("A",))


def named(number: int, seconds: float, price: float, **fields: object) -> NamedTick:
    chosen = {"size": 100.0, "has_price": True, **fields}
    return NamedTick("A", price, at(seconds), key=("V", number), **chosen)  # type: ignore[arg-type]  # by name


def by_hand(prints: list[Print]) -> list[Bar]:
    """Every minute's bar at once, from all prints in the order of their times."""
    bars = []
    for minute in range(4):
        mine = sorted(
            (p for p in prints if (p.at_ms - OPEN_MS) // 60_000 == minute), key=lambda p: p.at_ms
        )
        if mine:
            prices = [p.price for p in mine]
            volume = float(sum(p.size for p in mine))
            bars.append(Bar(minute, prices[0], max(prices), min(prices), prices[-1], volume))
    return bars


def handed(book: TickBook, minutes: int = 4) -> list[Bar]:
    return [bar for n in range(minutes) for bar in book.hand_over(n).values()]


@given(st.dictionaries(KEYS, st.tuples(PRICES, SIZES), max_size=60), st.integers(1, 7))
def test_bars_in_the_order_of_time_equal_the_batch(
    found: dict[int, tuple[float, float]], frame: int
) -> None:
    prints = [Print(price, OPEN_MS + key, size) for key, (price, size) in sorted(found.items())]
    book = a_book()
    for start in range(0, len(prints), frame):
        book.take(prints[start : start + frame], LATER)
    bars = handed(book)

    assert bars == by_hand(prints)
    assert vwap(bars) == vwap(by_hand(prints))
    assert max((b.high for b in bars), default=0) == max((p.price for p in prints), default=0)
    assert book.statistics.folded == len(prints)
    assert not book.statistics.doubts


@given(
    st.dictionaries(KEYS, st.tuples(PRICES, SIZES), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_any_order_of_arrival_makes_the_same_bars(
    found: dict[int, tuple[float, float]], dice: object
) -> None:
    prints = [Print(price, OPEN_MS + key, size) for key, (price, size) in sorted(found.items())]
    shuffled = [*prints]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's Random
    book = a_book()
    book.refer({"A": 10.0})
    book.take(shuffled, LATER)

    assert handed(book) == by_hand(prints)


@given(
    st.dictionaries(KEYS, st.tuples(PRICES, SIZES), min_size=1, max_size=40),
    st.lists(
        st.tuples(
            st.integers(0, 40),
            st.sampled_from([0.0, -1.0, nan, inf, -inf, 1e308, 1000.0, 0.1]),
        ),
        max_size=20,
    ),
    st.data(),
)
def test_named_prints_survive_duplicates_and_rubbish(
    found: dict[int, tuple[float, float]], rubbish: list[tuple[int, float]], data: st.DataObject
) -> None:
    ticks = [
        NamedTick("A", price, OPEN_MS + key, size, ("V", number))
        for number, (key, (price, size)) in enumerate(sorted(found.items()))
    ]
    heard: list[NamedTick] = [*ticks]
    for number, (place, price) in enumerate(rubbish):
        heard.insert(place, NamedTick("A", price, OPEN_MS + 1, 1.0, ("X", number)))
        heard.insert(place, ticks[place % len(ticks)])
    separate = data.draw(st.booleans())
    book = a_book()
    book.refer({"A": 10.0})
    for tick in heard if separate else ():
        book.take_frame(Heard(named=[tick]), LATER)
    if not separate:
        book.take_frame(Heard(named=heard), LATER)
    confirmed = book.statistics.confirmed_jumps

    if not confirmed:  # three far prices in a row that agree are a jump, not rubbish
        prints = [Print(t.price, t.at_ms, t.size) for t in ticks]
        assert handed(book) == by_hand(prints)
        assert book.statistics.doubts[Doubt.DUPLICATE] == len(rubbish)


@pytest.mark.parametrize(
    ("bad", "doubt"),
    [
        (Print(0.0, at(1)), Doubt.PRICE),
        (Print(-5.0, at(1)), Doubt.PRICE),
        (Print(nan, at(1)), Doubt.PRICE),
        (Print(inf, at(1)), Doubt.PRICE),
        (Print(1e308, at(1)), Doubt.PRICE),
        (Print(10.0, at(1), 0.0), Doubt.SIZE),
        (Print(10.0, at(1), -1.0), Doubt.SIZE),
        (Print(10.0, at(1), nan), Doubt.SIZE),
        (Print(10.0, at(12.1)), Doubt.FUTURE),
        (Print(10.0, nan), Doubt.OLD),
        (Print(10.0, at(-90_000)), Doubt.OLD),
        (Print(10.0, at(1), symbol="B"), Doubt.SYMBOL),
    ],
)
def test_what_cannot_be_a_print_is_counted_and_left_out(bad: Print, doubt: Doubt) -> None:
    book = a_book()
    book.take([Print(10.0, at(0)), bad, Print(10.1, at(2))], at(10))

    assert handed(book) == [Bar(0, 10.0, 10.1, 10.0, 10.1, 200.0)]
    assert dict(book.statistics.doubts) == {doubt: 1}
    assert book.statistics.samples[0][0] is doubt


def test_two_seconds_ahead_is_still_now() -> None:
    book = a_book()
    book.take([Print(10.0, at(12))], at(10))

    assert not book.statistics.doubts


def test_a_far_price_waits_for_two_more_that_agree() -> None:
    book = a_book()
    book.take([Print(10.0, at(0)), Print(1000.0, at(1)), Print(1010.0, at(2))], at(10))
    assert book.newest("A") == (10.0, at(0))

    book.take([Print(1005.0, at(3)), Print(1006.0, at(4))], at(10))

    assert handed(book) == [Bar(0, 10.0, 1010.0, 10.0, 1006.0, 500.0)]
    assert book.statistics.confirmed_jumps == 1


def test_far_prices_between_good_ones_are_never_confirmed() -> None:
    book = a_book()
    for second in range(20):
        book.take([Print(10.0, at(second)), Print(1000.0, at(second))], LATER)

    assert handed(book)[0].high == 10.0
    assert book.statistics.doubts[Doubt.JUMP] == 19  # the last one still waits


def test_a_last_known_price_doubts_even_the_first_print() -> None:
    book = a_book()
    book.refer({"A": 10.0, "UNKNOWN": 1.0})
    book.take([Print(1000.0, at(0)), Print(10.0, at(1))], LATER)

    assert handed(book)[0].high == 10.0


def test_what_comes_after_a_minute_was_handed_over_is_only_counted() -> None:
    book = a_book()
    book.take([Print(10.0, at(1)), Print(11.0, at(61))], LATER)
    assert book.hand_over(0)["A"].volume == 100.0
    book.take([Print(99.0, at(2)), Print(10.5, at(59)), Print(12.0, at(62))], LATER)

    assert book.hand_over(1) == {"A": Bar(1, 11.0, 12.0, 11.0, 12.0, 200.0)}
    assert book.statistics.late == 1


def test_before_the_open_a_print_is_a_price_and_no_bar() -> None:
    book = a_book()
    book.take([Print(10.0, at(-600)), Print(10.0, at(390 * 60))], LATER)

    assert handed(book, 390) == []
    assert book.newest("A") == (10.0, at(-600))
    assert book.statistics.before_open == 1
    assert book.statistics.after_close == 1
    assert book.watermark_ms == at(390 * 60)


def test_a_cancel_takes_its_print_out_of_a_minute_that_runs() -> None:
    book = a_book()
    ticks = [named(1, 1, 10.0), named(2, 2, 12.0), named(3, 3, 11.0)]
    book.take_frame(Heard(named=ticks, changes=[Change("A", ("V", 2))]), LATER)

    assert handed(book) == [Bar(0, 10.0, 11.0, 10.0, 11.0, 200.0)]
    assert book.statistics.taken_back == 1


def test_a_correction_keeps_the_time_of_its_print() -> None:
    book = a_book()
    ticks: list[NamedTick] = [named(1, 1, 10.0), named(2, 2, 12.0), named(3, 3, 11.0)]
    right = NamedTick("A", 10.5, nan, 50.0, ("V", 9))
    book.take_frame(Heard(named=ticks, changes=[Change("A", ("V", 2), right)]), LATER)

    assert handed(book) == [Bar(0, 10.0, 11.0, 10.0, 11.0, 250.0)]


@pytest.mark.parametrize("price", [0.0, nan, 5000.0])
def test_a_correction_to_nonsense_is_not_followed(price: float) -> None:
    book = a_book()
    right = NamedTick("A", price, nan, 50.0, ("V", 9))
    book.take_frame(Heard(named=[named(1, 1, 10.0)], changes=[Change("A", ("V", 1), right)]), LATER)

    assert handed(book) == [Bar(0, 10.0, 10.0, 10.0, 10.0, 100.0)]
    assert book.statistics.doubts == {Doubt.PRICE: 1}


def test_a_cancel_that_comes_too_late_is_counted() -> None:
    book = a_book()
    book.take_frame(Heard(named=[named(1, 1, 10.0)]), LATER)
    book.hand_over(0)
    book.take_frame(Heard(changes=[Change("A", ("V", 1)), Change("B", ("V", 1))]), LATER)

    assert book.statistics.taken_back_late == 1
    assert book.statistics.doubts == {Doubt.SYMBOL: 1}


def test_a_cancel_in_a_minute_of_too_many_prints_loses_none_of_them() -> None:
    book = a_book()
    ticks = [named(number, number / 1000, 10.0, size=1.0) for number in range(20_001)]
    book.take_frame(Heard(named=ticks, changes=[Change("A", ("V", 2))]), LATER)

    assert handed(book)[0].volume == 20_001.0
    assert (book.statistics.taken_back, book.statistics.taken_back_late) == (0, 1)


def test_an_odd_lot_counts_for_volume_only() -> None:
    book = a_book()
    ticks = [
        named(1, 1, 15.0, has_price=False),
        named(2, 2, 10.0),
        named(3, 3, 8.0, has_price=False),
    ]
    book.take_frame(Heard(named=ticks), LATER)

    assert handed(book) == [Bar(0, 10.0, 10.0, 10.0, 10.0, 300.0)]


def test_only_odd_lots_make_no_bar() -> None:
    book = a_book()
    book.take_frame(Heard(named=[named(1, 1, 15.0, has_price=False)]), LATER)

    assert handed(book) == []


def test_the_watermark_is_the_newest_print_of_any_symbol() -> None:
    book = a_book("A", "B")
    assert book.watermark_ms == -inf
    ticks: list[Tick] = [Print(10.0, at(5)), Print(5.0, at(61), symbol="B"), Print(10.0, at(7))]
    book.take(ticks, LATER)

    assert book.watermark_ms == at(61)
