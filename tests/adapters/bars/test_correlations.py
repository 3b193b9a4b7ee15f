"""Correlations over columns are those of the domain's scalar definition, to the last bit."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.correlations import correlations
from fin_agent.adapters.bars.panel import DailyPanel
from fin_agent.domain.indicators import correlations_of
from tests.adapters.bars.histories import DAYS, History, random_history
from tests.adapters.market_data.memory_bars import flat


async def defined(
    panel: DailyPanel, symbols: Sequence[str], day: int
) -> dict[tuple[str, str], float | None]:
    async def closes(some: Sequence[str], sessions: int) -> Mapping[str, Mapping[str, float]]:
        return {name: panel.closes(name, day, sessions) for name in some}

    return await correlations_of(symbols, closes)


def complete(random: Random, *, days: Sequence[date] = DAYS, names: str = "ABC") -> History:
    closes = {name: [random.uniform(1, 300) for _ in days] for name in names}
    return History({n: dict(zip(days, map(flat, c), strict=True)) for n, c in closes.items()})


@given(st.integers(0, 10**9), st.sampled_from(DAYS))
async def test_with_holes_and_splits(seed: int, on: date) -> None:
    panel, day = random_history(seed).panel(), days_since_1970(on)
    symbols = [*reversed(panel.symbols), panel.symbols[0], "UNKNOWN"]

    assert correlations(panel, symbols, day) == await defined(panel, symbols, day)


@given(st.integers(0, 10**9), st.sampled_from(DAYS[15:]))
async def test_when_every_symbol_has_every_date(seed: int, on: date) -> None:
    panel, day = complete(Random(seed)).panel(), days_since_1970(on)

    found = correlations(panel, panel.symbols, day)

    assert found == await defined(panel, panel.symbols, day)
    assert (None in found.values()) == (on <= DAYS[20])


async def test_of_more_dates_than_are_looked_at() -> None:
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(80)]
    even = complete(Random(7), days=days).panel()
    late = complete(Random(7), days=days).bars | {"C": {day: flat(day.day) for day in days[3:]}}

    for panel in (even, History(late).panel()):
        for on in (days[61], days[-1], days[-1] + timedelta(days=2)):
            day = days_since_1970(on)
            found = correlations(panel, panel.symbols, day)
            assert found == await defined(panel, panel.symbols, day)
            assert None not in found.values()


def test_prices_that_never_move_correlate_with_nothing() -> None:
    still = {day: flat(10) for day in DAYS}
    panel = History({"A": still, "B": complete(Random(1)).bars["B"]}).panel()

    assert correlations(panel, ["A", "B"], days_since_1970(DAYS[-1])) == {("A", "B"): None}


def test_one_symbol_has_no_pair() -> None:
    panel = complete(Random(1)).panel()

    assert correlations(panel, ["A", "A"], days_since_1970(DAYS[-1])) == {}
