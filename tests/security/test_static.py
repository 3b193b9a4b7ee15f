"""The source by bandit's rules: whatever it finds is a place that ruff was told the reason of."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from fin_agent.composition.key_like import is_key_like
from tests.ops.tools import ROOT, tool

SKIPPED = {
    "B107": "a default of nothing at all for a secret; ruff's S107 sees the others",
    "B405": "to import a parser is no danger; its use is B314, which is looked at",
}
BINARY = {".parquet", ".png", ".zst", ".db", ".ico"}


def found(folder: Path) -> list[dict[str, Any]]:
    line = [str(tool("bandit")), "--quiet", "--recursive", "--format", "json"]
    line += ["--skip", ",".join(SKIPPED), str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    results: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    return results


def unexplained(result: dict[str, Any]) -> bool:
    """No ``noqa`` of the same rule on its lines: bandit's B608 is ruff's S608."""
    lines = Path(result["filename"]).read_text(encoding="utf-8").splitlines()
    first, last = result["line_range"][0], result["line_range"][-1]
    text = "\n".join(lines[first - 1 : last + 1])
    return f"S{result['test_id'][1:]}" not in text


def test_bandit_finds_nothing_that_has_no_reason() -> None:
    results = found(ROOT / "src")

    assert len(results) > 5  # it looked: the places with a reason are found
    told = [f"{r['filename']}:{r['line_number']} {r['test_id']} {r['issue_text']}" for r in results]
    assert [text for text, result in zip(told, results, strict=True) if unexplained(result)] == []


def test_bandit_would_find_it(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import subprocess\nsubprocess.run(input(), shell=True)\n")

    assert {result["test_id"] for result in found(tmp_path) if unexplained(result)} >= {"B602"}


def test_no_file_of_the_repository_holds_a_key() -> None:
    """Locks hold hashes and tests invent keys; everything else is looked through."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    looked = [
        ROOT / name
        for name in listed
        if name and not name.startswith("tests/") and not name.endswith(".lock")
    ]
    texts = [path for path in looked if path.is_file() and path.suffix not in BINARY]

    assert len(texts) > 400
    assert [str(path) for path in texts if holds_a_key(path)] == []


def holds_a_key(path: Path) -> bool:
    known = r"@[0-9a-f]{40} #|\b[0-9a-f]{64}\b|\bfa-paper-[A-Z0-9-]+"  # SHAs, hashes, order ids
    text = re.sub(known, "", path.read_text(encoding="utf-8"))
    return any(is_key_like(line) for line in text.splitlines())
