"""Halt, resume, and the latches that outlive every restart and the night."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fin_agent.application.commands import (
    CloseSession,
    HaltTrading,
    LockSession,
    ResumeTrading,
    SendEntry,
    Trouble,
)
from fin_agent.domain.control import Latch, LatchKind
from fin_agent.domain.errors import Ambiguous, StateUnavailable
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import TradingState
from tests.application.bench import Bench

ACTIVE, REDUCING, HALTED = TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED
TODAY, BEFORE = date(2025, 3, 12), date(2025, 3, 11)


def latches(bench: Bench) -> list[LatchKind]:
    return [latch.kind for latch in bench.world.store.latched]


async def test_a_halt_is_durable_and_takes_entries_back() -> None:
    bench = await Bench.ready()
    intent = await bench.sent()

    await bench.handle(HaltTrading("I do not like it", "person"))

    assert (bench.day.book.state, latches(bench)) == (HALTED, [LatchKind.HALT])
    assert bench.venue.asked("cancel") == [intent.client_order_id]
    assert bench.told("ErrorRaised") == []  # the person knows
    again = await bench.again()
    assert again.day.book.state is HALTED


async def test_a_halt_that_is_not_the_persons_tells_them() -> None:
    bench = await Bench.ready()

    await bench.handle(HaltTrading("positions differ", "reconcile"))

    (told,) = bench.told("ErrorRaised")
    assert (told["problem"], told["critical"]) == ("positions differ", True)
    assert "fin-agent resume" in told["remedy"]


async def test_a_second_halt_changes_nothing() -> None:
    bench = await Bench.ready()

    await bench.handle(HaltTrading("one", "person"), HaltTrading("two", "agent"))

    assert bench.halts() == ["one"]
    assert len(bench.world.store.latched) == 1


async def test_resume_takes_the_latches_away() -> None:
    bench = await Bench.ready()
    await bench.handle(HaltTrading("one", "person"))

    await bench.handle(ResumeTrading("looked at it"))

    assert (bench.day.book.state, latches(bench)) == (ACTIVE, [])
    assert (await bench.again()).day.book.state is ACTIVE


async def test_resume_does_not_end_a_daily_loss() -> None:
    bench = await Bench.ready()
    await bench.handle(LockSession(30), HaltTrading("one", "person"))

    await bench.handle(ResumeTrading("let me"))

    assert (bench.day.book.state, latches(bench)) == (REDUCING, [LatchKind.DAILY_LOSS])
    again = await bench.again()
    assert (again.day.book.state, again.day.is_locked) == (REDUCING, True)
    assert again.live.all_out == "daily_loss"


@pytest.mark.parametrize(
    ("kind", "day", "state"),
    [
        (LatchKind.DAILY_LOSS, TODAY, REDUCING),
        (LatchKind.DAILY_LOSS, BEFORE, ACTIVE),
        (LatchKind.HALT, TODAY, HALTED),
        (LatchKind.HALT, BEFORE, HALTED),
        (LatchKind.NOT_FLAT, BEFORE, HALTED),
        (LatchKind.FLAT, BEFORE, HALTED),
    ],
)
async def test_what_a_latch_makes_of_a_session(
    kind: LatchKind, day: date, state: TradingState
) -> None:
    bench = await Bench.ready()
    at = bench.day.at
    bench.world.store.save_latch(Latch(kind, day, "x", at))

    assert (await bench.again()).day.book.state is state


async def test_a_locked_day_sends_nothing_after_a_restart() -> None:
    bench = await Bench.ready()
    intent = await bench.intent()
    await bench.handle(LockSession(30))

    again = await bench.again()
    await again.handle(SendEntry(intent.client_order_id))

    assert bench.venue.asked("submit") == []
    (locked,) = bench.told("SessionLocked")
    assert locked["minute"] == 30


async def test_trouble_is_told_once_while_it_lasts() -> None:
    bench = await Bench.ready()

    for _ in range(5):
        await bench.handle(Trouble("no answer"), Trouble("another"))
        bench.later(60)
    assert len(bench.told("ErrorRaised")) == 2
    bench.later(600)
    await bench.handle(Trouble("no answer"))

    assert len(bench.told("ErrorRaised")) == 3


class TestTheClose:
    """A position, an order nobody can name, or a venue that does not answer: never in silence."""

    @staticmethod
    async def closed(bench: Bench, **answers: object) -> Bench:
        session = bench.world.world.session
        bench.later((session.close - bench.day.at).total_seconds())
        bench.venue.told(**answers)
        await bench.driver._close()
        return bench

    async def test_a_day_without_anything_ends_quietly(self) -> None:
        bench = await self.closed(await Bench.ready())

        assert bench.told("SessionClosed")[0]["flat"] is True
        assert (latches(bench), bench.told("ErrorRaised")) == ([], [])

    async def test_a_position_latches_the_next_day(self) -> None:
        bench = await Bench.ready()
        await bench.held()

        await self.closed(bench, positions={"AAA": Decimal(23)})

        assert bench.told("SessionClosed")[0]["flat"] is False
        assert latches(bench) == [LatchKind.NOT_FLAT]
        (told,) = bench.told("ErrorRaised")
        assert "still held after the close: 23 AAA" in told["problem"]
        assert (await bench.again()).day.book.state is HALTED

    async def test_a_venue_that_does_not_answer_is_no_proof_of_being_flat(self) -> None:
        bench = await self.closed(await Bench.ready(), positions=Ambiguous("reset"))

        assert latches(bench) == [LatchKind.NOT_FLAT]
        assert bench.told("SessionClosed")[0]["flat"] is False
        assert len(bench.venue.asked("orders")) == 1 + 3  # of the start, and three tries

    async def test_one_answer_of_three_is_enough(self) -> None:
        bench = await self.closed(
            await Bench.ready(), positions=[Ambiguous("reset"), Ambiguous("reset"), {}]
        )

        assert latches(bench) == []

    async def test_shares_that_are_not_ours_are_told(self) -> None:
        bench = await self.closed(await Bench.ready(), positions={"ZZZ": Decimal(2)})

        assert "ZZZ: 2 at the venue, 0 here" in bench.told("ErrorRaised")[-1]["problem"]
        assert LatchKind.NOT_FLAT in latches(bench)

    async def test_an_order_nobody_ever_saw_ends_with_its_day(self) -> None:
        bench = await Bench.ready()
        intent = await bench.sent(submit=Ambiguous("reset"))

        await self.closed(bench)

        assert bench.stored(intent.client_order_id).state is OrderState.EXPIRED
        assert "never seen" in bench.told("OrderMoved")[-1]["reason"]
        assert latches(bench) == []

    async def test_an_order_nobody_could_look_up_stays_unknown(self) -> None:
        bench = await Bench.ready()
        intent = await bench.sent(submit=Ambiguous("reset"))

        await self.closed(bench, find=Ambiguous("reset"))

        assert bench.stored(intent.client_order_id).state is OrderState.UNKNOWN
        assert latches(bench) == [LatchKind.NOT_FLAT]
        assert "is UNKNOWN" in bench.told("ErrorRaised")[-1]["problem"]

    async def test_what_was_never_sent_ends_too(self) -> None:
        bench = await Bench.ready()
        intent = await bench.intent()

        await self.closed(bench)

        assert bench.stored(intent.client_order_id).state is OrderState.EXPIRED
        assert bench.told("OrderMoved")[-1]["reason"] == "never sent"

    async def test_a_way_out_that_waits_ends_and_is_told(self) -> None:
        bench = await Bench.ready()
        intent = await bench.held()
        exit_ = replace(an_exit(bench, intent.client_order_id), state=OrderState.PENDING)
        bench.day.exits["AAA"] = exit_

        await self.closed(bench, positions={"AAA": Decimal(23)})

        assert bench.stored(exit_.client_order_id).state is OrderState.EXPIRED
        assert bench.venue.asked("exit") == []
        assert latches(bench) == [LatchKind.NOT_FLAT]


def an_exit(bench: Bench, entry_id: str) -> ExitIntent:
    return ExitIntent("fa-x", entry_id, "AAA", Decimal(23), "flat", bench.day.at)


async def test_a_latch_whose_commit_failed_is_in_the_next_one() -> None:
    """The disk was full for a moment: the halt must not be forgotten by it."""
    bench = await Bench.ready()
    bench.world.store.fails = 2  # the try and what tells of its failure
    with pytest.raises(StateUnavailable):
        await bench.handle(HaltTrading("one", "agent"))
    assert (bench.world.store.fails, latches(bench)) == (0, [])

    await bench.handle(CloseSession())

    assert LatchKind.HALT in latches(bench)
    assert bench.halts() == ["one"]


async def test_a_disk_that_fails_once_halts_for_good() -> None:
    bench = await Bench.ready()
    intent = await bench.intent()
    bench.world.store.fails = 1
    with pytest.raises(StateUnavailable):
        await bench.handle(SendEntry(intent.client_order_id))

    assert latches(bench) == [LatchKind.HALT]
    assert bench.venue.asked("submit") == []
    assert (await bench.again()).day.book.state is HALTED
