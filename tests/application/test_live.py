"""A live session from the first pulse to the close, at any trouble on its way."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from fin_agent.domain.control import Act, ControlRequest, LatchKind
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import RiskRules, TradingState
from fin_agent.domain.venue import Part, VenueAccount
from fin_agent.testing.builders import SCAN
from fin_agent.testing.venue import FakeVenue
from tests.application.bench import Bench
from tests.application.live_days import (
    Crash,
    CrashingStore,
    LiveWorld,
    PunctualControl,
    WatchedVenue,
    entries,
    paper,
)
from tests.application.worlds import World, course, gapping


def recorded(world: LiveWorld, kind: str) -> list[dict[str, object]]:
    world.world.store = world.store
    return world.world.recorded(kind)


def last_exit(live: LiveWorld) -> datetime:
    return max(t.exit_time for t in live.store.records if t.exit_time is not None)


async def test_a_day_on_paper_decides_what_a_replay_decides() -> None:
    live, stored = LiveWorld(), World([gapping("AAA"), gapping("BBB")], LiveWorld().world.bars)

    driver = await live.lived(paper())
    replayed = await stored.lived()

    assert driver.outcome().trades == replayed.outcome().trades
    kinds = [e.type for e in live.store.logged if e.is_decision]
    assert kinds == [e.type for e in stored.store.logged if e.is_decision]


async def test_a_day_at_a_venue_ends_flat() -> None:
    live = LiveWorld()

    driver = await live.lived()

    assert driver.outcome().fates == {"AAA": "filled", "BBB": "filled"}
    assert [trade.exit_reason for trade in driver.outcome().trades] == ["flat", "flat"]
    assert await live.broker.positions() == {}
    assert recorded(live, "SessionClosed")[0]["flat"] is True


async def test_nothing_is_sent_before_the_minutes_that_are_over_were_seen() -> None:
    """A start at 09:40: the triggers of 09:31 are long gone, and expire."""
    live = LiveWorld()
    driver = await live.started()
    live.clock.at = live.world.session.time_of(10)

    await driver.run(live.feed())

    assert live.broker.accepted == []
    expired = recorded(live, "PlanExpired")
    assert {row["reason"] for row in expired} == {"stale"}


async def test_a_trigger_that_is_a_minute_late_is_still_traded() -> None:
    live = LiveWorld()
    driver = await live.started()
    live.clock.at = live.world.session.time_of(2)

    await driver.run(live.feed())

    assert {order.symbol for order in live.broker.accepted} == {"AAA", "BBB"}


async def test_a_kill_flag_at_any_pulse_stops_every_later_entry() -> None:
    for pulses in (1, 5, 190, 191, 192):
        since = SCAN + timedelta(seconds=10 * pulses)
        live = LiveWorld()
        live.control = PunctualControl(clock=live.clock, kills_at=since)

        await live.lived()

        late = [o for o in live.broker.accepted if o.part is Part.ENTRY and o.accepted_at >= since]
        assert late == []
        assert recorded(live, "TradingHalted")[0]["by"] == "person"


async def test_a_kill_flag_between_two_orders_stops_the_second() -> None:
    live = LiveWorld()

    def kill() -> None:
        live.control.killed = "stop"

    live.venue = WatchedVenue(live.clock.now, taken=kill)
    await live.lived()

    assert [o.symbol for o in live.broker.accepted if o.part is Part.ENTRY] == ["AAA"]
    assert entries(live)["BBB"].state is OrderState.CANCELLED
    assert entries(live)["BBB"].send_count == 0


class BlockedVenue(FakeVenue):
    """A venue that has blocked the account."""

    async def account(self) -> VenueAccount:
        return VenueAccount("A-1", is_live=False, is_blocked=True)


async def test_a_blocked_account_halts_at_the_start() -> None:
    live = LiveWorld()

    driver = await live.started(BlockedVenue(live.clock.now))

    assert driver.day.book.state is TradingState.HALTED
    assert recorded(live, "TradingHalted")[0]["reason"] == "account A-1 is blocked"


class DiesOnceLatched(CrashingStore):
    """Dies right after the commit that made a latch durable."""

    has_died = False

    def _step(self) -> None:
        if self.latched and not self.has_died:
            self.has_died = True
            raise Crash


async def test_a_loss_lock_survives_a_crash_and_everything_leaves() -> None:
    bars = {"AAA": course((0, 10.8), (20, 9.4)), "BBB": course((0, 10.8))}
    risk = replace(RiskRules(), daily_loss_cap=Decimal(20))
    world = World([gapping("AAA"), gapping("BBB")], bars, risk=risk)
    live = LiveWorld(world=world, store=DiesOnceLatched())
    with pytest.raises(Crash):
        await live.lived()
    assert [latch.kind for latch in live.store.latched] == [LatchKind.DAILY_LOSS]

    driver = await live.lived()

    assert driver.day.is_locked
    assert await live.broker.positions() == {}
    assert {t.symbol: t.exit_reason for t in live.store.records} == {
        "AAA": "daily_loss",
        "BBB": "daily_loss",
    }
    assert last_exit(live) < live.world.session.time_of(30)


def wish(act: Act, number: int = 1) -> ControlRequest:
    return ControlRequest(f"w{number}", act, f"please {act}", SCAN)


async def test_flat_takes_everything_out_and_is_answered_when_it_is() -> None:
    live = LiveWorld()
    at = live.world.session.time_of(30)
    live.control = PunctualControl(clock=live.clock, wishes=[(at, wish(Act.FLAT))])

    await live.lived()

    assert live.control.answers["w1"] == {"done": True, "state": "HALTED", "open": {}}
    assert {t.exit_reason for t in live.store.records} == {"manual"}
    assert last_exit(live) < live.world.session.time_of(35)
    assert {latch.kind for latch in live.store.latched} >= {LatchKind.FLAT, LatchKind.HALT}


async def test_flat_goes_on_after_a_crash() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(release=False, positions={"AAA": Decimal(23)})
    bench.world.control.waiting = [wish(Act.FLAT)]
    await bench.driver.hear_person()
    assert bench.world.control.answers == {}
    assert bench.venue.asked("exit") == []

    again = await bench.again()
    bench.venue.told(release=True, positions={"AAA": Decimal(23)})
    await again.driver._pulse(bench.world.clock.pass_(timedelta(seconds=5)))
    await again.driver._pulse(bench.world.clock.pass_(timedelta(seconds=5)))

    assert again.day.exits["AAA"].reason == "manual"
    assert again.day.book.state is TradingState.HALTED


async def test_halt_and_resume_are_answered() -> None:
    bench = await Bench.ready()
    control = bench.world.control

    control.waiting = [wish(Act.HALT, 1)]
    await bench.driver.hear_person()
    assert control.answers["w1"] == {"done": True, "state": "HALTED", "open": {}}
    control.waiting = [wish(Act.RESUME, 2)]
    await bench.driver.hear_person()

    assert control.answers["w2"] == {"done": True, "state": "ACTIVE", "open": {}}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"positions": {"AAA": Decimal(5)}}, "AAA: 5 at the venue, 0 here"),
        ({"positions": Unavailable("429")}, "does not answer"),
    ],
)
async def test_resume_needs_a_comparison_without_a_difference(
    answers: dict[str, object], why: str
) -> None:
    bench = await Bench.ready()
    control = bench.world.control
    control.waiting = [wish(Act.HALT, 1)]
    await bench.driver.hear_person()
    bench.venue.told(**answers)

    control.waiting = [wish(Act.RESUME, 2)]
    await bench.driver.hear_person()

    assert control.answers["w2"]["done"] is False
    assert why in str(control.answers["w2"]["why"])
    assert bench.day.book.state is TradingState.HALTED
