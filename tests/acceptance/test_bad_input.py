"""Everything that can be wrong from outside: the exit code, and one line that helps."""

import os
from pathlib import Path

import pytest

from tests.acceptance.command_line import document, fin_agent, refusal
from tests.acceptance.demo_days import FIRST, DemoDays
from tests.acceptance.folders import files_below


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty; it needs a header with symbol"),
        ("# nothing\n\n", "is empty; it needs a header with symbol"),
        ("symbol,type\n", "lists no symbol"),
        ("ticker\nAAPL\n", "no column symbol among ticker"),
    ],
)
def test_an_empty_universe(demo_days: DemoDays, text: str, problem: str) -> None:
    path = demo_days.folder / "empty.csv"
    path.write_text(text)

    words = ("--set", "universe.file=empty.csv", *demo_days.place)

    for command in (("scan", "--at", FIRST), ("replay", FIRST), ("why", "AXLO")):
        assert refusal(78, *command, *words) == [f"universe.file {path}: {problem}"]


def test_a_universe_file_that_is_not_there(demo_days: DemoDays) -> None:
    words = ("--set", "universe.file=nope.csv", *demo_days.place)

    assert refusal(78, "replay", FIRST, *words) == [
        'universe.file nope.csv: no such file; name one, or "all"'
    ]


def test_every_bad_value_of_a_universe_is_named_by_line_and_column(demo_days: DemoDays) -> None:
    path = demo_days.folder / "bad.csv"
    path.write_text(
        "symbol,type,kid,short_float_pct\n# a comment\nAXLO,stok,,\nBREVA,stock,maybe,\n"
        "DELQO,stock,yes,12x\nE VORI,stock,,\nAXLO,stock,,\nAXLO,stock,,\n"
    )

    problems = refusal(78, "replay", FIRST, "--set", "universe.file=bad.csv", *demo_days.place)

    head = f"universe.file {path}: line"
    kinds = "stock, adr, etf, etn, fund, warrant, unit, right"
    assert problems == [
        f"{head} 3, column type: must be one of {kinds}, was 'stok'",
        f"{head} 4, column kid: must be yes or no, was 'maybe'",
        f"{head} 5, column short_float_pct: must be a percentage, was '12x'",
        f"{head} 6, column symbol: a symbol is needed, was 'E VORI'",
        f"{head} 8: AXLO twice",
    ]


def test_an_unknown_column_of_a_universe_is_a_warning(demo_days: DemoDays) -> None:
    path = demo_days.folder / "colours.csv"
    path.write_text("symbol,colour,type\nAXLO,red,stock\n")
    words = ("--set", "universe.file=colours.csv", *demo_days.place)

    for command in (("scan", "--at", FIRST), ("replay", FIRST), ("config", "check")):
        for form in ((), ("--json",)):
            done = fin_agent(*command, *form, *words)
            assert done.code == 0
            assert done.warnings == [f"{path}: columns nobody reads: colour"]


@pytest.mark.parametrize("command", ["replay", "scan", "backtest"])
def test_an_unknown_symbol(demo_days: DemoDays, command: str) -> None:
    days = {
        "replay": ("replay", FIRST),
        "scan": ("scan", "--at", FIRST),
        "backtest": ("backtest", "--from", FIRST, "--to", FIRST),
    }
    universe = len((demo_days.folder / "universe.csv").read_text().splitlines()) - 1

    problems = refusal(2, *days[command], "--symbols", "AXLO,ZZZZ,QQQQ", *demo_days.place)

    assert problems == [
        f"QQQQ, ZZZZ: neither in the universe ({universe} symbols) nor in the bar store"
    ]


def test_why_of_an_unknown_symbol(demo_days: DemoDays) -> None:
    (problem,) = refusal(2, "why", "ZZZZ", "--date", FIRST, *demo_days.place)

    assert problem.startswith("ZZZZ is neither in the universe (")


def test_a_day_without_data(demo_days: DemoDays) -> None:
    near = "the nearest stored sessions are 2026-03-03, 2026-03-04"

    assert refusal(65, "replay", "2026-03-05", *demo_days.place) == [
        f"no minute bars are stored for 2026-03-05; {near}"
    ]
    span = ("backtest", "--from", "2026-03-05", "--to", "2026-03-06")
    assert refusal(65, *span, *demo_days.place) == [
        "no minute bars between 2026-03-05 and 2026-03-06; stored are 2026-03-03 to 2026-03-04"
    ]
    (problem,) = refusal(65, "scan", "--at", "2026-03-06", *demo_days.place)
    assert problem.startswith("no daily bars are stored for 2026-03-06")


