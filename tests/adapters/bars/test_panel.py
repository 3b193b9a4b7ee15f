"""Daily bars on file, as traded on each session."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.bars.adjustment import Splits
from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.panel import DailyPanel
from fin_agent.adapters.bars.store import DAILY
from fin_agent.domain.errors import CorruptData
from tests.adapters.bars.histories import DAYS, History, random_history
from tests.adapters.market_data.memory_bars import daily_table, flat
from tests.effort import A_QUARTER

SESSIONS = st.sampled_from(
    [*DAYS, DAYS[0] - timedelta(days=9), *(d + timedelta(days=9) for d in DAYS[-3:])]
)


@given(st.integers(0, 10**9), SESSIONS)
def test_closes_are_those_traded_before_the_session(seed: int, on: date) -> None:
    history = random_history(seed)
    panel = history.panel()

    for symbol in history.bars:
        expected = {day.isoformat(): bar[3] for day, bar in history.as_traded(symbol, on)}
        assert panel.closes(symbol, days_since_1970(on), 250) == expected


@given(st.integers(0, 10**9), SESSIONS)
def test_a_days_own_bar_is_as_traded_that_day(seed: int, on: date) -> None:
    history = random_history(seed)
    panel = history.panel()

    rows, has_bar = panel.today(panel.as_of(days_since_1970(on)))

    for symbol, place in panel.position.items():
        assert has_bar[place] == (on in history.bars[symbol])
        if has_bar[place]:
            found = tuple(float(column[rows[place]]) for column in panel.rows[1:])
            assert found == history.as_traded(symbol, on, on)[-1][1]


@A_QUARTER
@given(st.integers(0, 10**9), st.lists(SESSIONS, min_size=1, max_size=12), st.booleans())
def test_walking_on_from_day_to_day_finds_what_searching_does(
    seed: int, on: list[date], in_order: bool
) -> None:
    history = random_history(seed)
    panel = history.panel()

    for day in map(days_since_1970, sorted(on) if in_order else on):
        walked, searched = panel.as_of(day), history.panel().as_of(day)
        assert walked.ends.tolist() == searched.ends.tolist()
        assert walked.coming.tolist() == searched.coming.tolist()
        assert walked.bars.tolist() == searched.bars.tolist()


def test_closes_stop_at_the_limit_and_keep_the_latest() -> None:
    history = random_history(1)
    history.bars["A"] = {day: flat(10 + n) for n, day in enumerate(DAYS)}
    history.splits = []

    closes = history.panel().closes("A", days_since_1970(DAYS[30]), 5)

    assert list(closes) == [day.isoformat() for day in DAYS[25:30]]
    assert list(closes.values()) == [35.0, 36.0, 37.0, 38.0, 39.0]


def test_a_symbol_without_bars_is_known_and_empty() -> None:
    panel = History({"A": {DAYS[0]: flat(10)}}).panel(["A", "NONE"])

    as_of = panel.as_of(days_since_1970(DAYS[1]))

    assert panel.symbols == ("A", "NONE")
    assert as_of.bars.tolist() == [1, 0]
    assert panel.closes("NONE", days_since_1970(DAYS[1]), 250) == {}
    assert panel.closes("UNKNOWN", days_since_1970(DAYS[1]), 250) == {}


def test_symbols_that_nobody_asked_for_are_left_out() -> None:
    history = History({name: {DAYS[0]: flat(10)} for name in ("A", "B", "C")})

    panel = history.panel(["B"])

    assert panel.symbols == ("B",)
    assert panel.rows.total == 1


def test_an_empty_store_has_no_bars() -> None:
    panel = DailyPanel(DAILY.empty_table(), ["A"], Splits([("A", DAYS[0], 2.0)]))
    as_of = panel.as_of(days_since_1970(DAYS[0]))

    assert as_of.bars.tolist() == [0]
    assert panel.today(as_of)[1].tolist() == [False]
    assert panel.days([0]).tolist() == []


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_a_row_without_a_usable_price_is_no_bar(price: float) -> None:
    bad = (10.0, 11.0, price, 10.0, 100.0)
    history = History({"A": {DAYS[0]: flat(10), DAYS[1]: bad, DAYS[2]: flat(12)}})

    closes = history.panel().closes("A", days_since_1970(DAYS[5]), 250)

    assert list(closes.values()) == [10.0, 12.0]


def test_days_are_those_on_which_any_symbol_traded() -> None:
    history = History({"A": {DAYS[0]: flat(1)}, "B": {DAYS[2]: flat(1)}, "C": {DAYS[3]: flat(1)}})

    days = history.panel().days([0, 1])

    assert days.tolist() == [days_since_1970(DAYS[0]), days_since_1970(DAYS[2])]


def test_tables_out_of_order_are_refused() -> None:
    first, second = (daily_table({"A": {day: flat(10)}}) for day in DAYS[:2])
    third = daily_table({"B": {DAYS[0]: flat(10)}})

    for tables in ([second, first], [first, first], [third, first]):
        with pytest.raises(CorruptData):
            DailyPanel(pa.concat_tables(tables), ["A", "B"], Splits([]))


def test_splits_of_one_are_no_splits() -> None:
    splits = Splits([("A", DAYS[0], 1.0), ("A", DAYS[1], 0.0), ("B", DAYS[2], 2.0)])

    assert dict(splits).keys() == {"B"}
    assert len(splits) == 1
    assert splits.on(days_since_1970(DAYS[2])) == {"B"}
    assert splits.on(days_since_1970(DAYS[3])) == frozenset()
    assert splits.between(days_since_1970(DAYS[1]), days_since_1970(DAYS[2])) == {"B"}
    assert splits.between(days_since_1970(DAYS[2]), days_since_1970(DAYS[9])) == frozenset()
