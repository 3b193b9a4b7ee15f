"""Readers see one whole store, in the order of symbol and time, and open no more than they need."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fin_agent.adapters.bars.manifest import BarFile
from fin_agent.adapters.bars.store import DAILY, MINUTES, BarStore
from fin_agent.domain.errors import CorruptData, StateUnavailable
from tests.adapters.bars.bar_files import MONDAY, Stored, daily, days, minute

YEARS = [date(2023, 12, 29), date(2024, 1, 2), date(2024, 12, 31), date(2025, 1, 2), MONDAY]


@pytest.fixture
def filled(stored: Stored) -> Stored:
    stored.bring_rows([daily(symbol, day) for symbol in ("MID", "ZED") for day in YEARS[:3]])
    stored.bring_rows([daily(symbol, day) for symbol in ("NEW", "ZED") for day in YEARS[3:]])
    stored.bring_rows([minute("ZED"), minute("ABC", 1)])
    return stored


def test_an_empty_store_has_empty_answers(tmp_path: Path) -> None:
    store = BarStore(tmp_path / "absent")

    assert store.generation == 0
    assert store.symbols() == []
    assert store.daily_dates() is None
    assert store.minute_dates() == []
    assert store.splits() == []
    assert store.read_daily(None, None).schema == DAILY
    assert store.read_minutes(MONDAY).schema == MINUTES
    assert store.quarantine().num_rows == store.actions().num_rows == 0


def test_bars_of_several_years_are_in_one_order(filled: Stored) -> None:
    rows = filled.daily()

    assert [(row["symbol"], row["date"]) for row in rows] == sorted(
        [("MID", day) for day in YEARS[:3]]
        + [("NEW", day) for day in YEARS[3:]]
        + [("ZED", day) for day in YEARS]
    )


def test_symbol_codes_ascend_like_the_symbols(filled: Stored) -> None:
    for table in (filled.store.read_daily(None, None), filled.store.read_minutes(MONDAY)):
        column = table["symbol"].chunk(0)
        words = column.dictionary.to_pylist()
        assert words == sorted(words)
        assert (np.diff(column.indices.to_numpy()) >= 0).all()
        assert all(column.num_chunks == 1 for column in table.columns)


def test_the_tables_have_their_schema(filled: Stored) -> None:
    assert filled.store.read_daily(None, None).schema.equals(DAILY)
    assert filled.store.read_daily(date(2024, 1, 3), date(2024, 1, 3)).schema.equals(DAILY)
    assert filled.store.read_daily(None, None, []).schema.equals(DAILY)
    assert filled.store.read_minutes(MONDAY).schema.equals(MINUTES)
    assert filled.store.read_minutes(MONDAY, ["NONE"]).schema.equals(MINUTES)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, YEARS),
        (YEARS[1], YEARS[3], YEARS[1:4]),
        (None, date(2024, 6, 1), YEARS[:2]),
        (date(2024, 6, 1), None, YEARS[2:]),
        (date(2025, 1, 3), date(2025, 1, 5), []),
        (date(2030, 1, 1), None, []),
    ],
)
def test_both_ends_of_a_range_are_in_it(
    filled: Stored, first: date | None, last: date | None, expected: list[date]
) -> None:
    table = filled.store.read_daily(first, last, ["ZED", "ABSENT"])

    assert table["date"].to_pylist() == expected


def test_a_range_of_symbols_before_the_first_bar_is_empty(filled: Stored) -> None:
    assert filled.store.read_daily(date(2025, 1, 1), None, ["MID"]).num_rows == 0


def test_years_outside_the_range_are_not_opened(filled: Stored) -> None:
    (filled.root / filled.store.manifest().files["1d/2023"].name).write_bytes(b"broken")

    assert filled.store.read_daily(date(2024, 1, 1), None).num_rows == 8
    with pytest.raises(CorruptData, match=r"1d/2023-\w+\.parquet: cannot be read"):
        filled.store.read_daily(None, None)


def test_minutes_are_stamped_at_their_start_in_utc(filled: Stored) -> None:
    row = filled.store.read_minutes(MONDAY, ["ABC"]).to_pylist()[0]

    assert row["timestamp"] == datetime(2025, 1, 6, 14, 31, tzinfo=UTC)
    assert filled.store.read_minutes(date(2025, 1, 7)).num_rows == 0


def test_dates_and_symbols_are_known_without_opening_bars(filled: Stored) -> None:
    for path in [*filled.root.rglob("*.parquet")]:
        path.unlink()

    assert filled.store.symbols() == ["ABC", "MID", "NEW", "ZED"]
    assert filled.store.daily_dates() == (YEARS[0], YEARS[-1])
    assert filled.store.minute_dates() == [MONDAY]


def test_a_file_that_is_gone_is_corrupt_data(filled: Stored) -> None:
    shutil.rmtree(filled.root / "1d")

    with pytest.raises(CorruptData, match="named by the manifest but missing"):
        filled.store.read_daily(None, None)


def test_a_reader_follows_an_import_that_takes_its_files_away(tmp_path: Path) -> None:
    stored = Stored(tmp_path / "bars")
    stored.bring_rows(days(3))
    reader = OvertakenStore(stored.root)
    reader.overtake = lambda: stored.bring_rows(days(5))

    assert reader.read_daily(None, None).num_rows == 5


def test_a_reader_gives_up_when_overtaken_without_end(tmp_path: Path) -> None:
    stored = Stored(tmp_path / "bars")
    stored.bring_rows(days(1))
    reader = OvertakenStore(stored.root)
    counter = iter(range(2, 100))

    def overtake() -> None:
        stored.bring_rows(days(next(counter)))
        reader.overtake = overtake

    reader.overtake = overtake
    with pytest.raises(StateUnavailable, match="faster than they are read"):
        reader.read_daily(None, None)


class OvertakenStore(BarStore):
    """Lets an import happen between reading the manifest and opening its files."""

    overtake: Callable[[], object] | None = None

    def _open(self, file: BarFile) -> pa.Table:
        overtake, self.overtake = self.overtake, None
        if overtake is not None:
            overtake()
        return super()._open(file)


def test_the_generation_depends_on_the_content_alone(tmp_path: Path) -> None:
    first, second = Stored(tmp_path / "a" / "bars"), Stored(tmp_path / "b" / "bars")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    first.bring_rows(days(6))
    second.bring_rows(days(3))
    partly = second.store.generation
    second.bring_rows(days(6))

    assert first.store.generation == second.store.generation != partly
    assert not {*first.store.manifest().files.values()} ^ {*second.store.manifest().files.values()}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"version": 2}', b'{"version": 1, "files": {"1d/2025": {}}, "sets": []}'],
)
def test_a_broken_manifest_is_corrupt_data(filled: Stored, content: bytes) -> None:
    (filled.root / "manifest.json").write_bytes(content)

    with pytest.raises(CorruptData, match=r"manifest\.json: not a manifest of the bar store"):
        filled.store.symbols()


def directory(path: Path) -> None:
    path.mkdir()


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("put", [directory, link_to_itself])
def test_an_unreadable_manifest_is_state_unavailable(
    filled: Stored, put: Callable[[Path], None]
) -> None:
    (filled.root / "manifest.json").unlink()
    put(filled.root / "manifest.json")

    with pytest.raises(StateUnavailable, match=r"manifest\.json: cannot be read"):
        filled.store.symbols()
