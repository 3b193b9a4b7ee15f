"""Minutes that are asked for: each once and in order, asked again for who has no bar yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fin_agent.adapters.sources import MinuteSource
from fin_agent.adapters.ticks.guarded import GuardedFeed, HaltWatch
from fin_agent.adapters.ticks.polled import PolledFeed
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MinuteBars, Pulse, Untradable
from fin_agent.testing.builders import OPEN, a_session
from fin_agent.testing.clocks import VirtualClock

FULL = a_session()
SESSION = TradingSession(FULL.date, OPEN, OPEN + timedelta(minutes=3))


@dataclass
class Vendor(MinuteSource):
    """Knows A at once, B half a minute later, and nothing of C."""

    clock: VirtualClock
    name = "vendor"
    asked: list[tuple[tuple[str, ...], int, int, float]] = field(default_factory=list)

    async def minute_bars(
        self, symbols: Sequence[str], session: TradingSession, first: int, last: int
    ) -> Mapping[str, Evidence[tuple[Bar, ...]]]:
        since = (self.clock.now() - session.open).total_seconds()
        self.asked.append((tuple(symbols), first, last, since))
        found: dict[str, Evidence[tuple[Bar, ...]]] = {"C": Missing("no such symbol")}
        for symbol, delay_s in (("A", 1.0), ("B", 30.0)):
            known = [m for m in range(first, last + 1) if 60 * (m + 1) + delay_s <= since]
            found[symbol] = Known(tuple(Bar(m, 1.0, 1.0, 1.0, 1.0, 5.0) for m in known), "vendor")
        return {symbol: found[symbol] for symbol in symbols}


async def followed(
    symbols: Sequence[str], start_s: float = -60.0
) -> tuple[Vendor, list[MinuteBars], list[DomainEvent]]:
    clock = VirtualClock(OPEN + timedelta(seconds=start_s))
    vendor, told = Vendor(clock), list[DomainEvent]()
    feed = PolledFeed(vendor, clock, tell=told.append)
    items = [item async for item in feed.follow(SESSION, symbols)]
    return vendor, [item for item in items if isinstance(item, MinuteBars)], told


async def test_every_minute_comes_once_and_whole() -> None:
    vendor, minutes, _ = await followed(["A", "B"])

    assert [minute.minute for minute in minutes] == [0, 1, 2]
    assert all(sorted(minute.bars) == ["A", "B"] for minute in minutes)
    first = [(symbols, round(since)) for symbols, _, _, since in vendor.asked[:3]]
    assert first == [(("A", "B"), 64), (("B",), 72), (("B",), 93)]


async def test_a_late_start_asks_for_what_is_over_in_one_call() -> None:
    vendor, minutes, _ = await followed(["A"], start_s=130.0)

    assert vendor.asked[0][:3] == (("A",), 0, 1)
    assert [sorted(minute.bars) for minute in minutes] == [["A"]] * 3


async def test_who_is_not_known_is_stale_and_told_once() -> None:
    _, minutes, told = await followed(["A", "C"])

    assert [minute.untradable for minute in minutes] == [Untradable(stale=frozenset({"C"}))] * 3
    assert [type(event).__name__ for event in told] == ["ProviderFellBack"]


async def test_without_symbols_only_time_passes() -> None:
    vendor, minutes, _ = await followed([])

    assert vendor.asked == []
    assert [minute.bars for minute in minutes] == [{}, {}, {}]


@dataclass
class Halts:
    """What is halted, or that nobody answers."""

    name: str = "halts"
    now: Evidence[Mapping[str, str]] = Missing("not asked")

    async def halts(self, at: object) -> Evidence[Mapping[str, str]]:
        del at
        return self.now


async def test_a_halt_holds_for_a_minute_after_the_resume() -> None:
    clock, source = VirtualClock(OPEN), Halts(now=Known({"A": "T1"}, "halts"))
    watch = HaltWatch(source, clock)  # type: ignore[arg-type]  # all of a source that is asked
    await watch.look()
    assert watch.halted == {"A"}

    source.now = Missing("down")
    await watch.look()
    assert watch.halted == {"A"}

    source.now = Known({}, "halts")
    await watch.look()
    clock.step(59)
    assert watch.halted == {"A"}
    clock.step(2)
    assert watch.halted == frozenset()


async def test_minutes_and_pulses_say_what_may_not_be_entered() -> None:
    clock = VirtualClock(OPEN)
    inner = PolledFeed(Vendor(clock), clock)
    feed = GuardedFeed(inner, lambda: frozenset({"A", "X"}), lambda: frozenset({"B"}))

    items = [item async for item in feed.follow(SESSION, ["A", "B"])]

    expected = Untradable(frozenset({"A"}), frozenset({"B"}))
    assert all(
        item.untradable == expected for item in items if isinstance(item, MinuteBars | Pulse)
    )
