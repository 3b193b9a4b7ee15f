"""Everything that is wrong with the settings is told at once, by key, with the nearest name."""

from pathlib import Path

import pytest

from fin_agent.composition.loading import Choices, load
from fin_agent.domain.errors import ConfigError


def problems_of(folder: Path, *assignments: str, config: str = "", **environment: str) -> list[str]:
    path = folder / "config.yaml"
    path.write_text(config, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(Choices(path, None, assignments), environment)
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("assignment", "problem"),
    [
        ("risk.max_entris=3", "risk.max_entris: unknown key; did you mean max_entries?"),
        ("risk.xyz=3", "risk.xyz: unknown key; there are risk_per_trade_pct, max_position, "),
        ("risc.max_entries=3", "risc: unknown key; did you mean risk?"),
        ("zzz=3", "zzz: unknown key; there are account, fx, universe, scan, "),
        ("account.bankroll=-5", "account.bankroll: must be greater than 0, was -5"),
        ("account.bankroll=0", "account.bankroll: must be greater than 0, was 0"),
        ("account.bankroll=.nan", "account.bankroll: must be a finite number, was nan"),
        ("account.bankroll=.inf", "account.bankroll: must be a finite number, was inf"),
        ("account.bankroll=much", "account.bankroll: must be a valid decimal, was 'much'"),
        ("account.currency=euro", "account.currency: String should match pattern '^[A-Z]{3}$'"),
        ("scan.min_gap_pct=x", "scan.min_gap_pct: must be a valid number, unable to parse"),
        ("scan.min_gap_pct=.nan", "scan.min_gap_pct: must be a finite number, was nan"),
        ("scan.min_gap_pct=30", "scan: min_gap_pct is above max_gap_pct: nothing could pass"),
        ("scan.min_price=900", "scan: min_price is above max_price: nothing could pass"),
        ("scan.rvol_missing=maybe", "scan.rvol_missing: must be 'keep' or 'reject', was 'maybe'"),
        ("scan.at=noon", "scan.at: String should match pattern"),
        ("scan.at=735", "scan.at: must be a valid string, was 735"),
        ("scan.at=8", "scan.at: must be a valid string, was 8"),
        ("scan.top_n=2.5", "scan.top_n: must be a valid integer, got a number with a fraction"),
        ("scan=5", "scan: must be a valid dictionary or instance of ScanSettings, was 5"),
        ("plan.stop_min_pct=4", "plan: stop_min_pct is above stop_max_pct"),
        ("session.no_entry_minutes_before_close=5", "session: no_entry_minutes_before_close is "),
        ("factors=[]", "factors: List should have at least 1 item"),
        ("factors=[{use: volatility, weight: 0}]", "settings: factors: at least one weight must"),
        ("factors=[{use: volatility}]", "factors.0.weight: Field required"),
        ("factors=[{use: a, wieght: 1}]", "factors.0.weight: Field required"),
        ("entries=[vwap]", "entries.0: must be a valid dictionary or instance of PlugIn"),
        ("fx.use=[oanda]", "fx.use.0: must be 'yahoo', 'ecb' or 'alpha_vantage'"),
        ("broker.live=true", "broker.live: 'paper' trades no real money; name a broker"),
        ("volume_profile={16:00: 1}", "volume_profile: Dictionary should have at least 2 items"),
        ("universe.file=", "universe.file: must be a valid string, was None"),
    ],
)
def test_a_wrong_value_is_told_by_its_key(tmp_path: Path, assignment: str, problem: str) -> None:
    assert problems_of(tmp_path, assignment)[0].startswith(problem)


def test_a_volume_profile_must_rise(tmp_path: Path) -> None:
    falling = 'volume_profile={"04:00": 0.5, "16:00": 0.2}'

    assert problems_of(tmp_path, falling) == [
        "settings: volume_profile must rise with the time, within 0..1"
    ]


def test_an_unknown_key_of_a_factor_has_its_place(tmp_path: Path) -> None:
    wrong = "factors=[{use: a, weight: 1}, {use: b, weight: 1, wieght: 2}]"

    assert problems_of(tmp_path, wrong) == ["factors.1.wieght: unknown key; did you mean weight?"]


def test_all_problems_of_all_sources_are_told_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        "scan.top_n=0",
        "plan.stop_rule=wide",
        config="account: {bankroll: -1}\nsession: {entry_window: 3}",
        FIN_AGENT__RISK__MAX_ENTRIES="abc",
    )

    assert sorted(problem.split(":")[0] for problem in found) == [
        "account.bankroll",
        "plan.stop_rule",
        "risk.max_entries",
        "scan.top_n",
        "session.entry_window",
    ]


def test_what_is_no_assignment_is_told_with_an_example(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "novalue", "=5", FIN_AGENT__RISC__MAX_ENTRIES="3")

    assert found == [
        "--set novalue: write it as key=value, for example risk.max_entries=3",
        "--set =5: write it as key=value, for example risk.max_entries=3",
        "environment FIN_AGENT__RISC__MAX_ENTRIES: unknown key; did you mean risk?",
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("FIN_AGENT__RISK__MAX_ENTRIS", "risk.max_entris: unknown key; did you mean max_entries?"),
        ("fin_agent__risc__max_entries", "environment fin_agent__risc__max_entries: unknown key"),
        ("FIN_AGENT__FACTORS", "factors: must be a valid list, was '3'"),
        ("FIN_AGENT__RISK", "risk: must be a valid dictionary or instance of RiskSettings"),
    ],
)
def test_an_unknown_variable_is_told_by_its_key(tmp_path: Path, name: str, problem: str) -> None:
    (found,) = problems_of(tmp_path, **{name: "3"})

    assert found.startswith(problem.replace("'3'", "3"))


def test_other_variables_are_nobodys_business(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("")

    load(Choices(path), {"FIN_AGENT_DATA_DIR": "/x", "FIN_AGENTS": "1", "PATH": "/bin"})


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("scan: [1", "cannot be read as YAML: while parsing a flow sequence"),
        ("- 1\n- 2", "must hold keys and values, was list"),
        ("just words", "must hold keys and values, was str"),
        ("1: 2", "unknown key 1; keys are words"),
        ("risk: {max_entries: 1}\nscan: {}\nrisk: {}", "cannot be read as YAML: risk stands twice"),
        ("risk:\n  max_entries: 1\n  max_entries: 2", "cannot be read as YAML: max_entries stands"),
        ("scan: !!python/name:os.system ''", "cannot be read as YAML: could not determine"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(
    tmp_path: Path, config: str, problem: str
) -> None:
    (found,) = problems_of(tmp_path, config=config)

    assert found.startswith(f"{tmp_path}/config.yaml: {problem}")


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match=f"{path}: cannot be read as YAML: 'utf-8' codec"):
        load(Choices(path), {})


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--config .*/none.yaml: no such file"):
        load(Choices(tmp_path / "none.yaml"), {})
    with pytest.raises(ConfigError, match="--profile none: not found; there are demo, dev, paper"):
        load(Choices(None, "none"), {})
