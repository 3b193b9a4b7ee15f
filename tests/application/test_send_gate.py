"""The last question before an entry leaves: every barrier alone, and none of them for an exit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fin_agent.application.commands import SendEntry
from fin_agent.application.limits import LimitRules
from fin_agent.application.send_gate import Barrier, entry_refusal, exit_refusal
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.risk import TradingState
from fin_agent.ports import Untradable
from tests.application.bench import Bench
from tests.application.worlds import PRICE

Change = Callable[[Bench], object]


def at_minute(minute: float) -> Change:
    def change(bench: Bench) -> None:
        session = bench.world.world.session
        bench.later((session.open + timedelta(minutes=minute) - bench.day.at).total_seconds())

    return change


def priced(price: float, age: float = 0.0) -> Change:
    def change(bench: Bench) -> None:
        now = bench.world.clock.now()
        bench.live.prices["AAA"] = (price, now - timedelta(seconds=age))

    return change


def twin(bench: Bench) -> None:
    (intent,) = bench.day.book.intents.values()
    bench.day.book.put(replace(intent, client_order_id="another", state=OrderState.ACKED))


def many(bench: Bench) -> None:
    for number in range(20):
        bench.live.limits.count_entry(f"S{number}", str(number), bench.day.now)


def a_minute_ago(bench: Bench) -> None:
    many(bench)
    bench.later(61)


def untradable(halted: frozenset[str] = frozenset(), stale: frozenset[str] = frozenset()) -> Change:
    return lambda bench: setattr(bench.live, "untradable", Untradable(halted, stale))


def unpriced(bench: Bench) -> None:
    bench.later(60)
    bench.live.prices.clear()


BARRIERS: dict[Barrier, list[tuple[str, Change]]] = {
    Barrier.KILL: [("a flag", lambda b: setattr(b.world.control, "killed", "stop"))],
    Barrier.DATABASE: [("full", lambda b: setattr(b.live, "sickness", lambda: "disk full"))],
    Barrier.STATE: [
        ("halted", lambda b: setattr(b.day.book, "state", TradingState.HALTED)),
        ("reducing", lambda b: setattr(b.day.book, "state", TradingState.REDUCING)),
    ],
    Barrier.UNRECONCILED: [("never", lambda b: setattr(b.live, "is_reconciled", False))],
    Barrier.FOREIGN: [("theirs", lambda b: b.live.foreign.add("AAA"))],
    Barrier.DUPLICATE: [("a twin", twin)],
    Barrier.SESSION: [("before", at_minute(-1)), ("at the close", at_minute(390))],
    Barrier.EXPIRED: [
        ("121 s", lambda b: b.later(121)),
        ("the window's end", at_minute(120)),
    ],
    Barrier.HALTED: [("at the exchange", untradable(halted=frozenset({"AAA"})))],
    Barrier.CLOCK: [("6 s", lambda b: setattr(b.live, "clock_doubt", lambda: "6 s ahead"))],
    Barrier.STALE: [
        ("silent", untradable(stale=frozenset({"AAA"}))),
        ("91 s", priced(PRICE, 91)),
        ("no price", unpriced),
    ],
    Barrier.COLLAR: [("above", priced(PRICE / 1.016)), ("below", priced(PRICE / 0.984))],
    Barrier.RUNAWAY: [
        ("another entry", lambda b: b.live.limits.count_entry("AAA", "one", b.day.now)),
        ("20 a minute", many),
    ],
}
CASES = [
    pytest.param(barrier, change, id=f"{barrier}-{name}")
    for barrier, changes in BARRIERS.items()
    for name, change in changes
]
FINE: list[tuple[str, Change]] = [
    ("nothing", lambda _: None),
    ("119 s", lambda b: b.later(119)),
    ("89 s old", priced(PRICE, 89)),
    ("1.4 % above", priced(PRICE / 1.014)),
    ("no price in the first 90 s", lambda b: b.live.prices.clear()),
    ("a foreign order elsewhere", lambda b: b.live.foreign.add("BBB")),
    ("the same id again", lambda b: b.live.limits.count_entry("AAA", first(b), b.day.now)),
    ("20 of a minute ago", a_minute_ago),
]


def first(bench: Bench) -> str:
    return next(iter(bench.day.book.intents))


def test_no_barrier_is_left_out() -> None:
    assert set(BARRIERS) == set(Barrier)


@pytest.mark.parametrize(("barrier", "change"), CASES)
async def test_each_barrier_stops_an_entry(barrier: Barrier, change: Change) -> None:
    bench = await Bench.ready()
    intent = await bench.intent()
    assert entry_refusal(bench.day, intent) is None

    change(bench)

    refusal = entry_refusal(bench.day, intent)
    assert refusal is not None
    assert refusal.barrier is barrier
    assert refusal.found


@pytest.mark.parametrize("change", [pytest.param(c, id=name) for name, c in FINE])
async def test_what_is_no_barrier(change: Change) -> None:
    bench = await Bench.ready()
    intent = await bench.intent()

    change(bench)

    assert entry_refusal(bench.day, intent) is None


async def test_an_order_that_rests_may_be_further_away() -> None:
    bench = await Bench.ready()
    intent = replace(await bench.intent(), kind=OrderKind.LIMIT)

    bench.live.prices["AAA"] = (PRICE * 1.09, bench.day.now)
    assert entry_refusal(bench.day, intent) is None
    bench.live.prices["AAA"] = (PRICE * 1.12, bench.day.now)
    refusal = entry_refusal(bench.day, intent)
    assert refusal is not None
    assert refusal.barrier is Barrier.COLLAR


STATES_OF = {
    Barrier.UNRECONCILED: (OrderState.PENDING, OrderState.PENDING),
    Barrier.STALE: (OrderState.PENDING, OrderState.PENDING),
    Barrier.CLOCK: (OrderState.PENDING, OrderState.PENDING),
    Barrier.EXPIRED: (OrderState.EXPIRED, OrderState.UNKNOWN),
}
CANCELLED = (OrderState.CANCELLED, OrderState.UNKNOWN)


@pytest.mark.parametrize("send_count", [0, 1])
@pytest.mark.parametrize(("barrier", "change"), CASES)
async def test_what_a_refusal_makes_of_an_entry(
    barrier: Barrier, change: Change, send_count: int
) -> None:
    """Never sent: it is over. Sent before: that one may live, so only the venue can say."""
    bench = await Bench.ready()
    intent = await bench.intent()
    bench.day.book.put(replace(intent, send_count=send_count))
    change(bench)

    await bench.handle(SendEntry(intent.client_order_id))

    assert bench.now(intent).state is STATES_OF.get(barrier, CANCELLED)[send_count]
    assert bench.venue.asked("submit") == []
    is_runaway = barrier is Barrier.RUNAWAY
    assert bool(bench.halts()) is is_runaway
    if is_runaway:
        assert bench.halts()[0].startswith("runaway limit: ")


@pytest.mark.parametrize(
    "change", [c for b, cs in BARRIERS.items() for _, c in cs if b is not Barrier.SESSION]
)
async def test_nothing_but_the_close_and_a_loop_stop_an_exit(change: Change) -> None:
    bench = await Bench.ready()
    await bench.intent()
    change(bench)

    assert exit_refusal(bench.day, an_exit(bench)) is None


@pytest.mark.parametrize("minute", [-1.0, 390.0])
async def test_no_exit_leaves_while_the_exchange_is_closed(minute: float) -> None:
    bench = await Bench.ready()

    at_minute(minute)(bench)

    refusal = exit_refusal(bench.day, an_exit(bench))
    assert refusal is not None
    assert refusal.barrier is Barrier.SESSION


async def test_a_loop_of_exits_is_stopped_and_one_id_again_is_none() -> None:
    bench = await Bench.ready(limits=LimitRules(exits_per_hour=2))
    for cid in ("one", "two", "two"):
        bench.live.limits.count_exit("AAA", cid, bench.day.now)

    refusal = exit_refusal(bench.day, an_exit(bench))
    assert refusal is not None
    assert refusal.barrier is Barrier.RUNAWAY
    assert exit_refusal(bench.day, replace(an_exit(bench), client_order_id="two")) is None
    bench.later(3601)
    assert exit_refusal(bench.day, an_exit(bench)) is None


def an_exit(bench: Bench) -> ExitIntent:
    return ExitIntent("fa-exit", "fa-entry", "AAA", Decimal(1), "flat", bench.day.at)


async def test_a_stored_day_has_no_gate() -> None:
    bench = await Bench.ready()
    intent: OrderIntent = await bench.intent()
    bench.world.control.killed = "stop"
    bench.day.live = None

    assert entry_refusal(bench.day, intent) is None
    assert (
        exit_refusal(bench.day, ExitIntent("x", "y", "AAA", Decimal(1), "flat", bench.day.at))
        is None
    )
