"""The page of commands knows every command and option of the program, and no others."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from fin_agent.entrypoints.cli.main import app
from tests.docs.pages import DOCS, text_of

PAGE = DOCS / "commands.md"
SHARED = {"--config", "--profile", "--set", "--data-dir", "--json", "--help"}


def walk(group: TyperGroup, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each command with its own options."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from walk(command, f"{path}{name} ")
        else:
            given = {option for parameter in command.params for option in parameter.opts}
            yield f"{path}{name}", {o for o in given if o.startswith("--")}


def every_command() -> dict[str, set[str]]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return dict(walk(root))


def section(name: str) -> str:
    """The part of the page under a heading."""
    found = re.search(
        rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", text_of(PAGE), re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"no section {name!r}"
    return found[1]


@pytest.mark.parametrize(("command", "taken"), every_command().items())
def test_every_option_of_a_command_is_in_its_section(command: str, taken: set[str]) -> None:
    told = set(re.findall(r"^\| `(--[a-z-]+)", section(command), re.MULTILINE))

    assert told == taken - SHARED


def test_shared_options_are_listed_once() -> None:
    told = set(re.findall(r"^\| `(--[a-z-]+)", section("Options of every command"), re.MULTILINE))

    assert told == SHARED
    assert all(taken >= SHARED - {"--help"} for taken in every_command().values())


def test_every_section_is_a_command_that_exists() -> None:
    headings = re.findall(r"^## ([a-z].*)$", text_of(PAGE), re.MULTILINE)

    assert sorted(headings) == sorted(every_command())


def test_every_schema_is_linked() -> None:
    for schema in (DOCS / "schemas").glob("*.json"):
        assert f"(schemas/{schema.name})" in text_of(PAGE)


def test_module_and_command_are_the_same_program() -> None:
    line = [sys.executable, "-m", "fin_agent", "--help"]
    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout

    for command in every_command():
        assert re.search(rf"^\s+{command.split()[0]}\b", told, re.MULTILINE)