def test_nothing_stored_at_all(tmp_path: Path) -> None:
    place = ("--data-dir", tmp_path / "new", "--config", _settings(tmp_path))

    for command in (("replay", FIRST), ("scan",), ("backtest", "--from", FIRST, "--to", FIRST)):
        (problem,) = refusal(65, *command, *place)
        assert "stored" in problem
    (problem,) = refusal(65, "journal", "list", *place)
    assert problem.endswith("yet; try fin-agent demo, replay, backtest or run")
    assert document("data", "list", *place) == {"sets": []}
    assert not list((tmp_path / "new").rglob("*.db"))


def _settings(folder: Path) -> Path:
    path = folder / "settings.yaml"
    path.write_text("universe: {file: all}\nscan: {at: open}\nfx: {fixed: 1.0}\n")
    return path


@pytest.mark.parametrize(
    ("day", "why", "before", "after"),
    [
        ("2025-11-27", "Thursday", "2025-11-26", "2025-11-28"),
        ("2025-12-25", "Thursday", "2025-12-24", "2025-12-26"),
        ("2026-03-07", "Saturday", "2026-03-06", "2026-03-09"),
    ],
)
def test_a_holiday_names_the_sessions_around_it(
    demo_days: DemoDays, day: str, why: str, before: str, after: str
) -> None:
    closed = f"{day} ({why}) is not a session: the exchange is closed"
    around = f"the sessions around it are {before} and {after}"

    for command in (("replay", day), ("scan", "--at", day), ("why", "AXLO", "--date", day)):
        assert refusal(2, *command, *demo_days.place) == [f"{closed}; {around}"]


def test_an_unreadable_file_leaves_the_store_as_it_was(demo_days: DemoDays) -> None:
    folder = demo_days.folder
    (stored,) = (folder / "bars" / "1m").rglob(f"{FIRST}-*.parquet")
    whole = stored.read_bytes()
    cut, dust = folder / "cut.parquet", folder / "dust.parquet"
    cut.write_bytes(whole[: len(whole) // 2])
    dust.write_bytes(b"PAR1" + os.urandom(4000))
    before = files_below(folder / "bars")

    for path in (cut, dust, folder / "none.parquet", folder):
        (problem,) = refusal(65, "data", "import", path, "--data-dir", folder)
        assert problem.startswith(f"{path}: ")
    assert files_below(folder / "bars") == before


def test_one_bad_file_among_several_is_named(demo_days: DemoDays, tmp_path: Path) -> None:
    bad = tmp_path / "columns.csv"
    bad.write_text("symbol,when,price\nAXLO,2026-03-03,1\n")

    (problem,) = refusal(65, "data", "import", bad, "--data-dir", demo_days.folder)

    assert problem == (
        f"{bad}: no column open, high, low, close, volume, timestamp or date; "
        "found symbol, when, price; rename the columns"
    )


def test_a_damaged_bar_store_is_named(demo_days: DemoDays) -> None:
    (stored,) = (demo_days.folder / "bars" / "1m").rglob(f"{FIRST}-*.parquet")
    stored.write_bytes(b"nothing of a Parquet file")

    (problem,) = refusal(65, "replay", FIRST, *demo_days.place)

    assert str(stored) in problem


def test_missing_fx_is_the_verdict_of_every_symbol(demo_days: DemoDays) -> None:
    words = ("--set", "fx.fixed=null", *demo_days.place)

    scan = document("scan", "--at", FIRST, *words)
    run = document("replay", FIRST, *words)
    person = fin_agent("replay", FIRST, *words)

    assert scan["fx"] is None
    assert scan["verdict_counts"] == run["verdict_counts"] == {"fx": scan["universe"]}
    assert scan["verdicts"][0]["measured"] == (
        "no EUR/USD rate: set fx.fixed, or configure a source in fx.use"
    )
    assert (scan["candidates"], scan["plans"], run["trades"]) == ([], [], [])
    assert person.code == 0
    assert "No usable exchange rate" in person.out


@pytest.mark.parametrize("rate", ["0.4", "2.1"])
def test_an_absurd_fx_is_no_fx(demo_days: DemoDays, rate: str) -> None:
    scan = document("scan", "--at", FIRST, "--set", f"fx.fixed={rate}", *demo_days.place)

    assert scan["verdict_counts"] == {"fx": scan["universe"]}
    assert scan["verdicts"][0]["measured"] == f"fx {rate} is outside 0.5..2 (config)"
