"""Any honest Parquet or CSV file is read; anything else is refused with one line."""

import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fin_agent.domain.errors import CorruptData
from tests.adapters.bars.bar_files import MONDAY, Stored, csv, daily, days, minute, parquet, table


def refusal(stored: Stored, path: Path, **options: object) -> str:
    with pytest.raises(CorruptData) as refused:
        stored.bring(path, **options)
    assert stored.store.generation == 0
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_csv_and_parquet_of_the_same_bars_are_the_same_store(tmp_path: Path) -> None:
    first, second = Stored(tmp_path / "a"), Stored(tmp_path / "b")

    first.bring(parquet(tmp_path / "prices.parquet", days(30)))
    second.bring(csv(tmp_path / "prices.csv", days(30)))

    assert first.store.generation == second.store.generation != 0


def test_packed_csv_is_read_and_named_without_its_endings(stored: Stored, tmp_path: Path) -> None:
    plain = csv(tmp_path / "prices.csv", days(3))
    packed = tmp_path / "prices.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert stored.bring(packed).added == 3
    assert {row["source"] for row in stored.daily()} == {"prices"}


def test_names_in_any_case_after_a_byte_order_mark(stored: Stored, tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    text = '"Symbol",DATE, Open ,High,Low,Close,Volume\nTRUE,2025-01-06,1,2,1,2,5\nNA,,1,2,1,2,5\n'
    path.write_text(text, encoding="utf-8-sig")

    report = stored.bring(path)

    assert report.added == 1
    assert report.quarantined == {"no_key": 1}
    assert stored.store.symbols() == ["TRUE"]


def test_other_columns_are_left_out_and_named(stored: Stored) -> None:
    report = stored.bring_rows([daily(vwap=1.0, Trades=3)])

    assert "ignored columns: vwap, Trades" in report.problems


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "the file is empty"),
        (b"symbol,date,open,high,low,close,volume\n", "holds no rows"),
        (b"symbol,date,open,high,low,close\nA,2025-01-06,1,1,1,1\n", "no column volume; found"),
        (b"Ticker;Open\n", "no column symbol, open, high, low, close, volume, timestamp or date"),
        (b"date,Date,open\n", "two columns are named date"),
        (b"symbol,date,open,high,low,close,volume\nA,2025-01-06,x,1,1,1,1\n", "cannot be read"),
        (b"symbol,date,open,high,low,close,volume\nA,2025-01-06,1\n", "cannot be read"),
        (b"symbol,date,open,high,low,close,volume\nA,6.1.2025,1,1,1,1,1\n", "no ISO dates"),
        (b"PK\x03\x04\x00\x00", "neither Parquet nor text"),
        (b"\x1f\x8b\x08\x00garbage", "cannot be read"),
        (b"PAR1", "the Parquet file is cut off"),
    ],
)
def test_a_bad_text_file_is_refused(
    stored: Stored, tmp_path: Path, content: bytes, found: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    assert found in refusal(stored, path)


def test_a_missing_file_is_refused(stored: Stored, tmp_path: Path) -> None:
    assert "No such file" in refusal(stored, tmp_path / "absent.parquet")


def test_text_in_a_file_called_parquet_is_refused(stored: Stored, tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    path.write_text("symbol,date\n")

    assert "neither Parquet nor text" in refusal(stored, path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_parquet_file_is_refused(stored: Stored, tmp_path: Path, share: float) -> None:
    path = parquet(tmp_path / "cut.parquet", days(200))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    assert "cannot be read" in refusal(stored, path)


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("close", "10.5", "column close is string, not a number"),
        ("volume", True, "column volume is bool, not a number"),
        ("symbol", 7, "column symbol is int64, not text"),
        ("date", 20250106, "column date is int64"),
        ("date", "Monday", "no ISO dates or times throughout (the first is 'Monday')"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused(
    stored: Stored, tmp_path: Path, column: str, value: object, found: str
) -> None:
    path = parquet(tmp_path / "types.parquet", [{**daily(), column: value}])

    assert found in refusal(stored, path)


def test_decimals_and_dictionaries_are_as_good_as_numbers_and_text(
    stored: Stored, tmp_path: Path
) -> None:
    words = pa.dictionary(pa.int8(), pa.string())
    for day, kind in ((MONDAY, pa.date64()), (str(MONDAY), words)):
        rows = [{**daily(day=day), "close": Decimal("10.25")}]
        stored.bring(parquet(tmp_path / "types.parquet", rows, symbol=words, date=kind))

    assert [row["close"] for row in stored.daily()] == [10.25]


def test_single_precision_is_rounded_to_4_decimals_and_said(stored: Stored, tmp_path: Path) -> None:
    rows = [daily(close=123.00019836425781, open=123.0)]
    path = parquet(tmp_path / "single.parquet", rows, close=pa.float32(), open=pa.float32())

    report = stored.bring(path)

    assert stored.closes() == [123.0002]
    assert "open, close: single precision, rounded to 4 decimals" in report.problems


def test_double_precision_is_rounded_to_6_decimals(stored: Stored) -> None:
    stored.bring_rows([daily(close=10.1234565)])

    assert stored.closes() == [10.123456]  # half to even


@pytest.mark.parametrize(
    "stamp",
    [
        MONDAY,
        "2025-01-06",
        " 2025-01-06 ",
        "2025-01-06 00:00",
        "2025-01-06T00:00:00Z",
        "2025-01-06T00:00:00-05:00",
        datetime(2025, 1, 6),
        datetime(2025, 1, 6, tzinfo=UTC),
        datetime(2025, 1, 6, 5, tzinfo=UTC),
    ],
)
def test_a_midnight_is_a_date(stored: Stored, stamp: object) -> None:
    report = stored.bring_rows([daily(day=stamp)])

    assert report.resolution == "1d"
    assert stored.daily()[0]["date"] == MONDAY


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "+01:00", "America/New_York"])
def test_midnight_in_the_columns_own_zone_is_a_date(
    stored: Stored, tmp_path: Path, zone: str
) -> None:
    hours = {"Europe/Berlin": -1, "Asia/Kolkata": -5.5, "+01:00": 5, "America/New_York": 5}[zone]
    midnight = datetime.fromtimestamp(
        datetime(2025, 1, 6, tzinfo=UTC).timestamp() + hours * 3600, UTC
    )
    path = parquet(tmp_path / "zone.parquet", [daily(day=midnight)], date=pa.timestamp("ns", zone))

    assert stored.bring(path).first == MONDAY


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("2025-01-06T09:30:00-05:00", False),
        ("2025-01-06 14:30:00Z", False),
        ("2025-01-06 14:30", True),
        (datetime(2025, 1, 6, 14, 30), True),
        (datetime(2025, 1, 6, 14, 30, tzinfo=UTC), False),
    ],
)
def test_a_time_becomes_utc_and_a_missing_zone_is_said(
    stored: Stored, stamp: object, said: bool
) -> None:
    report = stored.bring_rows([minute(timestamp=stamp)])

    assert report.resolution == "1m"
    bars = stored.store.read_minutes(MONDAY)
    assert bars["timestamp"].to_pylist() == [datetime(2025, 1, 6, 14, 30, tzinfo=UTC)]
    assert ("column timestamp has no time zone: taken as UTC" in report.problems) is said


