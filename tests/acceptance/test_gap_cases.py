"""The gaps listed in gap_cases.csv, found by a scan at the open with the gap stated there."""

import csv
from collections import defaultdict
from pathlib import Path

import pyarrow.compute as pc
import pytest

from tests.acceptance.command_line import Word, document
from tests.acceptance.minute_files import FILES, bring_with_days, minutes_of
from tests.recorded_data import need

OPENING_MINUTE = "570"
# Whatever passes every other gate and moved by 4 % or more fails `gap_max`, which names its gap.
ASK = (
    *("universe.file=all", "account.currency=USD", "account.allow_short=true", "scan.at=open"),
    *("scan.min_history=1", "scan.min_price=0", "scan.max_price=1000000", "scan.min_adv=0"),
    *("scan.min_gap_pct=4", "scan.max_gap_pct=4"),
)
SETTINGS = tuple(word for setting in ASK for word in ("--set", setting))

Row = dict[str, str]


def rows_of(recorded: Path, dataset: str) -> dict[str, list[Row]]:
    """The cases of a file by date, as far as the file goes."""
    path = recorded / "intraday" / "gap_cases.csv"
    need(path)
    last = pc.max(minutes_of(recorded, dataset)["timestamp"]).as_py().date().isoformat()
    found = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["dataset"] == dataset and row["date"] <= last:
                found[row["date"]].append(row)
    return found


@pytest.mark.parametrize("dataset", FILES)
def test_a_scan_finds_the_stated_gaps(recorded: Path, tmp_path: Path, dataset: str) -> None:
    cases = rows_of(recorded, dataset)
    bring_with_days(tmp_path, recorded, dataset)

    assert len(cases) >= 2
    for day, rows in cases.items():
        scan = document("scan", "--at", day, "--data-dir", tmp_path, *SETTINGS)
        verdicts = {row["symbol"]: row for row in scan["verdicts"]}
        traded = [row for row in rows if float(row["rth_volume"])]  # an index has no trade
        at_open = {r["symbol"]: r for r in traded if r["first_m"] == OPENING_MINUTE}
        found = {s: row["measured"] for s, row in verdicts.items() if row["verdict"] == "gap_max"}
        for symbol, row in at_open.items():  # the list leaves some out, so there may be more
            assert found[symbol] == pytest.approx(100 * float(row["gap"]), abs=0.011), day
        for row in traded:
            if row["symbol"] not in at_open:
                assert verdicts[row["symbol"]]["verdict"] == "quote"


def test_wolf_of_may_9_falls_by_a_quarter_before_the_open(recorded: Path, tmp_path: Path) -> None:
    """With the pre-market tape the gap is there at 08:00, with its volume."""
    bring_with_days(tmp_path, recorded, "min1_ext_smallcap5_2025_05")
    ask: tuple[Word, ...] = (*SETTINGS, "--symbols", "WOLF", "--data-dir", tmp_path)

    found = {}
    for at in ("2025-05-09T08:00", "2025-05-09T09:25", "2025-05-09Topen"):
        scan = document("scan", "--at", at, *ask)
        found[at] = scan["verdicts"][0]
    measured = {at: row["measured"] for at, row in found.items()}

    assert {row["verdict"] for row in found.values()} == {"gap_max"}
    assert measured["2025-05-09Topen"] == pytest.approx(-25.792, abs=0.001)
    assert measured["2025-05-09T08:00"] < -10
    assert measured["2025-05-09T09:25"] == pytest.approx(-28.959, abs=0.001)  # 3.14
