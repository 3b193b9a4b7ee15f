"""Halt, resume and trouble: what a person decides, and what a person should know."""

from collections.abc import Sequence

from fin_agent.application.commands import CoverPositions, HaltTrading, ResumeTrading, Trouble
from fin_agent.application.desk import Day
from fin_agent.domain.control import ErrorRaised, Latch, LatchKind, TradingHalted, TradingResumed
from fin_agent.domain.risk import TradingState
from fin_agent.ports import UnitOfWork


async def halt_trading(day: Day, command: HaltTrading) -> Sequence[object]:
    """Entries are off until a person resumes; the latch is durable before anything else happens."""
    if day.book.state is TradingState.HALTED:
        return []
    day.book.state = TradingState.HALTED  # first of all: no await may pass an entry by
    latch = Latch(LatchKind.HALT, day.session.date, command.reason, day.now)
    day.record(TradingHalted(command.reason, command.by))
    if command.by != "person":
        remedy = "look at the venue, then: fin-agent resume --reason TEXT"
        day.record(ErrorRaised(command.reason, remedy, critical=True))
    await day.commit(also=lambda work: work.save_latch(latch))
    return [CoverPositions()]


async def resume_trading(day: Day, command: ResumeTrading) -> Sequence[object]:
    """Entries are on again, but for a daily loss, which holds for its day."""

    def drop(work: UnitOfWork) -> None:
        for kind in (LatchKind.HALT, LatchKind.NOT_FLAT, LatchKind.FLAT):
            work.drop_latch(kind)

    day.book.state = TradingState.REDUCING if day.is_locked else TradingState.ACTIVE
    if day.live is not None and not day.is_locked:
        day.live.all_out = ""
    day.record(TradingResumed(command.reason))
    await day.commit(also=drop)
    return []


async def tell_trouble(day: Day, command: Trouble) -> Sequence[object]:
    """Record something a person should know, and while it lasts only now and then again."""
    live = day.live
    if live is None:
        return []
    live.last_problem = command.problem
    last = live.told.get(command.problem)
    if last is not None and day.now - last < live.rules.tell_again:
        return []
    live.told[command.problem] = day.now
    day.record(ErrorRaised(command.problem, command.remedy))
    return []
