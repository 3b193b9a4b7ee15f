"""Which entry fits, its reference price, and when it triggers (strategy.md sections 5 and 7)."""

from dataclasses import replace

import pytest

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entries.market import Market
from fin_agent.domain.entries.opening_range import OpeningRange
from fin_agent.domain.entries.pullback import Pullback
from fin_agent.domain.entries.vwap import Vwap
from fin_agent.domain.entry import (
    Decision,
    Entry,
    EntryWatch,
    Expiry,
    OrderKind,
    PlanExpired,
    Trigger,
)
from fin_agent.domain.indicators import vwap
from fin_agent.domain.market import Bar
from fin_agent.domain.session import SessionRules
from fin_agent.testing.builders import a_bar, a_candidate, a_plan, usd
from tests.domain.fill_tables import mirrored
from tests.domain.worked_examples import ORCL, ORCL_BARS

RULES = SessionRules()
LONG = a_candidate(price=106.0)
SHORT = a_candidate(price=94.0)


def watching(entry: Entry, candidate: TradeCandidate = LONG, reference: str = "100") -> EntryWatch:
    return entry.watch(a_plan(candidate, reference=reference), RULES)


@pytest.mark.parametrize(
    ("entry", "gap", "rvol", "fits"),
    [
        (Pullback(), 6.000001, 3.000001, True),
        (Pullback(), -6.000001, 3.000001, True),
        (Pullback(), 6.0, 4.0, False),
        (Pullback(), 7.0, 3.0, False),
        (Pullback(), 7.0, None, False),
        (Vwap(), 4.0, None, True),
        (Vwap(), -6.0, None, True),
        (Vwap(), 3.999999, 9.0, False),
        (Vwap(), 6.000001, 9.0, False),
        (OpeningRange(), 7.0, 2.500001, True),
        (OpeningRange(), 7.0, 2.5, False),
        (OpeningRange(), 7.0, None, False),
        (Market(), 19.0, None, True),
        (Market(), -4.0, 9.0, True),
    ],
)
def test_an_entry_fits_by_gap_and_volume(
    entry: Entry, gap: float, rvol: float | None, fits: bool
) -> None:
    assert entry.applies(a_candidate(gap_pct=gap, rvol=rvol)) is fits


def test_market_fits_at_any_price() -> None:
    assert Market().applies(a_candidate(price=0.52, prev_close=0.5))


@pytest.mark.parametrize(
    ("entry", "long", "short"),
    [
        (Pullback(), "103", "97"),
        (Vwap(), "105.47", "94.47"),
        (OpeningRange(), "107.06", "93.06"),
        (Market(), "106", "94"),
    ],
)
def test_the_reference_price_of_a_short_mirrors_that_of_a_long(
    entry: Entry, long: str, short: str
) -> None:
    assert entry.reference(LONG) == usd(long)
    assert entry.reference(SHORT) == usd(short)


def test_an_entry_that_says_nothing_waits() -> None:
    watch = EntryWatch(a_plan(), RULES)

    assert [watch.at_open(), watch.after_bar(a_bar()), watch.at_minute(30)] == [None] * 3


@pytest.mark.parametrize(
    ("candidate", "close", "decision"),
    [
        (LONG, 101.37, Trigger(OrderKind.MARKET, usd("101.37"))),
        (LONG, 102.0, Trigger(OrderKind.MARKET, usd("102"))),
        (LONG, 102.01, Expiry.CHASE),
        (LONG, 90.0, Trigger(OrderKind.MARKET, usd("90"))),
        (SHORT, 98.0, Trigger(OrderKind.MARKET, usd("98"))),
        (SHORT, 97.99, Expiry.CHASE),
        (SHORT, 110.0, Trigger(OrderKind.MARKET, usd("110"))),
    ],
)
def test_market_takes_the_first_bars_close_unless_it_ran_away(
    candidate: TradeCandidate, close: float, decision: Decision
) -> None:
    watch = watching(Market(), candidate)

    assert watch.at_open() is None
    assert watch.after_bar(a_bar(0, close)) == decision


def test_the_chase_limit_comes_from_the_session_rules() -> None:
    patient = Market().watch(a_plan(reference="100"), replace(RULES, max_chase_pct=5.0))

    assert patient.after_bar(a_bar(0, 105.0)) == Trigger(OrderKind.MARKET, usd("105"))


def test_market_at_the_open_needs_no_bar_where_only_daily_ones_exist() -> None:
    watch = watching(Market(at_open=True))

    assert watch.at_open() == Trigger(OrderKind.MARKET, usd("100"))
    assert watch.after_bar(a_bar(0, 150.0)) is None


def test_vwap_triggers_at_the_sixth_bar_of_the_worked_example() -> None:
    watch = Vwap().watch(ORCL.plan, RULES)

    decisions = [watch.after_bar(bar) for bar in ORCL_BARS]

    assert vwap(ORCL_BARS[:5]) == 189.833796
    assert decisions == [None] * 5 + [Trigger(OrderKind.MARKET, usd("190.91"))]


