"""What every programme here has: a budget, a seed, one line at the end, a way to repeat it."""

import argparse
import asyncio
import os
import sys
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """What was done and what went wrong; a failure says which case, so that it can be repeated."""

    programme: str
    seed: int
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def fail(self, what: str) -> None:
        self.failures.append(what)

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            self.fail(what)

    def line(self) -> str:
        told = ", ".join(f"{name} {number:,}" for name, number in self.counts.items())
        took = time.perf_counter() - self.began
        word = f"FAILED {len(self.failures)}" if self.failures else "ok"
        return f"{self.programme}: {told}; seed {self.seed}; {took:.1f} s; {word}"


Programme = Callable[[int, Report], Coroutine[Any, Any, None]]


@contextmanager
def or_die() -> Iterator[None]:
    """End the process on an error: a connection that is left open would keep it for ever."""
    ended = False
    try:
        yield
        ended = True
    finally:
        if not ended:
            traceback.print_exc()
            os._exit(70)


def main(name: str, programme: Programme, budget: int) -> None:
    """Run a programme from the command line."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.reliability.{name}")
    parser.add_argument("--budget", type=int, default=budget)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    report = Report(name, given.seed)
    sys.stdout.write(f"seed {given.seed}\n")
    with or_die():
        asyncio.run(programme(given.budget, report))
    sys.stdout.write(report.line() + "\n")
    for failure in report.failures[:10]:
        sys.stdout.write(f"  {failure}\n")
    if report.failures:
        again = f"python -m tests.reliability.{name} --budget {given.budget} --seed {given.seed}"
        sys.stdout.write(f"repeat with: {again}\n")
        sys.exit(1)
