"""Whatever the rows: none is lost, their order does not matter, and twice is once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import inf, nan
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.bars.row_rules import RULES
from fin_agent.domain.history import ImportReport
from tests.adapters.bars.bar_files import MONDAY, OPEN, Row, Stored
from tests.effort import A_QUARTER

PRICES = st.sampled_from([9.0, 10.0, 10.5, 11.0, 0.0, -1.0, nan, inf, None])
VOLUMES = st.sampled_from([0.0, 5.0, 1000.0, -1.0, nan, None])
SYMBOLS = st.sampled_from(["A", "B", "BRK.B", "", None])
DAYS = st.none() | st.integers(0, 20).map(lambda day: MONDAY + timedelta(days=day))
TIMES = st.none() | st.builds(
    lambda day, minutes, seconds: OPEN + timedelta(days=day, minutes=minutes, seconds=seconds),
    st.integers(0, 6),
    st.integers(-400, 1000),
    st.sampled_from([0, 0, 0, 0, 30]),
)


def rows(times: st.SearchStrategy[object], column: str) -> st.SearchStrategy[Row]:
    names = ("open", "high", "low", "close")
    prices = dict.fromkeys(names, PRICES)
    return st.fixed_dictionaries(
        {"symbol": SYMBOLS, column: times, **prices, "volume": VOLUMES}
    ) | st.fixed_dictionaries(
        {
            "symbol": SYMBOLS,
            column: times,
            **dict.fromkeys(names, st.just(10.0)),
            "volume": VOLUMES,
        }
    )


FILES = st.lists(rows(DAYS, "date"), min_size=1, max_size=25) | st.lists(
    rows(TIMES, "timestamp"), min_size=1, max_size=25
)


@contextmanager
def a_store() -> Iterator[Stored]:
    with TemporaryDirectory() as directory:
        yield Stored(Path(directory) / "bars")


def bring(stored: Stored, file: list[Row], name: str = "rows", **options: object) -> ImportReport:
    # one row of a good bar, so that columns have their types and the file a resolution
    column = "date" if "date" in file[0] else "timestamp"
    at = MONDAY if column == "date" else datetime(2025, 1, 6, 20, 11, tzinfo=UTC)
    prices = dict.fromkeys(("open", "high", "low", "close"), 10.0)
    good = {"symbol": "GOOD", column: at, **prices, "volume": 1.0}
    resolution = "1d" if column == "date" else "1m"
    return stored.bring_rows([good, *file], name, resolution=resolution, **options)


def count(stored: Stored) -> int:
    minutes = [stored.store.read_minutes(day) for day in stored.store.minute_dates()]
    return len(stored.daily()) + sum(len(table) for table in minutes)


@A_QUARTER
@given(file=FILES)
def test_every_row_has_one_fate(file: list[Row]) -> None:
    with a_store() as stored:
        report = bring(stored, file)

        assert report.rows == len(file) + 1
        refused = sum(report.quarantined.values())
        assert report.added + report.unchanged + refused == report.rows
        assert count(stored) == report.added
        assert set(report.quarantined) <= set(RULES)
        assert stored.store.quarantine().num_rows <= refused
        assert (report.conflicts, report.replaced) == (0, 0)


@A_QUARTER
@given(file=FILES)
def test_importing_twice_is_importing_once(file: list[Row]) -> None:
    with a_store() as stored:
        first = bring(stored, file)
        generation = stored.store.generation
        second = bring(stored, file, replace=True)

        assert stored.store.generation == generation
        assert (second.added, second.unchanged) == (0, first.added + first.unchanged)
        assert second.quarantined == first.quarantined


@A_QUARTER
@given(file=FILES, data=st.data())
def test_the_order_of_rows_does_not_matter(file: list[Row], data: st.DataObject) -> None:
    column = "date" if "date" in file[0] else "timestamp"
    unique = list({(row["symbol"], row[column]): row for row in file}.values())
    with a_store() as first, a_store() as second:
        bring(first, unique)
        bring(second, data.draw(st.permutations(unique)))

        assert first.store.generation == second.store.generation


@A_QUARTER
@given(file=FILES, cut=st.integers(1, 24))
def test_a_file_in_two_parts_is_the_same_bars(file: list[Row], cut: int) -> None:
    column = "date" if "date" in file[0] else "timestamp"
    unique = list({(row["symbol"], row[column]): row for row in file}.values())
    with a_store() as whole, a_store() as parts:
        bring(whole, unique)
        bring(parts, unique[:cut])
        bring(parts, unique[cut:] or unique)

        assert parts.store.generation == whole.store.generation


@A_QUARTER
@given(file=FILES)
def test_stored_bars_are_sorted_whole_and_inside_their_range(file: list[Row]) -> None:
    with a_store() as stored:
        bring(stored, file)

        tables = [stored.store.read_daily(None, None)]
        tables += [stored.store.read_minutes(day) for day in stored.store.minute_dates()]
        for bars in (table.to_pylist() for table in tables):
            keys = [(bar["symbol"], bar.get("date") or bar["timestamp"]) for bar in bars]
            assert keys == sorted(set(keys))
            for bar in bars:
                assert 0 < bar["low"] <= min(bar["open"], bar["close"])
                assert max(bar["open"], bar["close"]) <= bar["high"] < inf
                assert bar["volume"] >= 0
        assert stored.issues() is not None


@A_QUARTER
@given(file=FILES, other=FILES)
def test_replacing_makes_the_file_the_truth(file: list[Row], other: list[Row]) -> None:
    with a_store() as replaced, a_store() as alone:
        bring(replaced, file, "one")
        bring(replaced, other, "two", replace=True)
        bring(alone, other, "two")

        for bar in alone.daily():
            at = replaced.store.read_daily(bar["date"], bar["date"], [bar["symbol"]])
            assert at["close"].to_pylist() == [bar["close"]]
        kept = [summary.rows for key, summary in replaced.store.manifest().sets.items()]
        assert sum(kept) == count(replaced)
