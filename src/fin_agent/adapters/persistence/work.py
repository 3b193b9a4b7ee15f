"""What one transaction, or one batch of them, brings to the database."""

from collections.abc import Sequence
from datetime import date, datetime

from fin_agent.domain.control import Latch, LatchKind
from fin_agent.domain.events import Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeNote, TradeRecord
from fin_agent.domain.notice import Notice
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.risk import PlanAdvised
from fin_agent.ports import UnitOfWork


class Work(UnitOfWork):
    """Collects; the store writes it. Dropping a kind forgets its latches from before."""

    def __init__(self) -> None:
        self.logged: list[Event] = []
        self.intents: dict[str, OrderIntent | ExitIntent] = {}
        self.fills: list[Fill] = []
        self.trades: dict[str, TradeRecord] = {}
        self.notes: list[TradeNote] = []
        self.advice: list[PlanAdvised] = []
        self.progress: dict[date, int] = {}
        self.latches: list[Latch] = []
        self.dropped: list[LatchKind] = []
        self.notices: list[Notice] = []
        self.heard_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self.is_log_only and not self.logged

    @property
    def is_log_only(self) -> bool:
        return not any(
            (
                self.intents,
                self.fills,
                self.trades,
                self.notes,
                self.advice,
                self.progress,
                self.latches,
                self.dropped,
                self.notices,
                self.heard_at,
            )
        )

    def append(self, events: Sequence[Event]) -> None:
        self.logged.extend(events)

    def save_intent(self, intent: OrderIntent | ExitIntent) -> None:
        self.intents[intent.client_order_id] = intent

    def save_fill(self, fill: Fill) -> None:
        self.fills.append(fill)

    def save_trade(self, trade: TradeRecord) -> None:
        self.trades[trade.trade_id] = trade

    def save_note(self, note: TradeNote) -> None:
        self.notes.append(note)

    def save_advice(self, advice: PlanAdvised) -> None:
        self.advice.append(advice)

    def save_progress(self, session_date: date, minute: int) -> None:
        self.progress[session_date] = minute

    def save_latch(self, latch: Latch) -> None:
        self.latches.append(latch)

    def drop_latch(self, kind: LatchKind) -> None:
        self.latches = [latch for latch in self.latches if latch.kind is not kind]
        self.dropped.append(kind)

    def save_notice(self, notice: Notice) -> None:
        self.notices.append(notice)

    def acknowledge_notices(self, at: datetime) -> None:
        self.heard_at = at

    def take(self, work: "Work") -> None:
        """Add what another transaction brings."""
        self.logged += work.logged
        if work.is_log_only:
            return
        self.intents |= work.intents
        self.fills += work.fills
        self.trades |= work.trades
        self.notes += work.notes
        self.advice += work.advice
        self.progress |= work.progress
        for kind in work.dropped:
            self.drop_latch(kind)
        self.latches += work.latches
        self.notices += work.notices
        self.heard_at = work.heard_at or self.heard_at
