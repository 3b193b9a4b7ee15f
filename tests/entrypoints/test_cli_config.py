"""``config``, ``init`` and ``status``."""

from pathlib import Path

import pytest

from fin_agent.composition.settings import AppSettings
from tests.acceptance.command_line import document, fin_agent, refusal
from tests.acceptance.demo_days import FIRST, DemoDays
from tests.entrypoints.test_schemas import check

STARTER = ("config.yaml", "config/universe/default.csv")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, which is the home too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def test_the_defaults_are_fine(here: Path) -> None:
    done = fin_agent("config", "check")

    assert (done.code, done.out, done.err) == (0, "configuration is fine\n", "")
    shown = document("config", "check")
    check("config", shown)
    assert (shown["ok"], shown["problems"]) == (True, [])
    assert list(here.iterdir()) == []


PROBLEMS = {
    "broker.use=ibkr": "broker.use: no plug-in 'ibkr'; there are alpaca, manual, paper",
    "news.use=x": (
        "news.use: no plug-in 'x'; there are alpaca, chain, edgar, finnhub, gdelt, newsapi,"
        " recorded, silent, taped, yahoo"
    ),
    "providers.market_data=[yahooo]": (
        "providers.market_data: no plug-in 'yahooo'; there are alpaca, alpha_vantage, chain, daily,"
        " finnhub, live, nasdaq, stored, taped, yahoo"
    ),
    "factors=[{use: luck, weight: 1}]": (
        "factors.0.use: no plug-in 'luck'; there are catalyst, liquidity, sentiment, volatility"
    ),
    "entries=[{use: hope}]": (
        "entries.0.use: no plug-in 'hope'; there are market, opening_range, pullback, vwap"
    ),
    "news.options={colour: red}": "news.options.colour: unknown option; options are none",
    "entries=[{use: market, options: {at_open: perhaps}}]": (
        "entries.0.options.at_open: must be a valid boolean, unable to interpret input; "
        "options are at_open"
    ),
    "universe.file=none.csv": 'universe.file none.csv: no such file; name one, or "all"',
    "account.bankroll=-5": "account.bankroll: must be greater than 0, was -5",
    "risk.max_entris=3": "risk.max_entris: unknown key; did you mean max_entries?",
    "scan.at=24:00": (
        "scan.at: String should match pattern '^(open|([01]\\d|2[0-3]):[0-5]\\d)$', was '24:00'"
    ),
}


@pytest.mark.parametrize(("setting", "problem"), PROBLEMS.items())
def test_a_problem_is_told_with_its_key(here: Path, setting: str, problem: str) -> None:
    assert here
    done = fin_agent("config", "check", "--set", setting)
    shown = fin_agent("config", "check", "--json", "--set", setting)

    assert done.code == shown.code == 78
    assert done.problems == [problem]
    check("config", shown.document)
    assert (shown.document["ok"], shown.document["problems"]) == (False, [problem])


def test_every_problem_is_listed_at_once(here: Path) -> None:
    assert here
    settings = (
        *("broker.use=x", "news.use=y", "universe.file=z.csv"),
        *("factors=[{use: a, weight: 1}]", "entries=[{use: b}]"),
    )

    done = fin_agent("config", "check", *(w for s in settings for w in ("--set", s)))

    assert [problem.split(":")[0] for problem in done.problems] == [
        "factors.0.use",
        "entries.0.use",
        "broker.use",
        "news.use",
        "universe.file z.csv",
    ]


@pytest.mark.parametrize("command", [("scan",), ("replay", FIRST), ("status",), ("data", "list")])
def test_a_wrong_configuration_stops_every_command(here: Path, command: tuple[str, ...]) -> None:
    assert here
    problems = refusal(78, *command, "--set", "account.bankroll=-5", "--set", "risc.x=1")

    assert problems[0] == "account.bankroll: must be greater than 0, was -5"
    assert problems[1].startswith("risc: unknown key; did you mean risk?")


def test_a_missing_plug_in_stops_a_run(demo_days: DemoDays) -> None:
    words = ("--set", "broker.use=ibkr", *demo_days.place)

    assert refusal(78, "replay", FIRST, *words) == [
        "broker.use: no plug-in 'ibkr'; there are alpaca, manual, paper"
    ]


def test_show_names_its_files_and_every_setting(here: Path) -> None:
    (here / "config.yaml").write_text("risk: {max_entries: 3}\n")

    done = fin_agent("config", "show", "--profile", "dev", "--set", "scan.at=12:15")
    shown = document("config", "show", "--profile", "dev", "--set", "scan.at=12:15")

    assert done.out.startswith(f"# {here}/config.yaml\n# ")
    assert "config/dev.yaml" in done.out
    check("config", shown)
    assert shown["settings"].keys() == AppSettings.model_fields.keys()
    assert shown["settings"]["risk"]["max_entries"] == 3
    assert shown["settings"]["scan"]["at"] == "12:15"
    assert shown["settings"]["account"]["currency"] == "USD"


def test_init_writes_what_works_and_overwrites_nothing(here: Path) -> None:
    first = document("init", here / "mine")
    (here / "mine/config.yaml").write_text("risk: {max_entries: 2}\n")
    second = document("init", here / "mine")

    assert [Path(p).relative_to(here / "mine").as_posix() for p in first["written"]] == [*STARTER]
    assert (second["written"], len(second["kept"])) == ([], 2)
    assert (here / "mine/config.yaml").read_text() == "risk: {max_entries: 2}\n"
    done = fin_agent("config", "check", "--config", here / "mine/config.yaml")
    assert done.out == "configuration is fine\n"


def test_init_into_a_file_cannot_be(here: Path) -> None:
    (here / "file").write_text("")

    assert refusal(73, "init", here / "file") == [f"{here}/file: cannot be written (File exists)"]


def test_status_of_nothing_and_of_something(demo_days: DemoDays, tmp_path: Path) -> None:
    empty = document("status", "--data-dir", tmp_path / "new")
    assert (empty["stored_sets"], empty["runs"]) == (0, [])

    document("replay", FIRST, *demo_days.place)
    there = document("status", *demo_days.place)

    assert (there["stored_sets"], there["runs"]) == (2, [f"replay-{FIRST}"])
    assert there["data_dir"] == str(demo_days.folder)
    assert (there["state"], there["live"], there["broker"]) == ("ACTIVE", False, "paper")
    for key in ("date", "open", "close", "half_day", "phase"):
        assert key in there["session"]
    person = fin_agent("status", *demo_days.place)
    for word in ("data dir", "2 sets of bars, 1 run", "paper money", "no session yet"):
        assert word in person.out
