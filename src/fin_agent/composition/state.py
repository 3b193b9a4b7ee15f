"""The event log and its dead letters: read beside a running agent, changed when none runs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.dead_letters import Check, DeadLetters, Outcome
from fin_agent.adapters.persistence.deliveries import Deliveries, Rows
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.log_reader import LogReader, Recorded, reading
from fin_agent.adapters.persistence.rows import latch_of
from fin_agent.composition.bootstrap import App
from fin_agent.composition.maintenance import state_path
from fin_agent.domain.control import state_under
from fin_agent.domain.delivery import DeadLetter
from fin_agent.domain.errors import UsageError
from fin_agent.domain.exits import ExitOrdered
from fin_agent.domain.order import FillRecorded, OrderIntentCreated, OrderMoved
from fin_agent.domain.plan import SignalGenerated
from fin_agent.domain.risk import PlanApproved, TradingState
from fin_agent.domain.session import NEW_YORK

__all__ = ["DeadLetter", "LogReader", "Outcome", "Recorded"]

ORDER_TYPES = frozenset(
    kind.__name__
    for kind in (
        SignalGenerated,
        PlanApproved,
        OrderIntentCreated,
        ExitOrdered,
        OrderMoved,
        FillRecorded,
    )
)
_LATCHES = "SELECT * FROM latch"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which dead letters: those of these events, or all of them."""

    event_ids: Sequence[str] = ()

    def of(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """The chosen ones.

        Raises:
            UsageError: an id is that of no dead letter.
        """
        known = {letter.event.event_id for letter in letters}
        strange = [event_id for event_id in self.event_ids if event_id not in known]
        if strange:
            named = ", ".join(strange)
            raise UsageError(f"{named}: no dead letter; see fin-agent events dead")
        wanted = set(self.event_ids) or known
        return [letter for letter in letters if letter.event.event_id in wanted]


@asynccontextmanager
async def log_of(app: App) -> AsyncIterator[LogReader]:
    """The event log, to be read; the agent may be running.

    Raises:
        CorruptData: there is none, or it is damaged.
    """
    async with reading(state_path(app)) as reader:
        yield reader


async def dead_letters(app: App) -> Sequence[DeadLetter]:
    """Everything that was given up."""
    async with log_of(app) as reader:
        return await Deliveries(reader).dead_letters()


async def try_requeue(app: App, chosen: Chosen) -> list[Outcome]:
    """What requeueing would do; nothing is changed."""
    async with log_of(app) as reader:
        letters = await _letters(app, reader)
        return await letters.judged(chosen.of(await letters.all()))


async def requeue(app: App, chosen: Chosen) -> list[Outcome]:
    """Give dead letters another series of attempts when the agent runs next.

    Raises:
        AlreadyRunning: the agent is running.
    """
    async with log_of(app):  # a missing file is not made here
        pass
    database = await open_database(
        state_path(app), durable=True, holder="events requeue", clock=app.clock
    )
    store = EventStore(database, app.clock, batched=False)
    try:
        letters = await _letters(app, database)
        return await letters.requeue(chosen.of(await letters.all()), store)
    finally:
        await store.close()


async def _letters(app: App, rows: Rows) -> DeadLetters:
    latches = [latch_of(row) for row in await rows.rows(_LATCHES)]
    today: date = app.clock.now().astimezone(NEW_YORK).date()
    check = not_while_halted(state_under(latches, today))
    return DeadLetters(Deliveries(rows), app.clock, check)


def not_while_halted(state: TradingState) -> Check:
    """Nothing that leads to an order goes back while trading is halted."""

    async def check(letter: DeadLetter) -> str | None:
        if state is TradingState.HALTED and letter.event.type in ORDER_TYPES:
            return "trading is halted; resume first"
        return None

    return check