def test_new_york_times_without_their_zone_are_suspected(stored: Stored) -> None:
    rows = [minute(timestamp=f"2025-01-06 {at}") for at in ("09:30", "09:31", "15:59")]

    problem = stored.bring_rows(rows).problems[0]

    assert problem.endswith("taken as UTC, but they look like New York times: add the offset")


def test_daily_bars_stamped_with_a_time_of_day_are_no_minutes(
    stored: Stored, tmp_path: Path
) -> None:
    rows = [minute(number=1440 * n) for n in range(5)]
    path = parquet(tmp_path / "stamped.parquet", rows)

    assert "bars are a day apart" in refusal(stored, path)
    assert "times of day, daily bars have dates" in refusal(stored, path, resolution="1d")


@pytest.mark.parametrize(
    ("step", "spoken"), [(5, "5 minutes"), (60, "60 minutes"), (0.5, "30 seconds")]
)
def test_coarser_and_finer_bars_are_refused(
    stored: Stored, tmp_path: Path, step: float, spoken: str
) -> None:
    path = parquet(tmp_path / "five.parquet", [minute(number=step * n) for n in range(30)])

    for resolution in (None, "1m"):
        refused = refusal(stored, path, resolution=resolution)
        assert refused.startswith(f"bars are {spoken} apart; the agent stores 1m and 1d")


def test_few_thin_minutes_are_believed_when_told(stored: Stored, tmp_path: Path) -> None:
    path = parquet(tmp_path / "thin.parquet", [minute(number=n) for n in (0, 5, 10)])

    assert "--resolution 1m" in refusal(stored, path)
    assert stored.bring(path, resolution="1m").added == 3


def test_thin_minutes_on_no_coarser_grid_are_minutes(stored: Stored) -> None:
    assert stored.bring_rows([minute(number=n) for n in (0, 2, 4, 7, 12, 14)]).resolution == "1m"


def test_dates_are_no_minutes(stored: Stored, tmp_path: Path) -> None:
    path = parquet(tmp_path / "dates.parquet", days(3))

    assert "holds dates" in refusal(stored, path, resolution="1m")


def test_of_date_and_timestamp_the_time_counts_unless_daily_bars_are_asked_for(
    tmp_path: Path,
) -> None:
    rows = [minute(date=MONDAY)]

    by_time, by_date = Stored(tmp_path / "a"), Stored(tmp_path / "b")
    assert "ignored columns: date" in by_time.bring_rows(rows).problems
    assert "ignored columns: timestamp" in by_date.bring_rows(rows, resolution="1d").problems
    assert by_time.store.minute_dates() == [MONDAY]
    assert by_date.store.daily_dates() == (MONDAY, MONDAY)


def test_the_source_is_as_told_or_the_files_own_or_its_name(tmp_path: Path) -> None:
    rows = [daily("A", source="vendor"), daily("B", source=None)]
    expected = {None: ["vendor", "rows"], "mine": ["mine", "mine"]}

    for told, sources in expected.items():
        stored = Stored(tmp_path / str(told))
        stored.bring_rows(rows, source=told)
        assert [row["source"] for row in stored.daily()] == sources


def test_corrupt_pages_are_refused(stored: Stored, tmp_path: Path) -> None:
    path = tmp_path / "pages.parquet"
    pq.write_table(table(days(500)), path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[40:4000] = bytes(3960)
    path.write_bytes(content)

    assert "cannot be read" in refusal(stored, path)
