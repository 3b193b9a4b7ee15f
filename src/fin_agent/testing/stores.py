"""A store in memory: what was committed, in lists that a test can read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from fin_agent.domain.control import Latch, LatchKind, StoredDay
from fin_agent.domain.events import Event, plain
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeNote, TradeRecord
from fin_agent.domain.notice import Notice
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.risk import PlanAdvised
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import StorePort, UnitOfWork


@dataclass
class MemoryStore(StorePort, UnitOfWork):
    """Keeps what was committed in lists; a transaction that fails leaves no trace in them."""

    logged: list[Event] = field(default_factory=list)
    intents: list[OrderIntent | ExitIntent] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    records: list[TradeRecord] = field(default_factory=list)
    notes: list[TradeNote] = field(default_factory=list)
    advice: list[PlanAdvised] = field(default_factory=list)
    progress: dict[date, int] = field(default_factory=dict)
    latched: list[Latch] = field(default_factory=list)
    dropped: list[LatchKind] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    heard_at: datetime | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        work = MemoryStore()
        yield work
        self.take(work)

    def take(self, work: "MemoryStore") -> None:
        """Commit what another one collected."""
        self.append(work.logged)
        for intent in work.intents:
            self.save_intent(intent)
        for fill in work.fills:
            self.save_fill(fill)
        for trade in work.records:
            self.save_trade(trade)
        for note in work.notes:
            self.save_note(note)
        for advice in work.advice:
            self.save_advice(advice)
        self.progress |= work.progress
        self.latched = [latch for latch in self.latched if latch.kind not in work.dropped]
        self.latched += [latch for latch in work.latched if latch not in self.latched]
        for notice in work.notices:
            self.save_notice(notice)
        self.heard_at = work.heard_at or self.heard_at

    async def events(self, session_date: date, *, decisions: bool = False) -> Sequence[Event]:
        return [
            event
            for event in self.logged
            if event.session_date == session_date and (event.is_decision or not decisions)
        ]

    async def trades(
        self, first: date | None = None, last: date | None = None
    ) -> Sequence[Mapping[str, object]]:
        low, high = first or date.min, last or date.max
        found = [trade for trade in self.records if low <= trade.session_date <= high]
        found.sort(key=lambda trade: (trade.session_date, trade.entry_time, trade.symbol))
        return [_row(trade) for trade in found]

    async def day(self, session_date: date) -> StoredDay:
        intents = [i for i in self.intents if isinstance(i, OrderIntent)]
        return StoredDay(
            events=await self.events(session_date),
            advice=[a for a in self.advice if a.plan.session_date == session_date],
            intents=[i for i in intents if i.approved.plan.session_date == session_date],
            exits=[
                i
                for i in self.intents
                if isinstance(i, ExitIntent) and _day_of(i.decided_at) == session_date
            ],
            fills=[fill for fill in self.fills if _day_of(fill.at) == session_date],
            minute=self.progress.get(session_date),
        )

    async def latches(self) -> Sequence[Latch]:
        return list(self.latched)

    async def relieve(self) -> None:
        """Memory keeps nothing in reserve."""

    async def close(self) -> None:
        """Nothing to release."""

    def append(self, events: Sequence[Event]) -> None:
        self.logged.extend(events)

    def save_intent(self, intent: OrderIntent | ExitIntent) -> None:
        known = {i.client_order_id: i for i in self.intents}
        self.intents = list({**known, intent.client_order_id: intent}.values())

    def save_fill(self, fill: Fill) -> None:
        if fill not in self.fills:
            self.fills.append(fill)

    def save_trade(self, trade: TradeRecord) -> None:
        known = {t.trade_id: t for t in self.records}
        self.records = list({**known, trade.trade_id: trade}.values())

    def save_note(self, note: TradeNote) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def save_advice(self, advice: PlanAdvised) -> None:
        known = {a.plan.plan_id: a for a in self.advice}
        self.advice = list({**known, advice.plan.plan_id: advice}.values())

    def save_progress(self, session_date: date, minute: int) -> None:
        self.progress[session_date] = minute

    def save_latch(self, latch: Latch) -> None:
        self.latched.append(latch)

    def drop_latch(self, kind: LatchKind) -> None:
        self.latched = [latch for latch in self.latched if latch.kind is not kind]
        self.dropped.append(kind)

    def save_notice(self, notice: Notice) -> None:
        if notice.notice_id not in {known.notice_id for known in self.notices}:
            self.notices.append(notice)

    def acknowledge_notices(self, at: datetime) -> None:
        self.heard_at = at


def _day_of(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()


def _row(trade: TradeRecord) -> Mapping[str, object]:
    names = [item.name for item in fields(trade) if item.name != "fills"]
    fills = [
        {
            "at": fill.at.isoformat(),
            "price": float(fill.price),
            "quantity": float(fill.quantity),
            "reason": fill.reason,
        }
        for fill in trade.fills
    ]
    return {**{name: plain(getattr(trade, name)) for name in names}, "fills": fills}
