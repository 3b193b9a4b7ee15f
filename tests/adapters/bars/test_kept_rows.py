"""Daily bars are decoded once for each state of the store, and are the same either way."""

import os
from pathlib import Path

import pytest

from fin_agent.adapters.bars.kept_rows import KeptRows
from fin_agent.adapters.bars.store import BarStore
from fin_agent.domain.errors import CorruptData
from tests.adapters.bars.bar_files import Stored, days


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def rows_of(stored: Stored, cache: Path) -> list[object]:
    """Read by a process of its own, so to speak."""
    rows: list[object] = BarStore(stored.root, KeptRows(cache)).read_daily(None, None).to_pylist()
    return rows


def kept_files(cache: Path) -> list[Path]:
    return sorted(cache.glob("*"))


def test_kept_rows_are_the_stored_rows(stored: Stored, cache: Path) -> None:
    stored.bring_rows(days(3, "BBB") + days(2, "AAA"))

    first, second = rows_of(stored, cache), rows_of(stored, cache)

    assert first == second == stored.daily()
    assert len(kept_files(cache)) == 1


def test_an_import_is_seen_and_leaves_one_file(stored: Stored, cache: Path) -> None:
    stored.bring_rows(days(2))
    rows_of(stored, cache)
    stored.bring_rows(days(3, "BBB"), "more")

    assert rows_of(stored, cache) == stored.daily()
    assert len(kept_files(cache)) == 1


def test_part_of_the_store_is_read_from_the_store(stored: Stored, cache: Path) -> None:
    stored.bring_rows(days(3, "AAA") + days(3, "BBB"))

    store = BarStore(stored.root, KeptRows(cache))

    assert store.read_daily(None, None, ["BBB"]).num_rows == 3
    assert kept_files(cache) == []


@pytest.mark.parametrize("content", [b"", b"not an Arrow file"])
def test_a_damaged_file_is_made_again(stored: Stored, cache: Path, content: bytes) -> None:
    stored.bring_rows(days(3))
    rows_of(stored, cache)
    kept_files(cache)[0].write_bytes(content)

    assert rows_of(stored, cache) == stored.daily()
    assert kept_files(cache)[0].read_bytes() != content


def test_a_store_that_is_damaged_after_it_was_kept_is_not_believed(
    stored: Stored, cache: Path
) -> None:
    stored.bring_rows(days(3))
    rows_of(stored, cache)
    (file,) = stored.root.glob("1d/*.parquet")
    file.write_bytes(b"no Parquet")

    with pytest.raises(CorruptData, match=file.name):
        rows_of(stored, cache)
    file.unlink()
    with pytest.raises(CorruptData, match="missing"):
        rows_of(stored, cache)


def test_nothing_is_kept_where_nothing_can_be_written(stored: Stored, tmp_path: Path) -> None:
    stored.bring_rows(days(3))
    blocked = tmp_path / "file"
    blocked.touch()

    assert rows_of(stored, blocked / os.curdir) == stored.daily()
    assert blocked.read_bytes() == b""


def test_an_empty_store_is_not_kept(stored: Stored, cache: Path) -> None:
    assert rows_of(stored, cache) == []
    assert kept_files(cache) == []
