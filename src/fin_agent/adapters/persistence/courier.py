"""Brings one event to one handler and records what came of it, all in one transaction.

What the handler wrote, the inbox, the cursor and the lease are stored together, so a crash at any
instant leaves an event either done with all its effects, or not done at all.
"""

import asyncio
import traceback
from collections.abc import Sequence
from contextvars import ContextVar
from io import StringIO

from fin_agent.adapters.logs.formats import ABOUT, ids_of
from fin_agent.adapters.persistence.office import Office, Place, Subscription
from fin_agent.adapters.persistence.transactions import Batch
from fin_agent.adapters.persistence.window import Entry, Window
from fin_agent.adapters.persistence.work import Work
from fin_agent.domain.delivery import DeadLetter, SignalExpired, has_expired
from fin_agent.domain.errors import CorruptData, Inconsistent
from fin_agent.domain.events import Event
from fin_agent.ports import Handler, UnitOfWork

handling: ContextVar[bool] = ContextVar("handling", default=False)


class Courier:
    """Delivers for one consumer while it holds its place."""

    def __init__(self, subscription: Subscription, office: Office, place: Place) -> None:
        self._subscription = subscription
        self._office = office
        self._place = place
        self._abandoned: set[asyncio.Task[None]] = set()

    async def deliver(self, entry: Entry, window: Window) -> bool:
        """Try an entry once; whether it is settled. The window knows the outcome either way."""
        now = self._office.clock.now()
        if not self._subscription.observes and has_expired(entry.event, now):
            work = self._office.store.unit()
            expired = SignalExpired(self._subscription.consumer, entry.event, now)
            work.append([expired.recorded()])
            return await self._acknowledge(entry, window, work)
        try:
            event = self._office.types.read(entry.event)
        except CorruptData as error:
            letter = self._letter(entry, (str(error), ""), unreadable=True)
            return await self._bury(entry, window, letter)
        work = self._office.store.unit()
        failure = await self._attempt(event, work)
        if failure is None:
            return await self._acknowledge(entry, window, work)
        return await self._fail(entry, window, failure)

    async def _attempt(self, event: Event, work: Work) -> tuple[str, str] | None:
        """Run the handler within its time; what went wrong, and where."""
        limit = self._office.rules.timeout.total_seconds()
        task = asyncio.create_task(_handled(self._subscription.handler, event, work))
        try:
            await asyncio.wait({task}, timeout=limit)
            if not task.done():
                return f"not handled within {limit:g} s", _stack(task)
        finally:
            self._abandoned.add(task)
            task.add_done_callback(self._let_go)
            task.cancel()  # if it does not listen nobody waits, and nothing of it is stored
        if task.cancelled():
            return "the handler cancelled itself", ""
        error = task.exception()
        if error is None:
            return None
        reason = f"{type(error).__name__}: {error}"
        return reason, "".join(traceback.format_exception(error))

    def _let_go(self, task: asyncio.Task[None]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, also when the delivery itself was cut

    async def _acknowledge(self, entry: Entry, window: Window, work: Work) -> bool:
        office, name = self._office, self._subscription.consumer
        done = office.deliveries.done(name, entry, office.clock.now())
        try:
            await self._store(work, done, window.cursor(without=entry))
        except Inconsistent as error:
            if await self._place.is_lost():
                return False
            if not await office.deliveries.is_done(name, entry.event.event_id):
                return await self._fail(entry, window, (f"{type(error).__name__}: {error}", ""))
        window.finish(entry)
        return True

    async def _fail(self, entry: Entry, window: Window, failure: tuple[str, str]) -> bool:
        office, letter = self._office, self._letter(entry, failure)
        if office.rules.is_spent(letter.attempts):
            return await self._bury(entry, window, letter)
        due = letter.failed_at + office.rules.delay(letter.attempts, office.draw())
        failed = office.deliveries.failed(letter, due)
        if await self._stored(office.store.unit(), [failed], window.cursor()):
            entry.attempts = letter.attempts
            window.postpone(entry, due)
        return False

    async def _bury(self, entry: Entry, window: Window, letter: DeadLetter) -> bool:
        office, work = self._office, self._office.store.unit()
        if letter.is_unreadable or letter.event.type in office.order_types:
            await office.report(letter, work)
        dead = office.deliveries.failed(letter, None)
        if not await self._stored(work, [dead], window.cursor(without=entry)):
            return False
        window.finish(entry)
        return True

    async def _stored(self, work: Work, batches: Sequence[Batch], cursor: int) -> bool:
        """Store it; False when the place was lost, so that another process will deal with it."""
        try:
            await self._store(work, batches, cursor)
        except Inconsistent:
            if await self._place.is_lost():
                return False
            raise
        return True

    async def _store(self, work: Work, batches: Sequence[Batch], cursor: int) -> None:
        moved = self._place.moved(cursor)
        await self._office.store.write(work, [*moved, *batches])

    def _letter(
        self, entry: Entry, failure: tuple[str, str], *, unreadable: bool = False
    ) -> DeadLetter:
        return DeadLetter(
            consumer=self._subscription.consumer,
            seq=entry.seq,
            event=entry.event,
            attempts=entry.attempts + 1,
            failed_at=self._office.clock.now(),
            reason=failure[0],
            trace=failure[1],
            is_unreadable=unreadable,
        )


async def _handled(handler: Handler, event: Event, work: UnitOfWork) -> None:
    handling.set(True)
    ABOUT.set(ids_of(event))
    await handler(event, work)


def _stack(task: asyncio.Task[None]) -> str:
    """Where a task hangs."""
    text = StringIO()
    task.print_stack(file=text)
    return text.getvalue()
