"""What every bar store does, whatever it is made of."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from fin_agent.adapters.bars.importing import ParquetBarStore
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.history import ImportOptions
from fin_agent.ports import BarStorePort, CalendarPort
from fin_agent.testing.fakes import FakeCalendar

HEADER = "symbol,date,open,high,low,close,volume\n"
GOOD = "AAA,2025-01-06,10,11,9,10,500\nAAA,2025-01-07,10,11,9,10.5,600\n"
BAD = "BBB,2025-01-06,10,9,11,10,500\n"
CALENDAR = FakeCalendar.weekdays(date(2024, 12, 30), date(2025, 1, 31))
BARS = ImportOptions(source="vendor")

Make = Callable[[Path, CalendarPort], BarStorePort]
IMPLEMENTATIONS: list[Make] = [ParquetBarStore]


@pytest.fixture(params=IMPLEMENTATIONS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BarStorePort:
    make: Make = request.param
    return make(tmp_path / "bars", CALENDAR)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(rows: str) -> Path:
        path = tmp_path / "prices.csv"
        path.write_text(HEADER + rows)
        return path

    return write


async def test_a_new_store_is_empty(store: BarStorePort) -> None:
    assert not await store.symbols()
    assert not await store.listing()
    assert not await store.check()


async def test_every_row_has_one_fate(store: BarStorePort, file: Callable[[str], Path]) -> None:
    report = await store.import_file(file(GOOD + BAD), BARS)

    assert (report.file, report.kind, report.resolution) == ("prices.csv", "bars", "1d")
    assert (report.rows, report.added, report.quarantined) == (3, 2, {"consistency": 1})
    assert (report.symbols, report.first, report.last) == (1, date(2025, 1, 6), date(2025, 1, 7))
    assert list(await store.symbols()) == ["AAA"]


async def test_a_refused_row_is_found_by_the_check(
    store: BarStorePort, file: Callable[[str], Path]
) -> None:
    await store.import_file(file(GOOD + BAD), BARS)

    issue = (await store.check())[0]
    assert (issue.rule, issue.severity, issue.resolution) == ("consistency", "quarantined", "1d")
    assert (issue.symbol, issue.at) == ("BBB", "2025-01-06")


async def test_what_is_stored_is_listed(store: BarStorePort, file: Callable[[str], Path]) -> None:
    await store.import_file(file(GOOD), ImportOptions(source="vendor", adjusted=True))

    listed = list(await store.listing())
    assert len(listed) == 1
    assert (listed[0].source, listed[0].resolution, listed[0].adjusted) == ("vendor", "1d", True)
    assert (listed[0].symbols, listed[0].rows) == (1, 2)


async def test_importing_twice_changes_nothing(
    store: BarStorePort, file: Callable[[str], Path]
) -> None:
    await store.import_file(file(GOOD + BAD), BARS)
    before = (await store.listing(), await store.check())

    report = await store.import_file(file(GOOD + BAD), BARS)

    assert (report.added, report.unchanged) == (0, 2)
    assert (await store.listing(), await store.check()) == before


async def test_a_differing_row_is_kept_until_replaced(
    store: BarStorePort, file: Callable[[str], Path]
) -> None:
    await store.import_file(file(GOOD), BARS)
    changed = file(GOOD.replace(",10.5,", ",10.7,"))

    kept = await store.import_file(changed, BARS)
    replaced = await store.import_file(changed, ImportOptions(source="vendor", replace=True))
    again = await store.import_file(changed, BARS)

    assert (kept.conflicts, kept.replaced, kept.unchanged) == (1, 0, 1)
    assert (replaced.conflicts, replaced.replaced, replaced.unchanged) == (0, 1, 1)
    assert (again.conflicts, again.unchanged) == (0, 2)
    assert any("AAA 2025-01-07" in line for line in kept.problems)


async def test_a_file_that_cannot_be_read_changes_nothing(
    store: BarStorePort, file: Callable[[str], Path]
) -> None:
    await store.import_file(file(GOOD), BARS)
    before = await store.listing()

    with pytest.raises(CorruptData, match=r"prices\.csv"):
        await store.import_file(file("AAA,2025-01-08,ten,11,9,10,1\n"), BARS)

    assert await store.listing() == before
