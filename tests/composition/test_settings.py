"""Where a setting comes from: defaults < config.yaml < profile < environment < --set."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from fin_agent.composition.loading import Choices, Loaded, embedded_folder, load
from fin_agent.composition.settings import AppSettings, FeeSettings


def loaded(
    folder: Path,
    *assignments: str,
    config: str = "",
    profile: str | None = None,
    **environment: str,
) -> Loaded:
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    (folder / "config").mkdir(exist_ok=True)
    if profile is not None:
        (folder / "config" / "mine.yaml").write_text(profile, encoding="utf-8")
    choices = Choices(folder / "config.yaml", None if profile is None else "mine", assignments)
    return load(choices, environment)


SOURCES = {
    "config": "risk: {max_entries: 1, max_position: 101, max_exposure: 301, daily_loss_cap: 11}",
    "profile": "risk: {max_entries: 2, max_position: 102, max_exposure: 302}",
    "FIN_AGENT__RISK__MAX_ENTRIES": "3",
    "FIN_AGENT__RISK__MAX_POSITION": "103",
}


def test_the_later_source_wins_key_by_key(tmp_path: Path) -> None:
    risk = loaded(tmp_path, "risk.max_entries=4", **SOURCES).settings.risk

    assert risk.max_entries == 4
    assert risk.max_position == 103
    assert risk.max_exposure == 302
    assert risk.daily_loss_cap == 11
    assert risk.risk_per_trade_pct == 2


@pytest.mark.parametrize("weakest", range(5))
def test_each_source_is_under_the_next(tmp_path: Path, weakest: int) -> None:
    given = [
        {},
        {"config": "scan: {top_n: 1}"},
        {"profile": "scan: {top_n: 2}"},
        {"FIN_AGENT__SCAN__TOP_N": "3"},
    ]
    texts: dict[str, str] = {}
    for source in given[: weakest + 1]:
        texts |= source
    assignments = ["scan.top_n=4"] if weakest == 4 else []

    found = loaded(tmp_path, *assignments, **texts).settings.scan.top_n

    assert found == [5, 1, 2, 3, 4][weakest]


def test_the_shipped_file_is_the_defaults() -> None:
    shipped = load(Choices(embedded_folder() / "config.yaml"), {}).settings

    assert shipped.model_dump() == AppSettings.model_construct().model_dump()


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    assert loaded(tmp_path).settings.model_dump() == AppSettings.model_construct().model_dump()


@pytest.mark.parametrize("profile", ["demo", "dev", "paper", "prod"])
def test_every_shipped_profile_loads(profile: str) -> None:
    found = load(Choices(embedded_folder() / "config.yaml", profile), {})

    assert found.settings.broker.live is False
    assert [path.name for path in found.files] == ["config.yaml", f"{profile}.yaml"]


def test_the_working_folders_file_is_taken_before_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    without = load(Choices(), {})
    (tmp_path / "config.yaml").write_text("scan: {top_n: 1}")
    with_one = load(Choices(), {})

    assert without.base == embedded_folder()
    assert (with_one.settings.scan.top_n, with_one.base) == (1, tmp_path)
    assert with_one.files == (tmp_path / "config.yaml",)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = loaded(tmp_path).settings

    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings.risk, "max_entries", 9)  # noqa: B010 - typed, it would not pass mypy
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, "risk", settings.risk)  # noqa: B010 - the same


def test_money_is_decimal_whatever_the_source(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "risk.max_position=0.1",
        config="account: {bankroll: 0.3}",
        FIN_AGENT__RISK__DAILY_LOSS_CAP="0.2",
    ).settings

    assert found.account.bankroll == Decimal("0.3")
    assert found.risk.max_position == Decimal("0.1")
    assert found.risk.daily_loss_cap == Decimal("0.2")


def test_lists_are_replaced_as_a_whole(tmp_path: Path) -> None:
    one = loaded(tmp_path, "factors=[{use: volatility, weight: 1}]").settings
    two = loaded(tmp_path, FIN_AGENT__FACTORS='[{"use": "catalyst", "weight": 2}]').settings
    three = loaded(tmp_path, FIN_AGENT__ENTRIES="[{use: vwap}, {use: market}]").settings

    assert [(f.use, f.weight) for f in one.factors] == [("volatility", 1.0)]
    assert [(f.use, f.weight) for f in two.factors] == [("catalyst", 2.0)]
    assert [entry.use for entry in three.entries] == ["vwap", "market"]


def test_a_section_may_be_given_as_a_whole(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "plan={stop_rule: legacy}",
        config="risk: {max_position: 9}",
        FIN_AGENT__RISK='{"max_entries": 7}',
    ).settings

    assert (found.plan.stop_rule, found.plan.target_pct) == ("legacy", 9.0)
    assert (found.risk.max_entries, found.risk.max_position) == (7, Decimal(9))


@pytest.mark.parametrize("written", ["12:15", '"12:15"', "'12:15'"])
def test_a_time_needs_no_quotes(tmp_path: Path, written: str) -> None:
    files = loaded(tmp_path, config=f"scan: {{at: {written}}}").settings
    assigned = loaded(tmp_path, f"scan.at={written}").settings

    assert files.scan.at == assigned.scan.at == "12:15"
    assert loaded(tmp_path, "scan.at=open").settings.scan.at == "open"
    assert loaded(tmp_path, FIN_AGENT__SCAN__AT="08:05").settings.scan.at == "08:05"


def test_a_volume_profile_may_be_refined_by_a_later_source(tmp_path: Path) -> None:
    profile = loaded(
        tmp_path,
        'volume_profile={"12:00": 0.5}',
        config="volume_profile: {04:00: 0.0, 10:00: 0.2, 16:00: 1.0}",
    ).settings.volume_profile

    assert list(profile.items()) == [
        ("04:00", 0.0),
        ("10:00", 0.2),
        ("12:00", 0.5),
        ("16:00", 1.0),
    ]


def test_a_fee_table_takes_the_place_of_none(tmp_path: Path) -> None:
    assert loaded(tmp_path).settings.paper.fees == "none"
    found = loaded(tmp_path, "paper.fees={per_order: 0.35}").settings.paper.fees

    assert found == FeeSettings(per_order=Decimal("0.35"))


def test_values_that_yaml_would_bend_are_taken_as_written(tmp_path: Path) -> None:
    found = loaded(tmp_path, "account.name=010", "risk.max_entries=0012").settings

    assert (found.account.name, found.risk.max_entries) == ("010", 12)
    assert yaml.safe_load("010") == 8  # what the plain library makes of it
