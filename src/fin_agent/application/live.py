"""Drives one session as it happens: the day driver under a clock, with a venue that can fail.

Everything runs in one task, step by step, so between the gate and the durable SENDING nothing else
can happen. A restart lives the decided minutes again without deciding anything.
"""

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from datetime import datetime

from fin_agent.application import watch_session
from fin_agent.application.commands import (
    CancelEntries,
    CloseSession,
    HaltTrading,
    Reconcile,
    ResolveOrders,
    ScanMarket,
    SendEntry,
    Trouble,
)
from fin_agent.application.day import DayDriver
from fin_agent.application.hear_person import PersonHeard
from fin_agent.application.last_look import last_look
from fin_agent.application.live_state import LiveState
from fin_agent.application.next_steps import heard, next_steps
from fin_agent.application.recover import (
    Rehearsal,
    account_troubles,
    begun_only,
    restore,
    trades_in,
)
from fin_agent.application.scan_market import look_at_market
from fin_agent.domain.control import Latch, StoredDay
from fin_agent.domain.entry import EntryWatch, Expiry, PlanExpired, PlanTriggered
from fin_agent.domain.errors import Inconsistent, StateUnavailable, Unavailable
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.order import OrderState
from fin_agent.domain.session import ScanRequested
from fin_agent.domain.verdict import UniverseJudged
from fin_agent.ports import MinuteBars, Pulse, ScanDue, SessionFeedPort, SimulatedVenue

_JUDGED = UniverseJudged.__name__
_NEXT_SCAN = "the next scan of the schedule tries again"


