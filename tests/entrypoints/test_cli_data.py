"""``data``: files in, what is stored, and what is doubtful about it, for people and scripts."""

from pathlib import Path

import pytest

from tests.acceptance.command_line import document, fin_agent, refusal
from tests.entrypoints.test_schemas import check

HEAD = "symbol,date,open,high,low,close,volume\n"
GOOD = "AAA,2025-11-05,10,11,9,10.5,1000\nAAA,2025-11-06,10.5,11,10,11,2000\n"
BAD = (
    "AAA,2025-11-07,10,9,11,10,1000\nAAA,2025-11-08,10,11,9,10,1000\nAAA,2025-11-10,-1,11,-1,5,9\n"
)


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    path = tmp_path / "bars.csv"
    path.write_text(HEAD + GOOD + BAD)
    return path


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_an_import_counts_every_row_by_its_fate(bars: Path, data_dir: Path) -> None:
    report = document("data", "import", bars, "--source", "mine", "--data-dir", data_dir)

    check("data-import", report)
    assert (report["rows"], report["added"], report["quarantined"]) == (5, 2, 3)
    (file,) = report["files"]
    assert file["quarantined"] == {"consistency": 1, "not_a_session": 1, "not_positive": 1}
    assert (file["resolution"], file["first"], file["last"]) == ("1d", "2025-11-05", "2025-11-06")


def test_importing_twice_changes_nothing(bars: Path, data_dir: Path) -> None:
    document("data", "import", bars, "--data-dir", data_dir)

    again = document("data", "import", bars, "--data-dir", data_dir)

    assert (again["added"], again["unchanged"], again["conflicts"]) == (0, 2, 0)


def test_a_row_that_differs_is_kept_until_it_is_replaced(bars: Path, data_dir: Path) -> None:
    document("data", "import", bars, "--data-dir", data_dir)
    other = bars.with_name("other.csv")
    other.write_text(HEAD + "AAA,2025-11-06,10.5,11,10,10.9,2000\n")

    kept = document("data", "import", other, "--data-dir", data_dir)
    replaced = document("data", "import", other, "--replace", "--data-dir", data_dir)

    assert (kept["conflicts"], kept["replaced"]) == (1, 0)
    assert "2025-11-06 close 11" in kept["files"][0]["problems"][0]
    assert (replaced["conflicts"], replaced["replaced"]) == (0, 1)


def test_several_files_are_several_reports(bars: Path, data_dir: Path) -> None:
    splits = bars.with_name("actions.csv")
    splits.write_text("symbol,date,split\nAAA,2025-11-06,2\n")
    other = bars.with_name("other.csv")
    other.write_text(HEAD + "BBB,2025-11-06,10.5,11,10,10.9,2000\n")

    report = document("data", "import", bars, other, "--data-dir", data_dir)
    actions = document("data", "import", splits, "--kind", "actions", "--data-dir", data_dir)

    assert [Path(file["file"]).name for file in report["files"]] == ["bars.csv", "other.csv"]
    assert (report["added"], actions["added"]) == (3, 1)


def test_what_is_stored_is_listed(bars: Path, data_dir: Path) -> None:
    document("data", "import", bars, "--source", "mine", "--data-dir", data_dir)

    listing = document("data", "list", "--data-dir", data_dir)
    person = fin_agent("data", "list", "--data-dir", data_dir)

    check("data-list", listing)
    assert listing["sets"] == [
        {
            "kind": "bars",
            "resolution": "1d",
            "source": "mine",
            "symbols": 1,
            "rows": 2,
            "first": "2025-11-05",
            "last": "2025-11-06",
            "adjusted": False,
        }
    ]
    assert "mine" in person.out
    assert "as traded" in person.out


def test_what_is_doubtful_is_counted_by_rule(bars: Path, data_dir: Path) -> None:
    fin_agent("data", "import", bars, "--data-dir", data_dir)

    found = document("data", "check", "--data-dir", data_dir)
    person = fin_agent("data", "check", "--limit", "1", "--data-dir", data_dir)

    check("data-check", found)
    assert found["severities"]["quarantined"] == 3
    assert {"consistency", "not_a_session", "not_positive"} <= found["rules"].keys()
    for word in ("consistency", "not_positive", "quarantined rows are kept but never used"):
        assert word in person.out


def test_a_person_sees_what_an_import_brought(bars: Path, data_dir: Path) -> None:
    done = fin_agent("data", "import", bars, "--data-dir", data_dir)

    assert done.code == 0
    for word in ("bars.csv", "quarantined: consistency 1", "2025-11-05"):
        assert word in done.out


def test_an_empty_store_says_so(data_dir: Path) -> None:
    listed = fin_agent("data", "list", "--data-dir", data_dir)
    checked = fin_agent("data", "check", "--data-dir", data_dir)

    assert "import some: fin-agent data import FILE" in " ".join(listed.out.split())
    assert checked.out == "nothing doubtful is stored\n"
    assert not data_dir.exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--kind", "ticks"), "--kind 'ticks': choose bars or actions"),
        (("--resolution", "5m"), "--resolution '5m': choose 1d or 1m"),
    ],
)
def test_choices_that_are_none(
    bars: Path, data_dir: Path, words: tuple[str, ...], problem: str
) -> None:
    assert refusal(2, "data", "import", bars, *words, "--data-dir", data_dir) == [problem]
    assert not data_dir.exists()
