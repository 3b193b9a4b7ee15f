"""Kill -9 of the real agent process, over whole days, with a broker that loses and repeats.

``python -m tests.reliability.process_kills --budget KILLS --seed S [--speed X]``. Every life is
the real program: it takes the lock, recovers from ``state.db``, compares itself with the broker
over loopback and goes on. A day ends when the agent closes it; then the two ledgers are compared.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.reliability.killed_agent import (
    Agent,
    Broker,
    forget,
    import_what_it_imports,
    lay_out,
)
from tests.reliability.killed_day import is_over, wrong_with
from tests.reliability.programme import Report

SPEED = 200.0
_LONGEST_DAY_S = 60.0
_MOST_LIVES = 400
_MEAN_LIFE_S = 0.4


def kill_for(kills: int, seed: int, speed: float, folder: Path) -> Report:
    """Days with kills until there were enough of them."""
    report, dice = Report("process_kills", seed), Random(seed)
    data = asyncio.run(lay_out(folder))
    broker = Broker(folder, 0, speed)
    import_what_it_imports(data, broker, speed)
    broker.close()
    while report.counts.get("kills", 0) < kills and not report.failures:
        forget(data)
        broker = Broker(folder, dice.randrange(1 << 30), speed)
        try:
            _day(report, dice, broker, data, speed)
        finally:
            broker.close()
    return report


def _day(report: Report, dice: Random, broker: Broker, data: Path, speed: float) -> None:
    lives = 0
    while not is_over(data / "state.db"):
        broker.skip_quiet_hours()
        agent = Agent(data, broker, speed)
        lives += 1
        is_last = lives > _MOST_LIVES
        code = agent.lives_for(
            _LONGEST_DAY_S if is_last else dice.expovariate(1 / _MEAN_LIFE_S) + 0.05
        )
        if code is None:
            agent.kill()
            report.count("kills")
            if is_last:
                report.fail(f"a day did not end in {_LONGEST_DAY_S} s: {agent.said()}")
                return
            continue
        if code != 0:
            report.fail(f"the agent ended with {code}: {agent.said()}")
            return
    ledger = broker.ledger()
    report.count("days")
    report.count("orders", len(ledger["orders"]))
    report.count("faults", sum(ledger["faults"].values()))
    for problem in wrong_with(data / "state.db", ledger):
        report.fail(problem)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.process_kills")
    parser.add_argument("--budget", type=int, default=100, help="how many kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=SPEED, help="session seconds a real one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fin-agent-kills-") as folder:
        report = kill_for(given.budget, given.seed, given.speed, Path(folder))
    sys.stdout.write(report.line() + "\n")
    for failure in report.failures[:20]:
        sys.stdout.write(f"  {failure}\n")
    if report.failures:
        again = f"--budget {given.budget} --seed {given.seed} --speed {given.speed:g}"
        sys.stdout.write(f"repeat with: python -m tests.reliability.process_kills {again}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
