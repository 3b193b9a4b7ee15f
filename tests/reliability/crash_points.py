"""The process dies at every point of a day, one after the other, and at two of them.

A point is before or after a transaction, and before or after an order or a cancel takes effect at
the venue. Every point around an order is tried, the others are drawn from the seed.

``python -m tests.reliability.crash_points --budget 200 --seed 1`` draws 200 of the other points and
200 pairs, the second one within the recovery from the first, at each kind of venue.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from random import Random
from typing import Any

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.matching import FillRules
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import OrderReport
from fin_agent.ports import OrderPort
from fin_agent.testing.stores import MemoryStore
from tests.reliability.chance import Shares
from tests.reliability.simulated_day import RULES, Made, SimulatedDay
from tests.reliability.watched import Crash

_ORDERS = ("partial", "stalled", "rests", "leg_fills", "leg_seconds", "jump")
_USUAL = Shares()
_CALM: dict[str, Any] = {
    item.name: getattr(_USUAL, item.name) if item.name in _ORDERS else 0 for item in fields(Shares)
}
MARKET = Shares(**_CALM)
"""Orders fill in parts, rest and reach their stops, but no request is lost."""
_MATTERS = {"order", "send", "sent", "cancel", "cancelled"}
_RECOVERY = 40  # steps: two commits, the look-ups of a start, and what it sends


class CrashingDay(SimulatedDay):
    """Dies at the given steps, counted from 1; ``steps`` are the kinds of those that it took."""

    def __init__(self, seed: int, dies_at: Sequence[int] = ()) -> None:
        self.steps: list[str] = []
        self._dies_at = frozenset(dies_at)
        super().__init__(seed, Made(shares=MARKET))

    def _step(self, kind: str) -> None:
        self.steps.append(kind)
        if len(self.steps) in self._dies_at and not self.chance.is_quiet:
            raise Crash

    def _pause(self) -> timedelta:
        return self.chance.seconds(1, 20)  # no minute is missed

    @property
    def journal(self) -> list[TradeRecord]:
        """The stored trades, with everything that was measured of them."""
        assert isinstance(self.store.inner, MemoryStore)
        return sorted(self.store.inner.records, key=lambda trade: trade.trade_id)

    @property
    def head(self) -> str:
        """The hash over the day's decisions."""
        assert self.driver is not None
        return self.driver.day.log.head


class SteppedPaper(Paper):
    """Paper with a point of death on both sides of each request."""

    def __init__(self, step: Callable[[str], None], day: SimulatedDay) -> None:
        super().__init__(FillRules(), RULES, day.world.desk().rules.risk.lot)
        self._step = step

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        self._step("send")
        report = await super().submit(intent, session)
        self._step("sent")
        return report

    async def exit(self, intent: ExitIntent) -> OrderReport:
        self._step("send")
        report = await super().exit(intent)
        self._step("sent")
        return report

    async def cancel(self, client_order_id: str) -> None:
        self._step("cancel")
        await super().cancel(client_order_id)
        self._step("cancelled")


class PaperDay(CrashingDay):
    """The same with the paper venue, which forgets everything with its process."""

    def _at_the_venue(self) -> OrderPort:
        return SteppedPaper(self._step, self)


@dataclass
class Points:
    """What was tried at one kind of venue; ``wrong`` holds the crashes with what they left."""

    venue: str
    seed: int
    steps: int = 0
    every: int = 0
    drawn: int = 0
    pairs: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"{self.venue}, day {self.seed} of {self.steps} steps: died at each of {self.every}"
            f" points around orders, at {self.drawn} others and at {self.pairs} pairs;"
            f" wrong {len(self.wrong)}"
        )


def _wrong_with(day: CrashingDay, calm: CrashingDay) -> list[str]:
    found = list(day.audit.found)
    if isinstance(day, PaperDay) and day.head != calm.head:
        found.append("decides otherwise than without the crash")
    if isinstance(day, PaperDay) and day.journal != calm.journal:
        found.append(f"journal {day.journal}, without the crash {calm.journal}")
    return found


async def points_of(kind: type[CrashingDay], seed: int, budget: int) -> Points:
    """Die everywhere in one day."""
    calm = kind(seed)
    await calm.live()
    found = Points("paper" if kind is PaperDay else "a venue that outlives", seed, len(calm.steps))
    found.wrong += [f"without a crash: {wrong}" for wrong in calm.audit.found]
    numbered = list(enumerate(calm.steps, start=1))
    every = [at for at, step in numbered if step in _MATTERS]
    others = [at for at, step in numbered if step not in _MATTERS]
    dice = Random(seed)
    drawn = sorted(dice.sample(others, min(budget, len(others))))
    firsts = [dice.choice(every) for _ in range(budget)]
    pairs = [(at, at + dice.randint(1, _RECOVERY)) for at in firsts]
    for dies_at in [*((at,) for at in every), *((at,) for at in drawn), *pairs]:
        day = kind(seed, dies_at)
        await day.live()
        found.wrong += [f"dies at {dies_at}: {wrong}" for wrong in _wrong_with(day, calm)]
    found.every, found.drawn, found.pairs = len(every), len(drawn), len(pairs)
    return found


def main() -> int:
    """Run the programme and print a line for each kind of venue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun, is_wrong = time.perf_counter(), False
    for kind in (CrashingDay, PaperDay):
        found = asyncio.run(points_of(kind, options.seed, options.budget))
        print(found.line())
        for line in found.wrong[:10]:
            print(f"  {line}")
        is_wrong = is_wrong or bool(found.wrong)
    print(f"{time.perf_counter() - begun:.0f} s")
    if is_wrong:
        again = f"--budget {options.budget} --seed {options.seed}"
        print(f"repeat with: python -m tests.reliability.crash_points {again}")
    return 1 if is_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
