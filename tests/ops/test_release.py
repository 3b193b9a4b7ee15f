"""A release says what changed, or refuses; an audit says what it saw, or that it could not."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ops import audit, release

ROOT = Path(__file__).resolve().parents[2]
MODULE = '"""It."""\n\n__version__ = "1.2.0"\n'
LOG = "## Unreleased\n\n## 1.2.0 - 2026-11-21\n\n- It.\n\n## 1.1.0\n\n- Old.\n"
VULNERABILITY = {"id": "PYSEC-1", "fix_versions": ["1.1"]}


def test_the_changes_of_a_tag_are_its_section() -> None:
    assert release.changes("v1.2.0", MODULE, LOG) == "- It."


@pytest.mark.parametrize(
    ("tag", "log", "problem"),
    [
        ("v1.3.0", LOG, "the tag v1.3.0 is not the version of the package: 1.2.0"),
        ("", LOG, "the tag  is not the version of the package: 1.2.0"),
        ("v1.2.0", "## Unreleased\n\n- It.\n", "docs/changelog.md has no section 1.2.0"),
        ("v1.2.0", "## 1.2.0\n\n## 1.1.0\n\n- Old.\n", "docs/changelog.md has no section 1.2.0"),
    ],
)
def test_a_release_without_changes_is_refused(tag: str, log: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        release.changes(tag, MODULE, log)


def test_the_package_and_the_changelog_can_be_read() -> None:
    done = subprocess.run(
        [sys.executable, "ops/release.py", "v0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("error: the tag v0 is not the version of the package: ")


def test_an_audit_that_reached_nothing_says_so() -> None:
    skipped = {"name": "a", "version": "1", "skip_reason": "not found"}

    for packages in ([skipped], []):
        lines, weak = audit.judged("a.lock", {"dependencies": packages})
        assert lines == ["a.lock: NOT AUDITED: the database of weaknesses could not be reached"]
        assert not weak


def test_an_audit_names_each_weakness() -> None:
    packages = [
        {"name": "a", "version": "1.0", "vulns": [VULNERABILITY]},
        {"name": "b", "version": "2.0", "vulns": []},
    ]

    lines, weak = audit.judged("a.lock", {"dependencies": packages})

    assert weak
    assert lines == [
        "a.lock: a 1.0: PYSEC-1 (mended in 1.1)",
        "a.lock: 2 of 2 packages audited, 1 weaknesses",
    ]


def test_a_bill_of_materials_names_what_a_lock_names(tmp_path: Path) -> None:
    """A small lock, because the tool takes long over a large one."""
    made, lock = tmp_path / "sbom.json", ROOT / "requirements-uv.lock"
    line = [sys.executable, "-m", "cyclonedx_py", "requirements", "--no-validate", str(lock)]
    line += ["--output-reproducible", "--output-format", "JSON", "--output-file", str(made)]
    subprocess.run(line, capture_output=True, check=True)

    bill = json.loads(made.read_text(encoding="utf-8"))
    locked = re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    assert bill["bomFormat"] == "CycloneDX"
    assert {(part["name"], part["version"]) for part in bill["components"]} == set(locked)
    assert all(part["externalReferences"][0]["hashes"] for part in bill["components"])
