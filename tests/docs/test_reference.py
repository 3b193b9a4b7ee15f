"""The generated pages are what the program says today, and they leave nothing out."""

from pathlib import Path

import pytest

from fin_agent import ports
from fin_agent.domain.errors import FinAgentError
from fin_agent.entrypoints.reference import errors_page, python_api
from fin_agent.entrypoints.reference.__main__ import PAGES
from fin_agent.testing import builders
from tests.docs.pages import DOCS, ROOT, text_of
from tests.docs.test_commands import every_command

_REMEDY = "run: python -m fin_agent.entrypoints.reference ."


@pytest.mark.parametrize("name", PAGES)
def test_page_is_what_the_program_says(name: str) -> None:
    assert PAGES[name]() == text_of(ROOT / name), _REMEDY


def test_help_of_every_command_is_shown() -> None:
    page = text_of(DOCS / "cli.md")

    assert not [command for command in every_command() if f"\n## {command}\n" not in page]


@pytest.mark.parametrize("kind", [*errors_page.every_error()], ids=lambda kind: kind.__name__)
def test_every_error_says_cause_and_remedy(kind: type[FinAgentError]) -> None:
    said = errors_page.explained(kind)

    assert said.keys() == {"meaning", "cause", "remedy"}
    assert all(text.endswith(".") for text in said.values())


def test_an_error_without_a_remedy_is_noticed() -> None:
    class Vague(FinAgentError):
        """Something.

        Cause: who knows.
        """

    assert errors_page.explained(Vague) == {"meaning": "Something.", "cause": "who knows."}


@pytest.mark.parametrize(
    ("page", "package"),
    [
        ("python-testing.md", "testing"),
        ("python-ports.md", "ports"),
        ("python-domain.md", "domain"),
    ],
)
def test_a_package_is_shown_whole(page: str, package: str) -> None:
    root = Path(ports.__file__).parents[1] / package
    files = {file for file in root.rglob("*.py") if file.stem != "__init__"}

    assert files <= set(python_api.modules_on(text_of(DOCS / page)))


def test_ports_and_builders_are_told_by_name() -> None:
    assert set(builders.__all__) <= python_api.names_of("fin_agent.testing.builders")
    assert set(ports.__all__) <= python_api.names_of("fin_agent.ports")


def test_a_class_is_shown_with_fields_and_methods() -> None:
    page = python_api.sections("fin_agent.ports.market")

    assert "### ClockPort\n" in page
    assert "- `def now(self) -> datetime`" in page
    assert "    session: TradingSession\n    previous: date\n" in page
