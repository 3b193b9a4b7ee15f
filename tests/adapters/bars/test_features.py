"""Columnar features equal the scalar indicators on each symbol's bars on file, bit by bit."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.bars import features
from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.features import DailyColumns, FeatureReader
from fin_agent.adapters.bars.panel import DailyPanel
from tests.adapters.bars.histories import DAYS, History, random_history
from tests.adapters.market_data.memory_bars import flat
from tests.effort import A_QUARTER

SEEDS = st.integers(0, 10**9)


def columns_of(reader: FeatureReader, panel: DailyPanel, on: date, previous: date) -> DailyColumns:
    return reader.before(panel.as_of(days_since_1970(on)), days_since_1970(previous))


@given(SEEDS, st.integers(1, 5), st.integers(1, len(DAYS) - 1))
def test_one_session_equals_the_scalar_definition(seed: int, symbols: int, at: int) -> None:
    history = random_history(seed, symbols)
    panel = history.panel()

    found = columns_of(FeatureReader(panel), panel, DAYS[at], DAYS[at - 1])

    for symbol, place in panel.position.items():
        assert found.of(place) == history.features(symbol, DAYS[at], DAYS[at - 1])


@A_QUARTER
@given(SEEDS, st.integers(1, 5))
def test_many_sessions_equal_the_scalar_definition(seed: int, symbols: int) -> None:
    history = random_history(seed, symbols)
    panel = history.panel()
    reader = FeatureReader(panel)
    days = [*DAYS, DAYS[-1] + timedelta(days=1), DAYS[-1] + timedelta(days=60)]

    for previous, on in pairwise(days):
        found = columns_of(reader, panel, on, previous)
        for symbol, place in panel.position.items():
            assert found.of(place) == history.features(symbol, on, previous)


def test_averages_of_all_rows_do_not_depend_on_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = random_history(3, 5).panel()
    whole = FeatureReader(panel)._means_everywhere()
    monkeypatch.setattr(features, "_BLOCK", 7)
    in_blocks = FeatureReader(panel)._means_everywhere()

    assert [column.tobytes() for column in whole] == [column.tobytes() for column in in_blocks]


def test_a_missing_session_is_skipped_not_counted() -> None:
    days = [day for day in DAYS[:31] if day != DAYS[25]]
    history = History({"A": {day: flat(10 + n) for n, day in enumerate(days)}})
    panel = history.panel()

    found = columns_of(FeatureReader(panel), panel, DAYS[31], DAYS[30]).of(0)

    assert found.bars == 30
    assert found.ends_yesterday
    assert found.adv == sum((10 + n) * 1e6 for n in range(10, 30)) / 20


def test_the_last_bar_must_be_the_previous_sessions() -> None:
    history = History({"A": {day: flat(10) for day in DAYS[:30]}})
    panel = history.panel()

    found = columns_of(FeatureReader(panel), panel, DAYS[31], DAYS[30]).of(0)

    assert not found.ends_yesterday
    assert found.last_date == DAYS[29]


def test_an_unknown_volume_makes_no_average() -> None:
    bars = {day: flat(10) for day in DAYS[:30]}
    bars[DAYS[20]] = flat(10, float("nan"))
    panel = History({"A": bars}).panel()

    found = columns_of(FeatureReader(panel), panel, DAYS[30], DAYS[29]).of(0)

    assert (found.adv, found.mean_volume) == (None, None)
    assert found.atr14 == 1.0


def test_nothing_is_known_of_an_empty_store() -> None:
    panel = History({}).panel(["A"])

    found = columns_of(FeatureReader(panel), panel, DAYS[1], DAYS[0]).of(0)

    assert (found.bars, found.last_date, found.prev_close, found.adv) == (0, None, None, None)
    assert not found.ends_yesterday


@A_QUARTER
@given(SEEDS, st.integers(1, len(DAYS) - 1))
def test_later_bars_change_nothing(seed: int, at: int) -> None:
    history = random_history(seed)
    on, previous = DAYS[at], DAYS[at - 1]
    panel = history.panel()
    before = columns_of(FeatureReader(panel), panel, on, previous)
    for bars in history.bars.values():
        for day in DAYS[at:]:
            if day in bars:
                bars[day] = flat(77.77)
    panel = history.panel()

    after = columns_of(FeatureReader(panel), panel, on, previous)

    places = range(len(panel.symbols))
    assert [before.of(place) for place in places] == [after.of(place) for place in places]
