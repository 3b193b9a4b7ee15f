"""Real files from vendors, dirty as they came: what they hold is known and must be found."""

import asyncio
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.history import ImportReport
from tests.adapters.bars.bar_files import Stored
from tests.recorded_data import DATA, need


@pytest.fixture(scope="module")
def shared_data() -> Path:
    need(DATA)
    return DATA


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> ExchangeCalendar:
    return ExchangeCalendar(tmp_path_factory.mktemp("calendar"))


@pytest.fixture
def real(tmp_path: Path, calendar: ExchangeCalendar) -> Stored:
    return Stored(tmp_path / "bars", calendar=calendar)


def fates(report: ImportReport) -> tuple[int, int, int, int]:
    assert report.rows == report.added + report.unchanged + report.conflicts + sum(
        report.quarantined.values()
    )
    return report.rows, report.added, report.unchanged, report.conflicts


def test_small_caps_with_bad_prices_and_days_without_volume(
    real: Stored, shared_data: Path
) -> None:
    report = real.bring(shared_data / "daily/all_A_names_splitadj_2018_2023.parquet", adjusted=True)

    assert fates(report) == (698_800, 698_766, 0, 0)
    assert report.quarantined == {"consistency": 29, "not_positive": 5}
    assert report.suspects == {"no_volume": 21_705, "outlier": 5, "split_like": 40}
    assert report.first == date(2018, 1, 2)
    assert real.store.quarantine().num_rows == 34
    found = Counter(issue.rule for issue in real.issues())
    assert found == {**report.quarantined, **report.suspects}


def test_members_of_an_index_twice(real: Stored, shared_data: Path) -> None:
    path = shared_data / "daily/sp500_adj_2021_2025.parquet"

    first = real.bring(path, adjusted=True)
    generation = real.store.generation
    second = real.bring(path, adjusted=True)

    assert fates(first) == (619_769, 619_767, 0, 0)
    assert fates(second) == (619_769, 0, 619_767, 0)
    assert real.store.generation == generation
    assert real.findings("consistency") == [("AMCR", "2021-05-05"), ("HUBB", "2021-05-05")]
    year = real.store.read_daily(date(2023, 1, 1), date(2023, 12, 31))
    assert year.num_rows == pc.sum(pc.equal(pc.year(year["date"]), 2023)).as_py() > 120_000


def test_raw_prices_bring_their_splits(real: Stored, shared_data: Path) -> None:
    report = real.bring(shared_data / "daily/unadjusted_with_splits_1999_2020.parquet")

    assert fates(report) == (31_818, 31_818, 0, 0)
    assert "ignored columns: adj_close" in report.problems
    assert report.suspects == {}  # every split is known, and the fall of 2000-09-29 is none
    splits = {(symbol, day): ratio for symbol, day, ratio in real.store.splits()}
    assert splits["AAPL", date(2014, 6, 9)] == 7.000007  # as the vendor has it
    assert splits["AAPL", date(2020, 8, 31)] == 4


def test_raw_prices_without_their_splits_are_suspects(
    real: Stored, shared_data: Path, tmp_path: Path
) -> None:
    table = pq.read_table(shared_data / "daily/unadjusted_with_splits_1999_2020.parquet")
    path = tmp_path / "raw.parquet"
    pq.write_table(table.drop_columns(["split", "dividend"]), path)

    real.bring(path)

    found = real.findings("split_like")
    assert ("AAPL", "2005-02-28") in found
    assert ("MSFT", "2003-02-18") in found
    assert ("INTC", "2000-07-31") in found
    assert ("AAPL", "2000-09-29") not in found  # a fall of 47 %
    assert ("AAPL", "2020-08-31") not in found  # 4:1, and it opened 2.2 % higher


def test_raw_minutes_beside_dailies_adjusted_for_a_spin_off(
    real: Stored, shared_data: Path
) -> None:
    real.bring(shared_data / "daily/sp500_adj_2021_2025.parquet")
    real.bring(shared_data / "intraday/min1_rth_89sym_2025_11.parquet")

    assert real.findings("basis") == [("CMCSA", "2025-11-12"), ("NOW", "2025-11-12")]


