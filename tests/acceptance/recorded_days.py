"""The worked example's files as a data directory."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import Word, document
from tests.acceptance.folders import beside, made_once
from tests.recorded_data import DATA, need

EXAMPLE = DATA.parent / "example" / "example.json"
LONG = bool(os.environ.get("FIN_AGENT_TEST_LONG"))


def bring(data_dir: Path, name: str, *options: str) -> Any:
    """Import a recorded file by its name below the data folder."""
    return document("data", "import", DATA / name, *options, "--data-dir", data_dir)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded market data."""
    need(DATA)
    return DATA


class ExampleDays:
    """The example's three sessions: what is expected of them and how to ask for them."""

    def __init__(self, folder: Path, expected: dict[str, Any]) -> None:
        self.folder = folder
        self.options = expected["options"]
        self.sessions: dict[str, Any] = {s["session_date"]: s for s in expected["sessions"]}

    @property
    def place(self) -> tuple[Word, ...]:
        return ("--config", self.folder / "config.yaml", "--data-dir", self.folder)


def write_configuration(folder: Path, options: dict[str, Any]) -> None:
    """The example's settings and its universe, with ETFs where it says so."""
    with (folder / "universe.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["symbol", "type"])
        funds = set(options["not_common_stock"])
        writer.writerows(
            [name, "etf" if name in funds else "stock"] for name in options["universe"]
        )
    settings = {**options["config"], "universe": {"file": "universe.csv"}}
    (folder / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")


@pytest.fixture(scope="session")
def example_store(tmp_path_factory: pytest.TempPathFactory, recorded: Path) -> Path:
    options = json.loads(EXAMPLE.read_text(encoding="utf-8"))["options"]

    def store(folder: Path) -> None:
        for name in (*options["daily_files"], *options["minute_files"]):
            bring(folder, name.removeprefix("shared/data/"), "--adjusted")
        for name in options["split_files"]:
            bring(folder, name.removeprefix("shared/data/"), "--kind", "actions")
        document("status", "--data-dir", folder)  # keeps the calendar

    need(EXAMPLE)
    return made_once(tmp_path_factory, "example-store", store)


@pytest.fixture
def example_days(example_store: Path, tmp_path: Path) -> ExampleDays:
    """The example's data directory, with runs of this test."""
    expected = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    folder = beside(example_store, tmp_path / "example-days")
    write_configuration(folder, expected["options"])
    return ExampleDays(folder, expected)
