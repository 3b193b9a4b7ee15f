"""Whatever the bars do: shorts mirror longs, and nothing is sold that is not held."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.matching import FillRules
from fin_agent.domain.order import Fill
from fin_agent.testing.builders import FREE_FILLS, SLIP, a_bracket, an_intent
from tests.domain.fill_tables import LONG, SHORT, Venue, mirrored

quarters = st.integers(0, 80).map(lambda step: 90.0 + step / 4)


@st.composite
def bars(draw: st.DrawFn) -> list[Bar]:
    """Up to fifteen bars around the levels, on ticks of 0.25 so that mirroring is exact."""
    result = []
    for minute in range(draw(st.integers(1, 15))):
        prices = draw(st.lists(quarters, min_size=4, max_size=4))
        low, open_, close, high = sorted(prices)
        if draw(st.booleans()):
            open_, close = close, open_
        result.append(Bar(minute, open_, high, low, close, draw(st.sampled_from([0, 9, 57, 900]))))
    return result


rules = st.builds(
    lambda percent, touch: replace(FREE_FILLS, participation_pct=Decimal(percent), touch=touch),
    st.sampled_from([10, 100]),
    st.booleans(),
)
kinds = st.sampled_from(list(OrderKind))
ends = st.integers(0, 15)


def played(venue: Venue, market: list[Bar], flat_at: int) -> list[Fill]:
    fills = []
    for bar in market:
        if bar.minute == flat_at:
            venue.bracket.exit_at_next_open("flat")
        fills += venue.fills(bar)
    return fills


@given(kind=kinds, market=bars(), rules=rules, flat_at=ends, entry_end=ends)
def test_a_short_in_a_mirrored_market_is_the_mirror_of_a_long(
    kind: OrderKind, market: list[Bar], rules: FillRules, flat_at: int, entry_end: int
) -> None:
    long = Venue(a_bracket(an_intent(kind, at=LONG), rules, entry_end=entry_end), Side.LONG)
    short = Venue(a_bracket(an_intent(kind, at=SHORT), rules, entry_end=entry_end), Side.SHORT)

    bought, sold = played(long, market, flat_at), played(short, market, flat_at)

    assert [replace(fill, price=200 - fill.price) for fill in sold] == bought
    assert long.bracket.held == short.bracket.held
    assert [mirrored(mirrored(bar)) for bar in market] == market


@given(kind=kinds, market=bars(), rules=rules, flat_at=ends, entry_end=ends, is_long=st.booleans())
def test_sleeping_through_quiet_bars_fills_the_same_as_bar_by_bar(
    kind: OrderKind,
    market: list[Bar],
    rules: FillRules,
    flat_at: int,
    entry_end: int,
    is_long: bool,
) -> None:
    at, side = (LONG, Side.LONG) if is_long else (SHORT, Side.SHORT)
    awake = Venue(a_bracket(an_intent(kind, at=at), rules, entry_end=entry_end), side)
    sleepy = a_bracket(an_intent(kind, at=at), rules, entry_end=entry_end)

    fills = []
    for bar in market if is_long else map(mirrored, market):
        if bar.minute == flat_at:
            sleepy.exit_at_next_open("flat")
        if not sleepy.sleeps_through(bar):
            fills += sleepy.on_bar(bar)

    assert fills == played(awake, market, flat_at)
    assert [sleepy.held, sleepy.entry_left] == [awake.bracket.held, awake.bracket.entry_left]


@given(kind=kinds, market=bars(), rules=rules, flat_at=ends)
def test_the_position_is_the_sum_of_its_fills_and_never_below_zero(
    kind: OrderKind, market: list[Bar], rules: FillRules, flat_at: int
) -> None:
    bracket = a_bracket(an_intent(kind), rules)
    held = entered = Decimal(0)

    for bar in market:
        if bar.minute == flat_at:
            bracket.exit_at_next_open("flat")
        for fill in bracket.on_bar(bar):
            assert Decimal(0) < fill.quantity <= rules.capacity(bar.volume)
            held += fill.quantity if fill.is_entry else -fill.quantity
            entered += fill.quantity if fill.is_entry else 0
            assert bar.low <= fill.price <= bar.high
            assert held >= 0
        assert bracket.held == held

    assert entered <= 10
    assert not bracket.is_done or held == 0


@given(kind=kinds, market=bars(), bps=st.integers(0, 50))
def test_slippage_never_helps_and_changes_nothing_but_prices(
    kind: OrderKind, market: list[Bar], bps: int
) -> None:
    free, slipping = a_bracket(an_intent(kind)), replace(SLIP, slippage_bps=Decimal(bps))
    dear = a_bracket(an_intent(kind), slipping)

    for bar in market:
        for fill, worse in zip(free.on_bar(bar), dear.on_bar(bar), strict=True):
            assert replace(worse, price=fill.price) == fill
            assert worse.price >= fill.price if fill.is_entry else worse.price <= fill.price