def test_minutes_of_a_feed_with_holes(real: Stored, shared_data: Path) -> None:
    report = real.bring(shared_data / "intraday/min1_rth_31sym_2025_09_12.parquet")

    assert fates(report) == (484_095, 484_095, 0, 0)
    sessions = real.store.minute_dates()
    assert (len(sessions), sessions[0], sessions[-1]) == (76, date(2025, 9, 15), date(2025, 12, 31))
    for day, hour in ((date(2025, 10, 31), 13), (date(2025, 11, 3), 14)):  # clocks change
        first = pc.min(real.store.read_minutes(day)["timestamp"]).as_py()
        assert (first.hour, first.minute) == (hour, 30)


def test_minutes_before_the_open_and_across_the_change_of_clocks(
    real: Stored, shared_data: Path
) -> None:
    report = real.bring(shared_data / "intraday/min1_ext_spy_2024_02_05.parquet")

    assert fates(report) == (49_720, 49_718, 0, 0)
    assert report.quarantined == {"outside_hours": 2}  # stamped 20:00
    for day, begins in ((date(2024, 3, 8), 9), (date(2024, 3, 11), 8)):
        first = pc.min(real.store.read_minutes(day)["timestamp"]).as_py()
        assert (first.hour, first.minute) == (begins, 0)


def test_two_feeds_of_the_same_minutes_conflict(real: Stored, shared_data: Path) -> None:
    real.bring(shared_data / "intraday/min1_rth_31sym_2025_09_12.parquet")
    report = real.bring(shared_data / "intraday/min1_rth_89sym_2025_11.parquet")

    assert fates(report) == (168_944, 162_011, 0, 6_933)
    assert any(line.startswith("conflicts: 6933 differ") for line in report.problems)


def test_five_minute_bars_are_refused(real: Stored, shared_data: Path) -> None:
    path = shared_data / "intraday/min5_67sym_2025_04_12.parquet"

    for resolution in (None, "1m"):
        with pytest.raises(
            CorruptData, match="bars are 5 minutes apart; the agent stores 1m and 1d"
        ):
            real.bring(path, resolution=resolution)
    assert real.store.generation == 0


def test_prints_a_hundred_times_too_high_are_suspects(
    shared_data: Path, tmp_path: Path, calendar: ExchangeCalendar
) -> None:
    table = pq.read_table(shared_data / "bad_prints/yahoo_bad_daily_cases.parquet")
    raw = table.filter(pc.equal(table["variant"], "raw"))
    fixed = table.filter(pc.equal(table["variant"], "fixed"))
    found = {}
    for name, part in (("raw", raw), ("fixed", fixed)):
        path = tmp_path / f"{name}.parquet"
        names = ["symbol" if column == "case" else column for column in part.column_names]
        pq.write_table(part.rename_columns(names), path)
        report = Stored(tmp_path / name, calendar=calendar).bring(path)
        fates(report)
        found[name] = report.suspects.get("outlier", 0)

    assert found["raw"] > found["fixed"]


def test_csv_of_a_real_file_is_the_same_store(
    real: Stored, shared_data: Path, tmp_path: Path, calendar: ExchangeCalendar
) -> None:
    path = shared_data / "daily/smallmid_2025.parquet"
    text = tmp_path / "smallmid_2025.csv"
    pacsv.write_csv(pq.read_table(path), text)
    other = Stored(tmp_path / "text", calendar=calendar)

    real.bring(path)
    other.bring(text)

    assert other.store.generation == real.store.generation


def test_rows_in_any_order_are_the_same_store(
    real: Stored, shared_data: Path, tmp_path: Path, calendar: ExchangeCalendar
) -> None:
    table = pq.read_table(shared_data / "daily/smallmid_2025.parquet")
    backwards = tmp_path / "smallmid_2025.parquet"
    pq.write_table(table.take(pa.array(range(table.num_rows - 1, -1, -1))), backwards)
    other = Stored(tmp_path / "backwards", calendar=calendar)

    real.bring(shared_data / "daily/smallmid_2025.parquet")
    report = other.bring(backwards)

    assert other.store.generation == real.store.generation
    assert report.suspects["unordered"] == table.num_rows - report.symbols


def test_actions_of_large_caps(real: Stored, shared_data: Path) -> None:
    report = real.bring(shared_data / "daily/largecap_actions_2011_2025.parquet", kind="actions")

    assert fates(report) == (13_909, 13_909, 0, 0)
    assert ("NVDA", date(2024, 6, 10), 10.0) in real.store.splits()
    assert asyncio.run(real.port.symbols()) == []
