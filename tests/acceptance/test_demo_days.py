"""The two bundled days: what is seen in them, and that they leave nothing behind elsewhere."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import document, fin_agent, in_own_process
from tests.acceptance.folders import files_below
from tests.entrypoints.test_schemas import check


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def days(data_dir: Path) -> dict[int, Any]:
    return {day: document("demo", "--day", day, "--data-dir", data_dir) for day in (1, 2)}


def test_both_documents_fit_their_schema_and_say_that_they_are_simulated(
    days: dict[int, Any],
) -> None:
    for day in days.values():
        check("run", day)
        assert day["simulated"] is True
        assert day["sessions"] == 1


def test_all_four_entries_are_planned_on_each_day(days: dict[int, Any], data_dir: Path) -> None:
    place = ("--config", data_dir / "demo/config.yaml", "--data-dir", data_dir / "demo")
    for day in days.values():
        scan = document("scan", "--at", day["from"], *place)
        check("scan", scan)
        assert {plan["entry"] for plan in scan["plans"]} == {
            "market",
            "opening_range",
            "pullback",
            "vwap",
        }
        assert len(scan["plans"]) == 5


def test_the_first_day_has_a_stop_a_target_a_flat_exit_and_a_refusal(days: dict[int, Any]) -> None:
    first = days[1]

    assert {trade["exit_reason"] for trade in first["trades"]} == {"stop", "target", "flat"}
    assert {trade["entry"] for trade in first["trades"]} == {
        "market",
        "opening_range",
        "pullback",
        "vwap",
    }
    assert first["plans_without_trade"]["refused"] == 1
    assert first["locked_sessions"] == 0


def test_the_second_day_locks_at_the_daily_loss(days: dict[int, Any]) -> None:
    second = days[2]

    assert second["locked_sessions"] == 1
    assert "daily_loss" in {trade["exit_reason"] for trade in second["trades"]}
    assert second["equity"][0]["pnl"] < -33
    assert {"expired", "not armed", "refused"} <= second["plans_without_trade"].keys()


def test_a_demo_twice_has_the_same_hash(days: dict[int, Any], tmp_path: Path) -> None:
    again = in_own_process(
        "demo", "--json", "--data-dir", tmp_path, env={"PYTHONHASHSEED": "4711", "LC_ALL": "C"}
    )

    assert again.code == 0
    assert again.document == days[1]


def test_a_demo_writes_into_its_folder_of_the_data_directory_only(tmp_path: Path) -> None:
    home, here, data_dir = tmp_path / "home", tmp_path / "here", tmp_path / "data"
    for folder in (home, here):
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")
    before = files_below(home, here)

    done = in_own_process(
        "demo", "--data-dir", data_dir, cwd=here, env={"HOME": str(home), "TMPDIR": str(home)}
    )

    assert done.code == 0
    assert files_below(home, here) == before
    assert [path.name for path in data_dir.iterdir()] == ["demo"]
    assert data_dir.stat().st_mode & 0o077 == 0  # nobody else's business


def test_the_settings_around_do_not_change_the_demo(days: dict[int, Any], tmp_path: Path) -> None:
    run = document(
        *("demo", "--data-dir", tmp_path, "--set", "risk.max_position=10"),
        env={"FIN_AGENT__SCAN__TOP_N": "1"},
    )

    assert run["decision_hash"] == days[1]["decision_hash"]


@pytest.mark.parametrize("day", [1, 2])
def test_the_html_report_loads_nothing_from_elsewhere(
    days: dict[int, Any], data_dir: Path, day: int
) -> None:
    assert days
    page = (data_dir / "demo" / f"demo-day-{day}.html").read_text(encoding="utf-8")

    loads = re.findall(
        r"""<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*["']?([^"'\s>]+)""", page
    )
    assert [where for where in loads if not where.startswith("data:")] == []
    assert not re.search(r"@import|url\(\s*['\"]?https?:", page)
    assert "simulated" in page.lower()


def test_a_person_is_told_what_happened_and_where_to_go_on(tmp_path: Path) -> None:
    done = fin_agent("demo", "--data-dir", tmp_path)

    assert done.code == 0
    for word in ("BREVA", "AXLO", "DELQO", "EVORI", "stop", "target", "flat", "hash"):
        assert word in done.out
    assert "fin-agent why" in done.err
    assert "fin-agent journal list" in done.err


def test_laying_the_demo_out_again_leaves_its_files_alone(laid_out: Path, tmp_path: Path) -> None:
    """A demo that runs at the same time may be reading them."""
    assert laid_out
    document("demo", "--data-dir", tmp_path)
    kept = {
        path: path.stat().st_mtime_ns
        for path in (tmp_path / "demo").rglob("*")
        if path.is_file() and not {"runs", "bars"} & set(path.parts) and path.suffix != ".html"
    }

    document("demo", "--day", 2, "--data-dir", tmp_path)

    assert {path: path.stat().st_mtime_ns for path in kept} == kept
