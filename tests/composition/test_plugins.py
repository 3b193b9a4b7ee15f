"""File name = plug-in name = configuration name; options are the constructor's arguments."""

import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from fin_agent.composition import catalogue, plugins
from fin_agent.composition.settings import AppSettings, FactorChoice, PlugIn
from fin_agent.domain.entry import Entry
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.factor import Factor
from fin_agent.ports import NewsPort, OrderPort

KINDS: dict[tuple[str, str], type] = {
    catalogue.FACTORS: Factor,
    catalogue.ENTRIES: Entry,
    catalogue.NEWS: NewsPort,
    catalogue.BROKERS: OrderPort,
}
BUILT_IN = [
    (kind, entry.name.removesuffix(".py"))
    for kind in KINDS
    for entry in resources.files(kind[0]).iterdir()
    if entry.name.endswith(".py") and not entry.name.startswith("_")
]


def settings(**changes: Any) -> AppSettings:
    return AppSettings.model_construct().model_copy(update=changes)


@pytest.mark.parametrize(("kind", "name"), BUILT_IN)
def test_every_file_is_a_plug_in_of_its_name(kind: tuple[str, str], name: str) -> None:
    found: type[object] = plugins.find(*kind, KINDS[kind], name, "key")

    assert found.__name__ == plugins.class_name(name)
    assert found.__module__ == f"{kind[0]}.{name}"
    assert name in plugins.names(*kind)


def test_names_become_class_names() -> None:
    assert plugins.class_name("opening_range") == "OpeningRange"
    assert plugins.class_name("vwap") == "Vwap"


def test_the_defaults_name_what_exists(tmp_path: Path) -> None:
    factors = catalogue.factors(settings())
    entries = catalogue.entries(settings(), daily=False)

    assert [(name, weight) for name, weight, _ in factors] == [
        ("volatility", 0.4),
        ("catalyst", 0.3),
        ("sentiment", 0.1),
        ("liquidity", 0.2),
    ]
    assert [name for name, _ in entries] == ["pullback", "vwap", "opening_range", "market"]
    assert isinstance(catalogue.news_source(PlugIn(use="silent"), tmp_path), NewsPort)
    assert isinstance(catalogue.news_source(PlugIn(use="recorded"), tmp_path), NewsPort)


def test_daily_bars_know_one_entry() -> None:
    assert [name for name, _ in catalogue.entries(settings(), daily=True)] == ["market"]


def test_what_does_not_exist_is_told_with_what_does() -> None:
    chosen = [FactorChoice(use="volatility", weight=1), FactorChoice(use="luck", weight=1)]

    with pytest.raises(ConfigError) as refused:
        catalogue.factors(settings(factors=chosen))

    assert refused.value.problems == (
        "factors.1.use: no plug-in 'luck'; there are catalyst, liquidity, sentiment, volatility",
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"speed": 3}, "entries.0.options.speed: unknown option; options are at_open"),
        ({"at_open": "soon"}, "entries.0.options.at_open: must be a valid boolean"),
    ],
)
def test_an_option_is_checked_against_the_constructor(
    options: dict[str, object], problem: str
) -> None:
    chosen = [PlugIn(use="market", options=options)]

    with pytest.raises(ConfigError, match=problem):
        catalogue.entries(settings(entries=chosen), daily=False)


def test_what_the_root_gives_cannot_be_an_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"news.options.folder: unknown option; options are none"):
        catalogue.news_source(PlugIn(use="recorded", options={"folder": "/etc"}), tmp_path)


class NeedsSomething:
    def __init__(self, key: str, *, depth: int = 3) -> None:
        self.key, self.depth = key, depth


def test_options_become_arguments_of_their_types() -> None:
    built = plugins.build(NeedsSomething, {"key": "a", "depth": "7"}, {}, "x")

    assert (built.key, built.depth) == ("a", 7)
    with pytest.raises(ConfigError, match=r"x.options.key: Field required; options are key, depth"):
        plugins.build(NeedsSomething, {}, {}, "x")


PACKAGE = {
    "acme_luck.py": """
from fin_agent.domain.factor import Factor
class Luck(Factor):
    def __init__(self, *, seed: int = 7) -> None:
        self.seed = seed
    def evaluate(self, setup):
        raise NotImplementedError
    score = evaluate
""",
    "acme_vendor.py": "import no_such_vendor_library\n",
    "acme_other.py": "class Other: ...\n",
    "acme-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n",
    "acme-1.0.dist-info/entry_points.txt": (
        "[fin_agent.factors]\nluck = acme_luck:Luck\nvendor = acme_vendor:Vendor\n"
        "other = acme_other:Other\nvolatility = acme_luck:Luck\n"
    ),
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of somebody else's, as pip leaves it."""
    for name, text in PACKAGE.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


def test_an_installed_plug_in_is_found_by_its_entry_point(installed: Path) -> None:
    chosen = [FactorChoice(use="luck", weight=1, options={"seed": 9})]

    assert installed
    ((name, weight, factor),) = catalogue.factors(settings(factors=chosen))

    assert (name, weight, type(factor).__name__) == ("luck", 1.0, "Luck")
    assert getattr(factor, "seed", None) == 9
    assert {"luck", "volatility"} <= set(plugins.names(*catalogue.FACTORS))


def test_a_missing_vendor_library_is_not_a_missing_plug_in(installed: Path) -> None:
    assert installed
    with pytest.raises(ConfigError) as refused:
        plugins.find(*catalogue.FACTORS, Factor, "vendor", "factors.0.use")

    assert refused.value.problems == (
        "factors.0.use: plug-in 'vendor' needs no_such_vendor_library, which is not installed",
    )


def test_a_name_that_two_have_is_refused(installed: Path) -> None:
    assert installed
    with pytest.raises(ConfigError) as refused:
        plugins.find(*catalogue.FACTORS, Factor, "volatility", "factors.0.use")

    (problem,) = refused.value.problems
    rivals = "acme_luck:Luck and of fin_agent.domain.factors.volatility"
    assert problem == f"factors.0.use: 'volatility' is the name of {rivals}"


def test_what_is_no_factor_is_refused(installed: Path) -> None:
    assert installed
    with pytest.raises(
        ConfigError, match=r"factors.0.use: <class 'acme_other.Other'> is no Factor"
    ):
        plugins.find(*catalogue.FACTORS, Factor, "other", "factors.0.use")


def test_an_installed_plug_in_works_in_the_program(installed: Path, tmp_path: Path) -> None:
    chosen = "factors=[{use: luck, weight: 1, options: {seed: 1}}]"
    unknown = "factors=[{use: luck, weight: 1, options: {sead: 1}}]"

    def check(assignment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "fin_agent", "config", "check", "--set", assignment],
            env={"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert check(chosen).returncode == 0
    done = check(unknown)
    assert (done.returncode, done.stderr) == (
        78,
        "error: factors.0.options.sead: unknown option; options are seed\n",
    )
