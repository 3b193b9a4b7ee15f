"""A small share of the crash points; the whole is ``python -m tests.reliability.crash_points``."""

import pytest

from fin_agent.application.live import LiveDriver
from tests.reliability import mutations
from tests.reliability.crash_points import CrashingDay, PaperDay, points_of


@pytest.mark.parametrize("kind", [CrashingDay, PaperDay])
async def test_a_day_that_dies_anywhere_ends_as_it_should(kind: type[CrashingDay]) -> None:
    found = await points_of(kind, seed=3, budget=4)

    assert found.wrong == []
    assert found.every > 25
    assert (found.drawn, found.pairs) == (4, 4)


async def test_a_trade_left_unrecorded_is_noticed() -> None:
    """The programme can fail: without catching up, a crash behind the last fill loses the trade."""
    with mutations.put(LiveDriver, "_caught_up", mutations.no_catching_up):
        found = await points_of(PaperDay, seed=3, budget=0)

    assert any("closed" in line or "journal" in line for line in found.wrong)