@pytest.mark.parametrize(
    ("bar", "triggers"),
    [
        (Bar(5, 100.5, 101.0, 100.0, 100.0, 10), True),  # touches and closes on the VWAP
        (Bar(5, 99.0, 101.0, 98.0, 100.5, 10), True),
        (Bar(5, 100.5, 101.0, 100.01, 100.5, 10), False),  # no touch
        (Bar(5, 100.5, 101.0, 98.0, 99.99, 10), False),  # does not hold
    ],
)
def test_vwap_wants_a_touch_and_a_close_on_the_trades_side(bar: Bar, triggers: bool) -> None:
    long, short = watching(Vwap()), watching(Vwap(), SHORT)
    for minute in range(5):
        long.after_bar(a_bar(minute, 100.0))
        short.after_bar(a_bar(minute, 100.0))

    mirror = mirrored(bar)

    assert (long.after_bar(bar) is not None) is triggers
    assert short.after_bar(mirror) == (
        Trigger(OrderKind.MARKET, usd(mirror.close)) if triggers else None
    )


def test_vwap_counts_bars_as_they_exist_and_goes_on_looking() -> None:
    watch = watching(Vwap())
    for minute in (0, 3, 4, 11, 12):
        assert watch.after_bar(a_bar(minute, 100.0)) is None

    assert watch.after_bar(a_bar(40, 102.0, high=103.0, low=101.0)) is None
    assert watch.after_bar(a_bar(41, 101.0, low=99.0)) == Trigger(OrderKind.MARKET, usd("101"))


def test_vwap_weighs_typical_prices_by_volume() -> None:
    watch = watching(Vwap())
    watch.after_bar(Bar(0, 100.0, 103.0, 97.0, 100.0, 900))
    for minute in range(1, 5):
        watch.after_bar(a_bar(minute, 110.0, volume=25))

    assert watch.after_bar(Bar(5, 105.0, 105.0, 101.01, 104.0, 10)) is None
    assert watch.after_bar(Bar(6, 105.0, 105.0, 101.0, 104.0, 10)) is not None


@pytest.mark.parametrize(
    ("high", "low", "buy", "sell"),
    [
        (101.0, 99.0, "101.01", "98.99"),
        (190.385, 99.9951, "190.40", "99.98"),  # prints between ticks: away from the market
        (0.9990, 0.9985, "0.9991", "0.9984"),
        (1.0001, 1.0, "1.02", "0.99"),
    ],
)
def test_opening_range_stops_one_tick_beyond_the_range(
    high: float, low: float, buy: str, sell: str
) -> None:
    long, short = watching(OpeningRange()), watching(OpeningRange(), SHORT)
    middle = (high + low) / 2
    for watch in (long, short):
        watch.after_bar(a_bar(0, middle))
        watch.after_bar(a_bar(7, middle, high=high, low=low))
        watch.after_bar(a_bar(29, middle))

    assert long.at_minute(30) == Trigger(OrderKind.STOP, usd(buy))
    assert short.at_minute(30) == Trigger(OrderKind.STOP, usd(sell))


def test_opening_range_is_decided_at_minute_thirty_and_not_before() -> None:
    watch = watching(OpeningRange())

    assert watch.after_bar(a_bar(0, 100.0)) is None
    assert [watch.at_minute(minute) for minute in (1, 29)] == [None, None]
    assert watch.at_minute(30) is not None


def test_opening_range_without_a_bar_in_the_range_never_triggers() -> None:
    watch = watching(OpeningRange())

    watch.after_bar(a_bar(30, 100.0))

    assert [watch.at_minute(minute) for minute in (30, 31, 119)] == [None] * 3


def test_pullback_works_as_a_limit_from_the_open_on() -> None:
    long, short = watching(Pullback(), reference="37.857"), watching(Pullback(), SHORT, "93.387")

    assert long.at_open() == Trigger(OrderKind.LIMIT, usd("37.85"))
    assert short.at_open() == Trigger(OrderKind.LIMIT, usd("93.39"))
    assert long.after_bar(a_bar(0, 30.0)) is None


def test_the_levels_that_bind_follow_from_the_trigger_price() -> None:
    decision = watching(Pullback(), reference="37.857").at_open()

    assert isinstance(decision, Trigger)
    bound = a_plan(reference="37.857").at_trigger(decision.price)
    assert [bound.entry, bound.stop, bound.target] == [usd("37.85"), usd("36.72"), usd("41.25")]


def test_an_expiry_is_recorded_with_its_minute() -> None:
    expired = PlanExpired(a_plan(), Expiry.CHASE, 1)

    about = {"plan_id": "plan-ACME", "symbol": "ACME"}
    assert expired.payload() == {**about, "minute": 1, "reason": "chase"}
