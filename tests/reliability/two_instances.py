"""Several processes start at once on one data directory: one trades, the others are told at once.

    python -m tests.reliability.two_instances --budget 500 --seed 1

Each round forks four processes that open the database together; the winner's epoch must be new,
the losers must be refused in under a second. Every tenth round the winner is stopped (SIGSTOP),
its lock file is removed, as a person in a hurry does, another one opens, and the winner goes on:
it must write nothing any more.
"""

import asyncio
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fin_agent.adapters.persistence.database import open_database
from fin_agent.domain.errors import AlreadyRunning, StateUnavailable
from tests.reliability.programme import Report, main
from tests.reliability.workload import CLOCK, SMALL, publish

_STARTERS = 4
_LOSER_S = 1.0


class Starter:
    """A forked process that opens the database, tells how that went, and waits to be told more."""

    def __init__(self, path: Path, gate: int) -> None:
        told, self._tell = os.pipe()
        self._hear, said = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self._hear)
            os.close(self._tell)
            _as_child(lambda: _start(path, gate, told, said))
        os.close(told)
        os.close(said)

    def answer(self) -> str:
        return os.read(self._hear, 100).decode()

    def go_on(self) -> None:
        os.write(self._tell, b"x")

    def end(self) -> None:
        with suppress(BrokenPipeError):  # a loser has ended already
            os.write(self._tell, b"q")
        os.waitpid(self.pid, 0)
        os.close(self._tell)
        os.close(self._hear)


def _as_child(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        os._exit(0)


def _start(path: Path, gate: int, told: int, said: int) -> None:
    os.read(gate, 1)  # everybody at once
    begun = time.perf_counter()
    try:
        asyncio.run(_hold(path, told, said))
    except AlreadyRunning:
        took = time.perf_counter() - begun
        os.write(said, f"lost {took}".encode())


async def _hold(path: Path, told: int, said: int) -> None:
    database = await open_database(path, durable=True, clock=CLOCK, limits=SMALL)
    try:
        os.write(said, f"won {database.epoch}".encode())
        first = 1_000_000 * database.epoch
        while os.read(told, 1) == b"x":
            stored = await publish(database, range(first, first + 3))
            os.write(said, f"stored {len(stored)} {database.health.condition}".encode())
    finally:
        await database.close()


async def _fenced(path: Path, winner: Starter, epoch: int) -> list[str]:
    """What goes wrong when a stopped instance goes on after another one has taken over."""
    os.kill(winner.pid, signal.SIGSTOP)
    path.with_suffix(".lock").unlink()
    other = await open_database(path, durable=True, clock=CLOCK, limits=SMALL)
    problems = [] if other.epoch == epoch + 1 else [f"epoch {other.epoch} after {epoch}"]
    os.kill(winner.pid, signal.SIGCONT)
    winner.go_on()
    if (answer := winner.answer()) != "stored 0 failed":
        problems.append(f"the one from before: {answer}")
    try:
        await other.write([])
    except StateUnavailable as error:
        problems.append(f"the new one: {error}")
    await other.close()
    return problems


async def _round(path: Path, stolen: bool, report: Report) -> None:
    gate, opened = os.pipe()
    starters = [Starter(path, gate) for _ in range(_STARTERS)]
    os.write(opened, bytes(_STARTERS))
    answers = [starter.answer().split() for starter in starters]
    winners = [(s, int(a[1])) for s, a in zip(starters, answers, strict=True) if a[0] == "won"]
    late = [a[1] for a in answers if a[0] == "lost" and float(a[1]) > _LOSER_S]
    report.count("starts", _STARTERS)
    report.count("winners", len(winners))
    report.count("losers", _STARTERS - len(winners))
    report.require(len(winners) == 1, f"{len(winners)} winners")
    report.require(not late, f"losers were told after {late} s")
    epochs = report.counts.get("last epoch", 0)
    for winner, epoch in winners:
        report.require(epoch > epochs, f"epoch {epoch} after {epochs}")
        report.counts["last epoch"] = epoch
        if stolen:
            report.count("stopped holders")
            for problem in await _fenced(path, winner, epoch):
                report.fail(problem)
    for starter in starters:
        starter.end()
    os.close(gate)
    os.close(opened)


async def two_instances(budget: int, report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        database = await open_database(path, durable=True, clock=CLOCK, limits=SMALL)
        await database.close()
        rng = random.Random(report.seed)
        for _ in range(budget):
            await _round(path, rng.random() < 0.1, report)


if __name__ == "__main__":
    main("two_instances", two_instances, 500)
