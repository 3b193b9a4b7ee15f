"""A share of the simulated days, and every guard taken away once.

More by hand: ``python -m tests.reliability.simulated_days --days 3000``, see docs/reliability.md.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fin_agent.adapters.clock import FixedClock
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.writer import Limits
from fin_agent.application.subscriptions import SUBSCRIPTIONS
from fin_agent.ports import StorePort
from fin_agent.testing.builders import SCAN
from tests.reliability.chance import Shares
from tests.reliability.mutants import MUTANTS, Mutant
from tests.reliability.simulated_day import Made, SimulatedDay
from tests.reliability.simulated_days import hunt, simulate
from tests.reliability.wire_day import WireDay

ENOUGH = range(1, 201)
EMPHASES = {tuple(sorted(mutant.shares.items())): mutant for mutant in MUTANTS}


@pytest.mark.parametrize("faults", [1.0, 2.0])
async def test_nothing_is_lost_doubled_or_declared_dead(faults: float) -> None:
    figures = await simulate(range(1, 41), Made(shares=Shares().times(faults)))

    assert figures.wrong == []
    assert figures.days == 40
    assert figures.intended > 150
    assert sum(figures.faults.values()) > 1000


async def test_the_adapter_for_alpaca_takes_nothing_away_from_it() -> None:
    """The same days, with the product's adapter and the simulated broker's wire format between."""
    figures = await simulate(range(1, 9), Made(), WireDay)

    assert figures.wrong == []
    assert figures.accepted > 20


@pytest.mark.parametrize(("kind", "days"), [(SimulatedDay, 10), (WireDay, 2)])
async def test_the_same_seed_is_the_same_day(kind: type[SimulatedDay], days: int) -> None:
    seeds = range(100, 100 + days)
    one, two = [await simulate(seeds, Made(), kind) for _ in range(2)]

    assert one.hashes == two.hashes
    assert len(set(one.hashes.values())) == days


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
async def test_a_guard_taken_away_is_noticed(mutant: Mutant) -> None:
    figures = await hunt(mutant, ENOUGH)

    assert figures.wrong, f"{len(ENOUGH)} days without {mutant.name}, and nobody noticed"
    assert any(found.startswith(mutant.found) for _, found in figures.wrong), figures.wrong


@pytest.mark.parametrize("mutant", EMPHASES.values(), ids=lambda mutant: mutant.name)
async def test_with_the_guard_the_same_days_are_fine(mutant: Mutant) -> None:
    """The control: more of what the guard is there for, and the guard in its place."""
    figures = await simulate(range(1, 6), Made(shares=mutant.made().shares))

    assert figures.wrong == []


async def test_a_mutant_leaves_nothing_behind() -> None:
    before = dict(SUBSCRIPTIONS)

    for mutant in MUTANTS:
        with mutant.patched():
            pass

    assert dict(SUBSCRIPTIONS) == before
    assert (await simulate(range(1, 4), Made())).wrong == []


def on_disk(
    folder: Path,
) -> tuple[Callable[[], Awaitable[StorePort]], Callable[[StorePort], Awaitable[StorePort]]]:
    """Each process opens the same file anew, as a restart does."""

    async def opened() -> StorePort:
        path, small = folder / "state.db", Limits(reserve_bytes=0)
        database = await open_database(path, durable=True, limits=small)
        return EventStore(database, FixedClock(SCAN), batched=False)

    async def again(store: StorePort) -> StorePort:
        await store.close()
        return await opened()

    return opened, again


@pytest.mark.parametrize("seed", [7, 40, 44, 194])
async def test_the_real_database_keeps_the_same_day(tmp_path: Path, seed: int) -> None:
    """Seeds with crashes, partial fills and an unclear close: the log is that of memory."""
    opened, again = on_disk(tmp_path)

    real = await SimulatedDay(seed, Made(opened=opened, again=again)).live()
    kept = await SimulatedDay(seed, Made()).live()

    assert real.audit.found == []
    assert real.log_hash == kept.log_hash
    assert real.starts == kept.starts > 1