class LiveDriver(DayDriver):
    """One session under a clock; make it, ``recover`` it, ``scan`` it if it was not, ``run`` it."""

    async def recover(self, live: LiveState, stored: StoredDay, latches: Sequence[Latch]) -> None:
        """Take a stored day up: fold its records, then hear the venue.

        Raises:
            Inconsistent: the stored records contradict each other.
        """
        day = self.day
        day.live = self._live = live
        self.decided = -1 if stored.minute is None else stored.minute
        self._pulses = 0
        self._person = PersonHeard(day, live, self._handle)
        self.was_opened = any(e.type == "SessionOpened" for e in stored.events)
        self.scanned = frozenset(e.occurred_at for e in stored.events if e.type == _JUDGED)
        self._scanned_at = max(self.scanned, default=None)
        self.unfinished_scans = begun_only(stored.events, self.scanned)
        self._begun = stored.minute is not None and self.decided >= self._first_minute()
        self._seen, self._fresh = -1, list[EntryWatch]()
        live.window_over = self.decided + 1 >= self._entry_end
        self.was_closed = any(e.type == "SessionClosed" for e in stored.events)
        self._rehearsal: Rehearsal | None = None
        restore(day, stored, latches)
        self._told = trades_in(stored.events)
        live.is_catching_up = True
        day.at = max(day.at, live.now())
        if isinstance(day.desk.venue, SimulatedVenue):
            self._rehearsal = Rehearsal(stored, day)
            live.is_simulated = live.is_reconciled = True
            return
        await self._handle([*await account_troubles(day), Reconcile(positions=True)])
        await self._handle([ResolveOrders()])
        if not live.is_reconciled:
            await self._handle([Reconcile(positions=True)])

    async def _caught_up(self) -> None:
        """Record the closed trades that no process has recorded, now that their bars were seen.

        The process died between a last fill and its trade, or the fill came while there was none.
        """
        day, live = self.day, self._live
        if not live.is_catching_up:
            return
        live.is_catching_up = False
        trades = [day.book.record(trade) for trade in day.book.closed]
        day.trades = [trade for trade in trades if trade.trade_id in self._told]
        for trade in trades:
            if trade.trade_id not in self._told:
                if live.is_simulated:
                    day.at = day.session.time_of(trade.fills[-1].minute + 1)
                await self._handle([TradeRecorded(trade)])

    @property
    def was_scanned(self) -> bool:
        """Whether any scan of this session was made, now or before a restart."""
        return self._scanned_at is not None or self.day.section is not None

    async def look(self, due: ScanDue) -> None:
        """Make one scan of the schedule, the first of the day or a later one; it sends nothing.

        A later one judges anew what was advised and did not trigger, and what is held.
        """
        day = self.day
        if due.at in self.scanned:
            return
        if due not in self.unfinished_scans:
            day.record(ScanRequested(due.job, due.due, due.at))
        await day.commit()
        try:
            await self.scan(due.at, at_open=due.at == day.session.open)
        except Unavailable as error:
            await self._handle([Trouble(f"the scan {due.job} was not made ({error})", _NEXT_SCAN)])
            return
        self.scanned |= {due.at}
        self._begun = self._begun and due.at < day.session.open

    async def scan(self, at: datetime, *, at_open: bool) -> None:
        """One scan; while providers are asked, the person and the venue are heard."""
        asked = look_at_market(self.day, at, at_open=at_open)
        await self._handle([ScanMarket(await self._live.attentively(asked, self.attend))])

    async def attend(self) -> None:
        """Hear the person and the venue while something slow is waited for; decide nothing."""
        await self.hear_person()
        if self._pulses > 1:
            await self._tend(self._live.now())

    async def run(self, feed: SessionFeedPort) -> None:
        """Live through the session until its close, from wherever it stands."""
        if self.was_closed:
            await self._caught_up()
            return
        while await self._follow(feed):
            pass
        await self._close()

    async def _follow(self, feed: SessionFeedPort) -> bool:
        """Follow the feed; True when a scan made plans that have to see the session so far."""
        day = self.day
        symbols = {watch.plan.symbol for watch in day.watches}
        symbols |= {intent.symbol for intent in day.book.intents.values()}
        async with aclosing(feed.follow(day.session, sorted(symbols))) as items:
            async for item in items:
                if isinstance(item, Pulse):
                    self._live.untradable = item.untradable or self._live.untradable
                    await self._pulse(item.now)
                elif isinstance(item, ScanDue):
                    before = {id(watch) for watch in day.watches}
                    await self.look(item)
                    await self._begin(item.at)
                    self._fresh = [w for w in day.watches if id(w) not in before]
                    if self._fresh:
                        return True
                elif item.minute <= self.decided:
                    await self._relive(item)
                else:
                    await self._live_minute(item)
        return False

    async def _relive(self, minute: MinuteBars) -> None:
        """Show a decided minute to whatever has not seen it, and decide nothing.

        When the feed is followed anew for a scan's new plans, that is these alone.
        """
        if minute.minute > self._seen:
            self._seen = minute.minute
            self._live.saw(minute.bars, self.day.session.time_of(minute.minute + 1))
            await self._rehearse(minute)
            self.day.book.relive(minute)
            watch_session.before_scan(self.day.watches, minute)
        else:
            watch_session.before_scan(self._fresh, minute)

    async def _rehearse(self, minute: MinuteBars) -> None:
        if self._rehearsal is not None:
            told = await self._rehearsal.until(minute.minute)
            self._simulated().on_bars(minute)
            await self._handle([*told, *heard(self.day)])

    async def _live_minute(self, minute: MinuteBars) -> None:
        day, first = self.day, self._first_minute()
        end = day.session.time_of(minute.minute + 1)
        await self._caught_up()
        await self._begin(end)
        self._live.saw(minute.bars, end)
        self._live.untradable = minute.untradable
        self._seen = minute.minute
        if minute.minute < first:
            watch_session.before_scan(day.watches, minute)
        else:
            if self._rehearsal is not None:
                await self._handle(await self._rehearsal.until(minute.minute))
            await self._minute(minute)
            await self._decide(())
        self.decided = minute.minute
        date, done = day.session.date, minute.minute
        await day.commit(also=lambda work: work.save_progress(date, done))
        self._live.decided(done)

    def _first_minute(self) -> int:
        section, session = self.day.section, self.day.session
        at = self._scanned_at if section is None else section.at
        return 0 if at is None else max(0, session.minute_of(at))

    async def _begin(self, now: datetime) -> None:
        """Decide what the opening instant decides, once."""
        day, first = self.day, self._first_minute()
        if self._begun or now < day.session.time_of(first):
            return
        self._begun = True
        self._at_minute(first)
        if first < self._entry_end:
            await self._decide(watch_session.at_open(day))
        else:
            await self._handle([CancelEntries(first, Expiry.WINDOW)])

    def _fill(self, minute: MinuteBars) -> None:
        if isinstance(self.day.desk.venue, SimulatedVenue):
            super()._fill(minute)

    async def _decide(self, found: Sequence[PlanTriggered | PlanExpired]) -> None:
        """Act on what the end of a minute triggers, after what a crash left undone of it.

        A trigger that is only seen long after its minute expires; it is not traded late.
        """
        day, live = self.day, self._live
        undone: list[object] = []
        if self._rehearsal is not None:
            undone += await self._rehearsal.until(day.session.minute_of(day.at))
        pending = (i for i in day.book.live_entries if i.state is OrderState.PENDING)
        waiting = [intent for intent in pending if intent.decided_at <= day.at]
        undone += [SendEntry(intent.client_order_id) for intent in waiting]
        if live.now() - day.at > live.rules.minute_life:
            found = [
                PlanExpired(m.plan, Expiry.STALE, m.minute) if isinstance(m, PlanTriggered) else m
                for m in found
            ]
        await self._handle([*undone, *found])

    async def _pulse(self, now: datetime) -> None:
        """Time passed: hear the person and the venue, and bring everything one step further."""
        self.day.at = max(self.day.at, now)
        self._pulses += 1
        await self.hear_person()
        if self._pulses == 1:
            return  # the minutes that are over come next; nothing is sent before they were seen
        if self._seen >= self.decided:  # else a slow source has still to tell of them
            await self._caught_up()
        await self._begin(now)
        await self._tend(now)

    async def leave(self, now: datetime) -> None:
        """A step of a process that only takes everything out: it sees no minute, decides none."""
        self.day.at = max(self.day.at, now)
        await self.hear_person()
        await self._tend(now)

    async def _tend(self, now: datetime) -> None:
        """Hear the venue, and bring every order one step further."""
        self.day.at = max(self.day.at, now)
        await self._handle(next_steps(self.day, self._live, now, self._flat_at))

    async def hear_person(self) -> None:
        """Do what the person asks for, and record what happened around the agent."""
        self.day.at = max(self.day.at, self._live.now())
        for event in self._live.heard():
            self.day.record(event)
        await self.day.commit()
        await self._person.hear()

    async def _close(self) -> None:
        day = self.day
        await self._caught_up()
        self._at_minute(day.session.minutes)
        if isinstance(day.desk.venue, SimulatedVenue):
            day.desk.venue.at_close()
        else:
            await last_look(self._live, self._handle)
        await self._reports()
        await self._handle([CloseSession()])

    async def _handle(self, messages: Iterable[object]) -> None:
        """Route messages; what contradicts itself or cannot be stored halts entries."""
        try:
            await super()._handle(messages)
        except Inconsistent as error:
            await super()._handle([HaltTrading(str(error), "agent")])
        except StateUnavailable as error:
            await self.day.desk.store.relieve()
            await super()._handle([HaltTrading(str(error), "agent")])
            raise
