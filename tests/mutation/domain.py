"""Puts mistakes into the domain, one at a time, and sees whether its tests notice.

    python -m tests.mutation.domain --budget 60 --seed 1

Every mistake is tried in a forked process that already has pytest. The budget is how many are
tried, drawn by the seed from all that could be made; those that nobody noticed are named.
"""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import CodeType

import hypothesis
import pytest

from tests.mutation.changes import Change, changes_of

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/fin_agent/domain"
TESTS = ROOT / "tests/domain"
PATIENCE_S = 600
HEAVY = hypothesis.__name__, pytest.__name__  # imported here, so that no mutant has to


class _Changed(importlib.machinery.SourceFileLoader):
    """Loads a module with its change."""

    def __init__(self, name: str, change: Change) -> None:
        super().__init__(name, str(change.path))
        self._text = change.source

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        code: CodeType = compile(self._text, self.path, "exec")
        return code


class Finder(importlib.abc.MetaPathFinder):
    """Answers for the one changed module."""

    def __init__(self, change: Change) -> None:
        relative = change.path.relative_to(ROOT / "src").with_suffix("")
        self._name = ".".join(relative.parts).removesuffix(".__init__")
        self._change = change

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        loader = _Changed(fullname, self._change)
        return importlib.util.spec_from_file_location(fullname, self._change.path, loader=loader)


def tests_of(path: Path) -> list[str]:
    """The tests of a module of the same name first: they notice most, and soonest."""
    own = sorted(TESTS.glob(f"test_{path.stem}*.py"))
    return [str(file) for file in [*own, *sorted(set(TESTS.glob("test_*.py")) - set(own))]]


def noticed(change: Change, tests: Sequence[str] = ()) -> bool:
    """Whether a test fails, or never ends, with the change in place."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            signal.alarm(PATIENCE_S)  # a mistake may make an endless loop; the alarm ends it
            for name in [n for n in sys.modules if n.partition(".")[0] in {"fin_agent", "tests"}]:
                del sys.modules[name]  # what is imported already would not be the changed one
            sys.meta_path.insert(0, Finder(change))
            options = ["-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
            options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # imported before: HEAVY
            code = int(pytest.main([*options, *(tests or tests_of(change.path))]))
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return status != 0


def unchanged(path: Path) -> Change:
    """The control: a module as it is, which no test may notice."""
    return Change(path, 1, "nothing", path.read_text(encoding="utf-8"))


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")


def drawn(budget: int, seed: int) -> tuple[list[Change], int]:
    """The changes to be tried, and how many there are."""
    every = [change for path in modules() for change in changes_of(path)]
    return Random(seed).sample(every, min(budget, len(every))), len(every)


def main(arguments: Sequence[str]) -> int:
    """Try them and say which were missed; 1 when fewer than ``--least`` percent were noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.domain")
    parser.add_argument("--budget", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.0)
    given = parser.parse_args(arguments)
    os.environ.setdefault("HYPOTHESIS_PROFILE", "ci")
    began = time.perf_counter()
    if noticed(unchanged(modules()[0])):
        sys.stdout.write("the tests fail without any change: mend them first\n")
        return 70
    tried, possible = drawn(given.budget, given.seed)
    missed: list[Change] = []
    for change in tried:
        if not noticed(change):
            missed.append(change)
            where = f"{change.path.relative_to(ROOT)}:{change.line}"
            sys.stdout.write(f"missed: {where}: {change.about}\n")
            sys.stdout.flush()
    score = 100.0 * (len(tried) - len(missed)) / max(1, len(tried))
    took = time.perf_counter() - began
    sys.stdout.write(
        f"domain: {len(tried)} of {possible} changes tried, {len(missed)} missed,"
        f" {score:.1f} % noticed; seed {given.seed}; {took:.0f} s\n"
    )
    return int(score < given.least)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
