"""The person's word from the command line: to a running agent, or to its files when none runs."""

import asyncio
from collections.abc import Callable, Mapping

from fin_agent.adapters.control import FolderDesk
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.application.decisions import DecisionLog
from fin_agent.composition.bootstrap import App
from fin_agent.composition.kill_switch import agent_in, control_folder
from fin_agent.composition.maintenance import state_path
from fin_agent.domain.control import (
    Act,
    Latch,
    LatchKind,
    TradingHalted,
    TradingResumed,
    state_under,
)
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import UnitOfWork

_LOOK_S = 0.05
_LIFTED = (LatchKind.HALT, LatchKind.NOT_FLAT, LatchKind.FLAT)


def running(app: App) -> str | None:
    """The agent that runs, None when none does."""
    return agent_in(app.data_dir)


def desk_of(app: App) -> FolderDesk:
    """The person's end of the control folder."""
    return FolderDesk(control_folder(app.data_dir))


async def resume(app: App, reason: str, timeout_s: float) -> Mapping[str, object]:
    """Take the flag down and let the agent compare itself with the venue, now or when it starts.

    Raises:
        Unavailable: the running agent does not answer.
    """
    desk = desk_of(app)
    desk.lower()
    if running(app) is not None:
        return await asked(app, Act.RESUME, reason, timeout_s)
    if not state_path(app).is_file():
        return {"done": True, "state": "ACTIVE", "agent": None}

    def lift(work: UnitOfWork) -> None:
        for kind in _LIFTED:
            work.drop_latch(kind)

    left = await recorded(app, TradingResumed(reason), lift)
    day = app.clock.now().astimezone(NEW_YORK).date()
    return {"done": True, "state": state_under(left, day).value, "agent": None}


async def flat(app: App, reason: str, timeout_s: float) -> Mapping[str, object]:
    """Ask for everything to be taken out; without an agent, latch it for the next start.

    Raises:
        Unavailable: the running agent is not flat in time; it goes on trying.
    """
    if running(app) is not None:
        return await asked(app, Act.FLAT, reason, timeout_s)
    if not state_path(app).is_file():
        return {"done": True, "state": "ACTIVE", "open": {}, "agent": None}
    now = app.clock.now()
    latch = Latch(LatchKind.FLAT, now.astimezone(NEW_YORK).date(), reason, now)
    await recorded(app, TradingHalted(reason, "person"), lambda work: work.save_latch(latch))
    open_ = await _open_positions(app)
    return {"done": not open_, "state": "HALTED", "open": open_, "agent": None}


async def asked(
    app: App, act: Act, reason: str, timeout_s: float, details: Mapping[str, str] | None = None
) -> Mapping[str, object]:
    """What the running agent answers to a request.

    Raises:
        Unavailable: it does not answer in time, or ends.
    """
    desk, holder = desk_of(app), running(app)
    request_id = desk.ask(act, reason, app.clock.now(), details)
    try:
        for _ in range(max(1, int(timeout_s / _LOOK_S))):
            found = desk.answer(request_id)
            if found is not None:
                return {**found, "agent": holder}
            if running(app) is None:
                raise Unavailable(f"{holder} ended before it did {act.value}; try again")
            await asyncio.sleep(_LOOK_S)
    finally:
        if act is not Act.FLAT:  # what nobody waits for any more must not be done later
            desk.withdraw(request_id)
    raise Unavailable(f"{holder} did not {act.value} within {timeout_s:g} s; see fin-agent status")


async def recorded(app: App, event: DomainEvent, also: Callable[[UnitOfWork], None]) -> list[Latch]:
    """Record one event of today with what belongs to it; the latches that are set then."""
    now = app.clock.now()
    today = now.astimezone(NEW_YORK).date()
    database = await open_database(
        state_path(app), durable=True, holder=type(event).__name__, clock=app.clock
    )
    store = EventStore(database, app.clock, batched=False)
    try:
        log = DecisionLog(app.settings.account.name, today)
        log.restore(await store.events(today))
        async with store.begin() as work:
            work.append([log.record(event, now)])
            also(work)
        return list(await store.latches())
    finally:
        await store.close()


async def _open_positions(app: App) -> Mapping[str, str]:
    """What the journal says is held: shares by symbol."""
    from fin_agent.composition.standing import standing

    found = await standing(app)
    return {held.position.symbol: f"{held.position.quantity:f}" for held in found.positions}
