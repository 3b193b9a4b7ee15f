"""An import is there as a whole or not at all, whatever stops it."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from fin_agent.adapters.bars.importing import ParquetBarStore
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.bars.writing import StoreWriter
from fin_agent.domain.errors import AlreadyRunning, StateUnavailable
from fin_agent.domain.history import ImportOptions
from tests.adapters.bars.bar_files import CALENDAR, Stored, daily, days, minute, parquet

# two partitions, the quarantine and the manifest: four files, each synced and renamed
ROWS = [*days(3, "B"), daily("B", date(2024, 12, 31))]


class Killed(BaseException):
    """The process dies here: nothing may catch it."""


def stopping(call: Callable[..., object], after: int, error: BaseException) -> Callable[..., None]:
    """The call, until it has been made so often; then the error."""
    left = iter(range(after))

    def stopped(*arguments: object) -> None:
        if next(left, None) is None:
            raise error
        call(*arguments)

    return stopped


def writer_failing(root: Path, call: str, after: int, error: BaseException) -> StoreWriter:
    if call == "rename":
        return StoreWriter(root, rename=stopping(os.replace, after, error))
    return StoreWriter(root, sync=stopping(os.fsync, after, error))


def leftovers(root: Path) -> list[str]:
    named = {file.name for file in BarStore(root).manifest().files.values()}
    known = {*named, "manifest.json", "import.lock"}
    paths = (path for path in root.rglob("*") if path.is_file())
    return sorted(name for path in paths if (name := str(path.relative_to(root))) not in known)


@pytest.mark.parametrize("call", ["rename", "sync"])
@pytest.mark.parametrize("after", range(9))
def test_killed_anywhere_the_store_is_as_before_or_as_after(
    stored: Stored, call: str, after: int
) -> None:
    stored.bring_rows(days(2, "A"), "before")
    before = stored.daily()
    dying = writer_failing(stored.root, call, after, Killed())

    with suppress(Killed):
        Stored(stored.root, dying).bring_rows([*ROWS, daily("C", low=-1.0)], "rows")

    now = stored.daily()
    assert now == before or len(now) == len(before) + len(ROWS)
    assert stored.issues() is not None

    again = stored.bring_rows([*ROWS, daily("C", low=-1.0)], "rows")
    assert again.conflicts == 0
    assert len(stored.daily()) == len(before) + len(ROWS)
    assert leftovers(stored.root) == []


@pytest.mark.parametrize("call", ["rename", "sync"])
@pytest.mark.parametrize("after", range(3))
def test_a_disk_that_refuses_leaves_the_store_as_it_was(
    stored: Stored, call: str, after: int
) -> None:
    stored.bring_rows(days(2, "A"), "before")
    generation = stored.store.generation
    full = OSError(28, "No space left on device")
    writer = writer_failing(stored.root, call, after, full)

    with pytest.raises(
        StateUnavailable, match=r"bars.*cannot be written \(No space left"
    ) as failed:
        Stored(stored.root, writer).bring_rows(ROWS)

    assert "the bar store is as it was" in str(failed.value)
    assert stored.store.generation == generation
    assert leftovers(stored.root) == []


def test_a_file_in_the_way_of_the_directory_is_state_unavailable(tmp_path: Path) -> None:
    (tmp_path / "bars").write_text("in the way")
    stored = Stored(tmp_path / "bars")

    with pytest.raises(StateUnavailable, match=r"bars/import\.lock: cannot be written"):
        stored.bring_rows(days(1))
    assert stored.store.symbols() == []


def test_a_file_in_the_way_of_a_partition_is_state_unavailable(stored: Stored) -> None:
    stored.root.mkdir()
    (stored.root / "1d").write_text("in the way")

    with pytest.raises(StateUnavailable, match=r"1d/2025-\w+\.parquet: cannot be written"):
        stored.bring_rows(days(1))
    assert stored.store.generation == 0


def test_old_content_goes_and_foreign_files_stay(stored: Stored) -> None:
    stored.bring_rows(days(1))
    foreign = stored.root / "1d" / "my-notes.parquet"
    foreign.write_text("mine")

    stored.bring_rows(days(2))

    assert leftovers(stored.root) == ["1d/my-notes.parquet"]


def test_the_leftover_of_a_crash_goes_even_when_nothing_is_new(stored: Stored) -> None:
    stored.bring_rows(days(1))
    (stored.root / "1d" / f"2024-{'0' * 16}.parquet").write_bytes(b"")
    (stored.root / "1d" / f"2024-{'1' * 16}.parquet.partial").write_bytes(b"")

    stored.bring_rows(days(1))

    assert leftovers(stored.root) == []


def test_the_store_is_private(stored: Stored) -> None:
    stored.bring_rows(days(1))

    assert stored.root.stat().st_mode & 0o077 == 0


def test_while_one_import_runs_another_says_so(stored: Stored) -> None:
    with (
        StoreWriter(stored.root).exclusive(),
        pytest.raises(AlreadyRunning, match="another import"),
    ):
        stored.bring_rows(days(1))

    assert stored.bring_rows(days(1)).added == 1


def test_two_imports_at_once_lose_nothing(tmp_path: Path) -> None:
    port = ParquetBarStore(tmp_path / "bars", CALENDAR)
    files = [parquet(tmp_path / f"{symbol}.parquet", days(50, symbol)) for symbol in "ABCD"]

    async def at_once() -> int:
        reports = await asyncio.gather(*(port.import_file(file, ImportOptions()) for file in files))
        return sum(report.added for report in reports)

    assert asyncio.run(at_once()) == 200
    assert BarStore(tmp_path / "bars").read_daily(None, None).num_rows == 200


def import_in_process(root: Path, file: Path) -> None:
    Stored(root, StoreWriter(root)).bring(file)


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    files = [parquet(tmp_path / f"{symbol}.parquet", days(50, symbol)) for symbol in "AB"]
    spawn = get_context("spawn")
    processes = [
        spawn.Process(target=import_in_process, args=(tmp_path / "bars", file)) for file in files
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    assert BarStore(tmp_path / "bars").symbols() == ["A", "B"]


def test_a_reader_between_imports_sees_whole_stores(tmp_path: Path) -> None:
    stored = Stored(tmp_path / "bars", StoreWriter(tmp_path / "bars"))
    port = stored.port
    first = parquet(tmp_path / "minutes.parquet", [minute(number=n) for n in range(300)])
    files = [parquet(tmp_path / f"{n}.parquet", days(20 * n)) for n in range(1, 6)]
    stored.bring(first)

    async def read_while_importing() -> set[int]:
        seen = set()
        for file in files:
            task = asyncio.create_task(port.import_file(file, ImportOptions()))
            while not task.done():
                seen.add(stored.store.read_daily(None, None).num_rows)
                await asyncio.sleep(0)
        return seen

    assert asyncio.run(read_while_importing()) <= {0, 20, 40, 60, 80, 100}
