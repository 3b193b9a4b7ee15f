"""A live session from the first pulse to the close, and what a restart makes of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.domain.control import Act, ControlRequest, LatchKind
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.matching import FillRules
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.risk import RiskRules, TradingState
from fin_agent.domain.session import SessionRules
from fin_agent.domain.venue import Part, VenueAccount
from fin_agent.testing.builders import SCAN
from tests.application.bench import Bench
from tests.application.live_days import Crash, CrashingStore, LiveWorld
from tests.application.worlds import World, course, gapping


def paper() -> Paper:
    return Paper(FillRules(), SessionRules(), Decimal(1))


def entries(world: LiveWorld) -> dict[str, OrderIntent]:
    return {i.symbol: i for i in world.store.intents if isinstance(i, OrderIntent)}


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
        live = LiveWorld()
        driver = await live.started()

        def reason(at: int = pulses, live: LiveWorld = live) -> str | None:
            return "stop" if live.clock.now() >= SCAN + timedelta(seconds=10 * at) else None

        live.control.kill_reason = reason  # type: ignore[method-assign]
        await driver.run(live.feed())

        since = SCAN + timedelta(seconds=10 * pulses)
        late = [o for o in live.broker.accepted if o.part is Part.ENTRY and o.accepted_at >= since]
        assert late == []
        assert recorded(live, "TradingHalted")[0]["by"] == "person"


async def test_a_kill_flag_between_two_orders_stops_the_second() -> None:
    live = LiveWorld()
    driver = await live.started()
    real = live.broker.submit

    async def submit(intent: OrderIntent, session: object) -> object:
        live.control.killed = "stop"
        return await real(intent, session)  # type: ignore[arg-type]

    live.broker.submit = submit  # type: ignore[assignment, method-assign]
    await driver.run(live.feed())

    assert [o.symbol for o in live.broker.accepted if o.part is Part.ENTRY] == ["AAA"]
    assert entries(live)["BBB"].state is OrderState.CANCELLED
    assert entries(live)["BBB"].send_count == 0


async def test_a_blocked_account_halts_at_the_start() -> None:
    live = LiveWorld()
    blocked = VenueAccount("A-1", is_live=False, is_blocked=True)

    async def account() -> VenueAccount:
        return blocked

    live.broker.account = account  # type: ignore[method-assign]
    driver = await live.started()

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
    driver = await live.started()
    at = live.world.session.time_of(30)
    flat = [wish(Act.FLAT)]

    def requests() -> list[ControlRequest]:
        return flat if live.clock.now() >= at and not live.control.answers else []

    live.control.requests = requests  # type: ignore[method-assign]
    await driver.run(live.feed())

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


class TestARestart:
    async def test_what_was_being_sent_is_unknown_and_found(self) -> None:
        live = LiveWorld()
        real = live.broker.submit

        async def submit(intent: OrderIntent, session: object) -> object:
            await real(intent, session)  # type: ignore[arg-type]
            raise Crash

        live.broker.submit = submit  # type: ignore[assignment, method-assign]
        with pytest.raises(Crash):
            await live.lived()
        live.broker.submit = real  # type: ignore[method-assign]
        assert {i.state for i in entries(live).values()} == {OrderState.SENDING, OrderState.PENDING}

        driver = await live.started()
        states = {i.symbol: i.state for i in driver.day.book.intents.values()}
        assert states["AAA"] in {OrderState.ACKED, OrderState.FILLED}
        await driver.run(live.feed())

        assert [o.symbol for o in live.broker.accepted if o.part is Part.ENTRY] == ["AAA", "BBB"]
        assert await live.broker.positions() == {}

    async def test_a_closed_day_is_left_alone(self) -> None:
        live = LiveWorld()
        await live.lived()
        events = len(live.store.logged)

        driver = await live.lived()

        assert driver.was_closed
        assert len(live.store.logged) == events

    async def test_a_second_start_scans_nothing_anew(self) -> None:
        live = LiveWorld()
        await live.started()
        kinds = [event.type for event in live.store.logged]

        driver = await live.started()

        assert (driver.was_opened, driver.was_scanned) == (True, True)
        assert [event.type for event in live.store.logged] == kinds
        assert [watch.plan.symbol for watch in driver.day.watches] == ["AAA", "BBB"]
        assert driver.day.fates == {"AAA": "armed", "BBB": "armed"}

    async def test_the_limits_count_again_what_was_sent(self) -> None:
        bench = await Bench.ready()
        await bench.sent()

        again = await bench.again()

        now = bench.day.now
        assert again.live.limits.may_enter("AAA", "another", now) == "AAA had its entry today"

    async def test_a_trade_measures_every_bar_although_the_process_died_in_it(self) -> None:
        """The stop took it out at 09:50; the process died between its fill and its trade."""
        bars = {"AAA": course((0, 10.8), (5, 11.4), (10, 10.6), (20, 10.3))}
        calm = LiveWorld(world=World([gapping("AAA")], bars))
        driver = await calm.lived(paper())
        (expected,) = driver.outcome().trades

        live = LiveWorld(world=World([gapping("AAA")], bars), store=DiesBeforeTheTrade())
        with pytest.raises(Crash):
            await live.lived(paper())
        assert live.store.records == []
        await live.lived(paper())

        assert live.store.records == [expected]
        assert expected.mfe_r > 1


class DiesBeforeTheTrade(CrashingStore):
    """Dies once, when a way out was recorded and its trade was not yet."""

    has_died = False

    def _step(self) -> None:
        is_out = any(not fill.is_entry for fill in self.fills)
        if is_out and not self.records and not self.has_died:
            self.has_died = True
            raise Crash
