"""Seeded days under faults and crashes, in virtual time, over the product's own code.

``python -m tests.reliability.simulated_days --days 300 --seed 1`` lives through 300 days and prints
one line of figures. ``--venue alpaca`` puts the product's Alpaca adapter and the simulated broker's
wire format in between. ``--mutant NAME`` takes one guard away and ends at the first day that
notices; ``--mutants`` does so with every guard and prints a table.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderState
from tests.reliability.chance import Mishap, Shares
from tests.reliability.mutants import MUTANTS, Mutant
from tests.reliability.simulated_day import Made, SimulatedDay
from tests.reliability.wire_day import WireDay

KINDS = {"seeded": SimulatedDay, "alpaca": WireDay}
_OF_LOOK_UPS = (Mishap.NO_ANSWER, Mishap.OUTAGE)
_KINDS = (
    "lost",
    "duplicate",
    "oversold",
    "false death",
    "position mismatch",
    "late send",
    "exposure",
    "silent carry",
    "uncovered",
)


@dataclass
class Figures:
    """What so many days came to; ``wrong`` holds the seed and finding of every violation."""

    days: int = 0
    starts: int = 0
    faults: Counter[Mishap] = field(default_factory=Counter)
    intended: int = 0
    exits: int = 0
    accepted: int = 0
    states: Counter[OrderState] = field(default_factory=Counter)
    uncovered: list[float] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)

    def add(self, seed: int, day: SimulatedDay) -> None:
        stored = list(day.audit.stored.values())
        self.days += 1
        self.starts += day.starts
        self.faults += day.chance.counts
        self.exits += sum(isinstance(intent, ExitIntent) for intent in stored)
        self.intended += len(stored)
        self.accepted += sum(o.client_order_id in day.audit.stored for o in day.audit.orders())
        self.states += day.states()
        self.uncovered += [seconds for _, seconds in day.audit.uncovered]
        self.wrong += [(seed, found) for found in day.audit.found]
        self.hashes[seed] = day.log_hash

    def line(self, seeds: range, seconds: float) -> str:
        """The report line of reliability.md section 4.4."""
        of_orders = sum(n for m, n in self.faults.items() if m not in _OF_LOOK_UPS)
        lookups = sum(self.faults[m] for m in _OF_LOOK_UPS)
        classes = ", ".join(f"{m.value} {n}" for m, n in self.faults.most_common())
        found = {kind: sum(f.startswith(kind) for _, f in self.wrong) for kind in _KINDS}
        other = len(self.wrong) - sum(found.values())
        states = ", ".join(f"{s.value.lower()} {n}" for s, n in self.states.most_common())
        bare = sorted(self.uncovered) or [0.0]
        p99 = bare[int(0.99 * (len(bare) - 1))]
        return (
            f"{self.days} days (seeds {seeds.start} to {seeds.stop - 1}), {self.starts} starts;"
            f" faults: {of_orders} of orders, {lookups} of look-ups ({classes});"
            f" orders: {self.intended} intended ({self.exits} exits), {self.accepted} accepted,"
            f" {states}; {'; '.join(f'{kind} {n}' for kind, n in found.items())}; other {other};"
            f" without a stop at most {bare[-1]:.0f} s (p99 {p99:.0f} s);"
            f" 95 % bound {300 / max(1, self.intended):.3f} % of orders; {seconds:.0f} s"
        )


async def simulate(
    seeds: Iterable[int],
    made: Made,
    kind: type[SimulatedDay] = SimulatedDay,
    *,
    until_wrong: bool = False,
) -> Figures:
    """Live through a day of each seed."""
    figures = Figures()
    for seed in seeds:
        figures.add(seed, await kind(seed, made).live())
        if until_wrong and figures.wrong:
            break
    return figures


async def hunt(mutant: Mutant, seeds: range) -> Figures:
    """Days with a guard taken away, until one notices."""
    with mutant.patched():
        return await simulate(seeds, mutant.made(), until_wrong=True)


def table(seeds: range) -> int:
    """Print what notices each mutant, and on which day; the number of those nobody noticed."""
    missed = 0
    for mutant in MUTANTS:
        figures = asyncio.run(hunt(mutant, seeds))
        said = figures.wrong[0][1].split(":")[0] if figures.wrong else "NOT NOTICED"
        missed += not figures.wrong
        print(f"| {mutant.name} | {said} | {figures.days} |")
    return missed


def main() -> int:
    """Run the programme and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=float, default=1.0, help="times as many faults")
    parser.add_argument("--venue", choices=KINDS, default="seeded")
    parser.add_argument("--mutant", choices=[m.name for m in MUTANTS])
    parser.add_argument("--mutants", action="store_true")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.days)
    if options.mutants:
        return table(seeds)
    mutant = next((m for m in MUTANTS if m.name == options.mutant), None)
    made = mutant.made() if mutant else Made(shares=Shares().times(options.faults))
    patched: AbstractContextManager[None] = mutant.patched() if mutant else nullcontext()
    begun = time.perf_counter()
    with patched:
        days = simulate(seeds, made, KINDS[options.venue], until_wrong=mutant is not None)
        figures = asyncio.run(days)
    print(figures.line(seeds, time.perf_counter() - begun))
    for seed, found in figures.wrong[:20]:
        again = f"python -m tests.reliability.simulated_days --days 1 --seed {seed}"
        again += f" --mutant '{mutant.name}'" if mutant else f" --faults {options.faults}"
        again += f" --venue {options.venue}"
        print(f"{found}\n  {again}")
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
