"""Workflows: valid, safe by zizmor's rules, every action by its full SHA, the steps in order."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ops.tools import ROOT, checked, tool

FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
each_workflow = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def jobs_of(path: Path) -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return jobs


def test_workflows_follow_their_schema() -> None:
    checked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, FILES))


@each_workflow
def test_no_job_may_hang(path: Path) -> None:
    assert all(job["timeout-minutes"] <= 60 for job in jobs_of(path).values())


def test_zizmor_has_nothing_to_say() -> None:
    checked("zizmor", "--offline", "--persona", "pedantic", ".github/workflows")


def test_zizmor_would_say_it(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    text = FILES[0].read_text(encoding="utf-8")
    path.write_text(re.sub(r"checkout@\S+", "checkout@v6", text), encoding="utf-8")
    line = [str(tool("zizmor")), "--offline", str(path)]

    assert subprocess.run(line, capture_output=True, check=False).returncode != 0


@each_workflow
def test_actions_are_pinned_by_sha_with_their_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_has_one_sha() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    pins = set(re.findall(r"uses: (\S+@\S+)", text))

    assert len(pins) == len({pin.partition("@")[0] for pin in pins})


def test_the_steps_of_ci_come_one_after_the_other() -> None:
    jobs = jobs_of(ROOT / ".github/workflows/ci.yml")

    assert list(jobs) == ["lint", "types", "tests", "security", "image", "push"]
    assert [job.get("needs") for job in jobs.values()] == [None, *list(jobs)[:-1]]


@each_workflow
def test_targets_of_make_exist(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"run: make (\w+)", path.read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@each_workflow
def test_nobody_may_write_but_who_has_to(path: Path) -> None:
    may_write = {
        name
        for name, job in jobs_of(path).items()
        if any(right == "write" for right in job["permissions"].values())
    }

    assert may_write <= {"push", "image", "publish"}
