"""What makes a contributor's life easy is there and fits the rest."""

import json
import re
import subprocess

import yaml

from tests.mutation.changes import Change, changes_of
from tests.mutation.domain import Finder, modules, noticed, unchanged
from tests.ops.tools import ROOT, checked, tool

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_help_lists_every_target() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert set(re.findall(r"^  make (\w+)", told.stdout, re.MULTILINE)) == set(phony.split())


def test_hooks_before_a_commit_are_tools_of_the_lock() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]

    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    for hook in hooks:
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/")
        assert tool(program.removeprefix(".venv/bin/")).exists()


def test_nox_tries_every_python_that_the_project_supports() -> None:
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")

    assert '@nox.session(python=["3.11", "3.12", "3.13"])' in text


def test_the_development_container_is_sound() -> None:
    told = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))

    assert told["build"]["dockerfile"] == "Dockerfile"
    checked("hadolint", ".devcontainer/Dockerfile")


def test_there_is_one_changelog() -> None:
    assert "docs/changelog.md" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_links_of_the_pages_at_the_top_lead_somewhere() -> None:
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            assert (ROOT / link).exists(), (name, link)


def test_every_module_of_the_domain_can_be_changed_and_still_be_read() -> None:
    every = [change for path in modules() for change in changes_of(path)]

    assert len(every) > 1000
    for change in every:
        compile(change.source, str(change.path), "exec")
        assert change.source != change.path.read_text(encoding="utf-8")


def test_a_mistake_is_noticed_and_none_is_not() -> None:
    path = ROOT / "src/fin_agent/domain/money.py"
    own = [str(ROOT / "tests/domain/test_money.py")]
    mistake = Change(path, 1, "a module that fails", "raise RuntimeError")

    assert not noticed(unchanged(path), own)
    assert noticed(mistake, own)


def test_a_changed_module_is_found_instead_of_the_real_one() -> None:
    change = changes_of(ROOT / "src/fin_agent/domain/money.py")[0]

    assert Finder(change).find_spec("fin_agent.domain.money", None) is not None
    assert Finder(change).find_spec("fin_agent.domain.order", None) is None
