"""The invariants of a simulated day, checked at every send and when it is over."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from fin_agent.domain.control import Latch, LatchKind
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.events import Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import Part
from tests.reliability.seeded_orders import SeededOrder
from tests.reliability.watched import Person, WatchedWork

_SIGNAL_LIFE = timedelta(seconds=120)
_MINUTE_LIFE = timedelta(seconds=90 + 60)  # the minute's other symbols are sent first
_FOREIGN_SEEN = timedelta(seconds=45)
_COLLAR = 0.015
_A_LOOK = 120  # seconds: settle time, the looks after it, and answers that take their time
_DEAD = {OrderState.REJECTED, OrderState.DEAD, OrderState.EXPIRED, OrderState.CANCELLED}


@dataclass
class Audit:
    """Finds what must never happen; ``found`` holds a line for each.

    ``shown`` is the last close by symbol that the present process was shown. ``is_intact``: nobody
    but the agent changed the account and the venue kept its terms.
    """

    session: TradingSession
    person: Person
    orders: Callable[[], Sequence[SeededOrder]]
    held: Callable[[], Mapping[str, Decimal]]
    max_exposure: Decimal
    entry_end: datetime
    exits_per_hour: int
    now: Callable[[], datetime]
    shown: dict[str, float] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    stored: dict[str, OrderIntent | ExitIntent] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    latches: list[Latch] = field(default_factory=list)
    trades: list[str] = field(default_factory=list)
    uncovered: list[tuple[str, float]] = field(default_factory=list)
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    is_forbidden: str = ""
    is_intact: bool = True
    _bare: dict[str, datetime] = field(default_factory=dict)
    _foreign: dict[str, datetime] = field(default_factory=dict)
    _sent_exits: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)

    def say(self, what: str) -> None:
        if what not in self.found:
            self.found.append(what)

    def begins(self) -> None:
        """A transaction begins: what holds now is what the gate has seen."""
        day = self.session.date
        binding = [latch.kind.value for latch in self.latches if latch.binds(day)]
        self.is_forbidden = self.person.flag or ", ".join(binding)

    def committed(self, work: WatchedWork) -> None:
        self.events += work.events
        for kind in work.dropped:
            self.latches = [latch for latch in self.latches if latch.kind is not kind]
        self.latches += work.latches
        self.trades += [t.trade_id for t in work.trades if t.trade_id not in self.trades]
        for intent in work.intents:
            self._has_died(intent)
            if intent.client_order_id not in self.stored:
                self._is_fresh(intent)
            self.stored[intent.client_order_id] = intent

    def _has_died(self, intent: OrderIntent | ExitIntent) -> None:
        """Death needs evidence: nothing of it may work at the venue or be filled and not known."""
        cid = intent.client_order_id
        if intent.state not in _DEAD:
            return
        for order in self.orders():
            if order.client_order_id != cid or order.is_overdue or order.is_altered:
                continue
            if order.pieces[0].left or order.filled > intent.filled:
                self.say(f"false death: {cid} {intent.state} {intent.filled}, venue {order.filled}")

    def _is_fresh(self, intent: OrderIntent | ExitIntent) -> None:
        age = self.now() - intent.decided_at
        if isinstance(intent, OrderIntent) and age > _MINUTE_LIFE:
            self.say(f"stale minute traded: {intent.client_order_id} {age} after its minute")

    def sends(self, intent: OrderIntent | ExitIntent) -> None:
        """An order leaves."""
        cid, now = intent.client_order_id, self.now()
        stored = self.stored.get(cid)
        is_durable = stored is not None and stored.state is OrderState.SENDING
        if stored is None or not is_durable or stored.send_count != intent.send_count:
            self.say(f"sent before it was durable: {cid}")
        if isinstance(intent, ExitIntent):
            self._counts(intent, now)
            if now >= self.session.close:
                self.say(f"sent after the close: {cid}")
            return
        if self.is_forbidden:
            self.say(f"late send: {cid} under {self.is_forbidden}")
        self._is_timely(intent, now)
        if now - self._foreign.get(intent.symbol, now) > _FOREIGN_SEEN:
            self.say(f"sent beside a foreign order: {cid}")
        if intent.kind is OrderKind.MARKET:
            self._is_near(intent)

    def _is_timely(self, intent: OrderIntent, now: datetime) -> None:
        cid, age = intent.client_order_id, now - intent.decided_at
        if age > _SIGNAL_LIFE + timedelta(seconds=1):
            self.say(f"stale signal sent: {cid} after {age}")
        if not self.session.open <= now < self.entry_end:
            self.say(f"sent outside the window: {cid}")

    def _counts(self, intent: ExitIntent, now: datetime) -> None:
        sent = self._sent_exits.setdefault(intent.symbol, [])
        sent.append((now, intent.client_order_id))
        recent = {cid for at, cid in sent if now - at < timedelta(hours=1)}
        if len(recent) > self.exits_per_hour:
            self.say(f"runaway exits: {len(recent)} of {intent.symbol}")

    def _is_near(self, intent: OrderIntent) -> None:
        """Within the collar of the last close that the process was shown."""
        close = self.shown.get(intent.symbol)
        if close is None or abs(float(intent.price) / close - 1) > _COLLAR + 1e-9:
            self.say(f"sent outside the collar: {intent.client_order_id}")

    def changed(self, at: datetime) -> None:
        """Something happened at the venue: look at cover, exposure and foreign orders."""
        held = self.held()
        exposure = ZERO
        for order in self.orders():
            own = order.pieces[0]
            self._lives(order)
            if order.is_entry and order.client_order_id.startswith("fa-"):
                exposure += own.left * own.price
        for symbol, shares in held.items():
            exposure += abs(shares) * self._cost(symbol)
            self._cover(symbol, shares, at)
            if shares < ZERO:
                self.say(f"oversold: {symbol} {shares}")
        if exposure > self.max_exposure and self.is_intact:
            self.say(f"exposure over the limit: {exposure} of {self.max_exposure}")
        self._see_foreign(at)

    def _lives(self, order: SeededOrder) -> None:
        """What works at the venue is not dead here, unless it came after the settle time."""
        stored = self.stored.get(order.client_order_id)
        if stored is None or order.is_overdue or not order.works:
            return
        if stored.state in _DEAD and not (order.is_entry and order.filled):
            self.say(f"false death: {order.client_order_id} is {stored.state} here and works")

    def _cost(self, symbol: str) -> Decimal:
        """What a share was bought for, at most: a limit may fill below its price."""
        entries = (o.pieces[0] for o in self.orders() if o.symbol == symbol and o.is_entry)
        return max((e.value / e.filled for e in entries if e.filled), default=ZERO)

    def _cover(self, symbol: str, shares: Decimal, at: datetime) -> None:
        pieces = [p for o in self.orders() if o.symbol == symbol for p in o.all_pieces]
        covers = any(p.left and p.sign * shares < 0 and p.part is not Part.ENTRY for p in pieces)
        if shares and not covers:
            self._bare.setdefault(symbol, at)
        elif symbol in self._bare:
            since = self._bare.pop(symbol)
            apart = [min(at, end) - max(since, start) for start, end in self.away]
            away = sum((max(one, timedelta(0)) for one in apart), timedelta(0))
            self.uncovered.append((symbol, (at - since - away).total_seconds()))

    def _see_foreign(self, at: datetime) -> None:
        foreign = [o for o in self.orders() if not o.client_order_id.startswith("fa-")]
        live = {order.symbol for order in foreign if order.works}
        self._foreign = {s: self._foreign.get(s, at) for s in live}

    def at_end(self, latches: Sequence[Latch]) -> None:
        """The day is over and the venue was heard without faults once more.

        ``latches`` are those that the next day will find.
        """
        ours = [o for o in self.orders() if o.client_order_id.startswith("fa-paper")]
        held = {s: n for s, n in self.held().items() if n}
        is_told = any(latch.kind is not LatchKind.DAILY_LOSS for latch in latches)
        if held and not is_told:
            self.say(f"silent carry: {held}")
        if not self.is_intact and not is_told:
            self.say("nobody was told that the account was changed from outside")
        for order in ours:
            self._is_known(order)
        self._are_single(ours)
        self._agree(held)
        self._are_covered()
        ids = [event.event_id for event in self.events]
        if len(ids) != len(set(ids)):
            self.say("an event id twice")

    def _are_covered(self) -> None:
        """Longer than one look at an exit of unknown fate only when more of them were lost."""
        exits = [i for i in self.stored.values() if isinstance(i, ExitIntent)]
        for symbol, seconds in self.uncovered:
            unknown = [e for e in exits if e.symbol == symbol and e.state in _DEAD]
            if self.is_intact and seconds > _A_LOOK * (1 + len(unknown)):
                self.say(f"uncovered: {symbol} for {seconds:.0f} s")

    def _is_known(self, order: SeededOrder) -> None:
        cid = order.client_order_id
        if _is_stranger(order):
            if order.works:
                self.say(f"a stranger still works: {cid}")
            return
        stored = self.stored.get(cid)
        if stored is None:
            self.say(f"lost order: {cid} is at the venue and not in the database")
        elif order.filled > stored.filled and not order.is_altered:  # a person decides that
            self.say(f"lost fill: {cid} {stored.state} {stored.filled}, venue {order.filled}")

    def _are_single(self, ours: list[SeededOrder]) -> None:
        entries = [o.symbol for o in ours if o.is_entry and not _is_stranger(o)]
        twice = sorted({symbol for symbol in entries if entries.count(symbol) > 1})
        ids = [o.client_order_id for o in ours]
        twice += sorted({cid for cid in ids if ids.count(cid) > 1})
        if twice:
            self.say(f"duplicate: {twice}")

    def _agree(self, held: dict[str, Decimal]) -> None:
        """Positions by the venue and by the recorded fills, and a record of each closed trade."""
        signed: dict[str, Decimal] = {}
        told: list[str] = []
        for event in self.events:
            document = json.loads(event.payload)
            if event.type == "FillRecorded":
                sign = 1 if document["reason"] == "entry" else -1
                cid = document["client_order_id"]
                signed[cid] = signed.get(cid, ZERO) + sign * Decimal(document["quantity"])
            elif event.type == "TradeRecorded":
                told.append(document["trade_id"])
        ours = {self.stored[cid].symbol: shares for cid, shares in signed.items() if shares}
        if ours != held and self.is_intact:
            self.say(f"position mismatch: venue {held}, here {ours}")
        closed = sorted(cid for cid, shares in signed.items() if not shares)
        if not sorted(told) == sorted(self.trades) == closed:
            self.say(f"trades recorded: {sorted(told)}, stored {self.trades}, closed {closed}")


def _is_stranger(order: SeededOrder) -> bool:
    return order.client_order_id.endswith("-STRANGER")
