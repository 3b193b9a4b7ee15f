"""The invariants of a simulated day, checked at every send and when it is over."""

import json
from collections.abc import Callable
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
from fin_agent.ports import MinuteBars
from tests.reliability.seeded_orders import SeededOrder
from tests.reliability.watched import Person, WatchedWork

_SIGNAL_LIFE = timedelta(seconds=120)
_MINUTE_LIFE = timedelta(seconds=90 + 60)  # the minute's other symbols are sent first
_FOREIGN_SEEN = timedelta(seconds=45)
_COLLAR = 0.015
_DEAD = {OrderState.REJECTED, OrderState.DEAD, OrderState.EXPIRED, OrderState.CANCELLED}


@dataclass
class Venue:
    """The venue's truth as the audit reads it; every implementation gives it."""

    book: Callable[[], list[SeededOrder]]
    held: Callable[[], dict[str, Decimal]]


@dataclass
class Audit:
    """Finds what must never happen; ``found`` holds a line for each.

    ``is_intact``: nobody but the agent changed the account and the venue kept its terms.
    """

    session: TradingSession
    person: Person
    venue: Venue
    max_exposure: Decimal
    entry_end: datetime
    exits_per_hour: int
    now: Callable[[], datetime]
    minutes: dict[str, list[float]]
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
            if intent.client_order_id not in self.stored:
                self._is_fresh(intent)
            self.stored[intent.client_order_id] = intent

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
        if now - intent.decided_at > _SIGNAL_LIFE + timedelta(seconds=1):
            self.say(f"stale signal sent: {cid} after {now - intent.decided_at}")
        if not self.session.open <= now < self.entry_end:
            self.say(f"sent outside the window: {cid}")
        if now - self._foreign.get(intent.symbol, now) > _FOREIGN_SEEN:
            self.say(f"sent beside a foreign order: {cid}")
        if intent.kind is OrderKind.MARKET:
            self._is_near(intent, now)

    def _counts(self, intent: ExitIntent, now: datetime) -> None:
        sent = self._sent_exits.setdefault(intent.symbol, [])
        sent.append((now, intent.client_order_id))
        recent = {cid for at, cid in sent if now - at < timedelta(hours=1)}
        if len(recent) > self.exits_per_hour:
            self.say(f"runaway exits: {len(recent)} of {intent.symbol}")

    def _is_near(self, intent: OrderIntent, now: datetime) -> None:
        """Within the collar of one of the last two closes: the newer one may be on its way."""
        done = self.session.minute_of(now)
        closes = self.minutes[intent.symbol][max(0, done - 2) : done]
        if all(abs(float(intent.price) / close - 1) > _COLLAR + 1e-9 for close in closes):
            self.say(f"sent outside the collar: {intent.client_order_id}")

    def changed(self, at: datetime) -> None:
        """Something happened at the venue: look at cover, exposure and foreign orders."""
        held, book = self.venue.held(), self.venue.book()
        exposure = ZERO
        for order in book:
            own = order.pieces[0]
            if order.is_entry and order.client_order_id.startswith("fa-"):
                exposure += own.left * own.price
        for symbol, shares in held.items():
            exposure += abs(shares) * self._cost(symbol)
            self._cover(symbol, shares, at)
        if exposure > self.max_exposure and self.is_intact:
            self.say(f"exposure over the limit: {exposure} of {self.max_exposure}")
        self._see_foreign(at)

    def _cost(self, symbol: str) -> Decimal:
        own = [o.pieces[0] for o in self.venue.book() if o.symbol == symbol and o.is_entry]
        return max((piece.price for piece in own), default=ZERO)

    def _cover(self, symbol: str, shares: Decimal, at: datetime) -> None:
        pieces = [p for o in self.venue.book() if o.symbol == symbol for p in o.all_pieces]
        covers = any(p.left and p.sign * shares < 0 and p.part is not Part.ENTRY for p in pieces)
        if shares and not covers:
            self._bare.setdefault(symbol, at)
        elif symbol in self._bare:
            since = self._bare.pop(symbol)
            apart = [min(at, end) - max(since, start) for start, end in self.away]
            away = sum((max(one, timedelta(0)) for one in apart), timedelta(0))
            self.uncovered.append((symbol, (at - since - away).total_seconds()))

    def _see_foreign(self, at: datetime) -> None:
        live = {
            o.symbol
            for o in self.venue.book()
            if o.works and not o.client_order_id.startswith("fa-")
        }
        self._foreign = {s: self._foreign.get(s, at) for s in live}

    def at_end(self) -> None:
        """The day is over and the venue was heard without faults once more."""
        ours = [o for o in self.venue.book() if o.client_order_id.startswith("fa-paper")]
        held = {s: n for s, n in self.venue.held().items() if n}
        is_told = any(latch.kind is not LatchKind.DAILY_LOSS for latch in self.latches)
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
        told = [json.loads(e.payload)["trade_id"] for e in self.events if e.type == "TradeRecorded"]
        if sorted(told) != sorted(set(self.trades)):
            self.say(f"trades recorded: {sorted(told)}, stored {sorted(self.trades)}")

    def _are_covered(self) -> None:
        """Longer than one look at an exit of unknown fate only when more of them were lost."""
        exits = [i for i in self.stored.values() if isinstance(i, ExitIntent)]
        for symbol, seconds in self.uncovered:
            unknown = [e for e in exits if e.symbol == symbol and e.state in _DEAD]
            if self.is_intact and seconds > 90 * (1 + len(unknown)):
                self.say(f"uncovered: {symbol} for {seconds:.0f} s")

    def _is_known(self, order: SeededOrder) -> None:
        cid = order.client_order_id
        if cid.endswith("-STRANGER"):
            if order.works:
                self.say(f"a stranger still works: {cid}")
            return
        stored = self.stored.get(cid)
        if stored is None:
            self.say(f"lost order: {cid} is at the venue and not in the database")
        elif order.is_altered:
            return  # a person decides what to do with it
        elif order.works and stored.state in _DEAD:
            self.say(f"false death: {cid} is {stored.state} here and works at the venue")
        elif order.filled > stored.filled:
            kind = "false death" if stored.state in _DEAD else "lost fill"
            self.say(f"{kind}: {cid} {stored.state} {stored.filled}, venue {order.filled}")

    def _are_single(self, ours: list[SeededOrder]) -> None:
        entries = [o.symbol for o in ours if o.is_entry and not o.client_order_id[-1:] == "R"]
        twice = sorted({symbol for symbol in entries if entries.count(symbol) > 1})
        ids = [o.client_order_id for o in ours]
        twice += sorted({cid for cid in ids if ids.count(cid) > 1})
        if twice:
            self.say(f"duplicate: {twice}")

    def _agree(self, held: dict[str, Decimal]) -> None:
        """Positions by the venue and by the recorded fills; short positions nobody wanted."""
        ours: dict[str, Decimal] = {}
        for event in self.events:
            if event.type == "FillRecorded":
                fill = json.loads(event.payload)
                sign = 1 if fill["reason"] == "entry" else -1
                entry = self.stored[fill["client_order_id"]]
                assert isinstance(entry, OrderIntent)
                signed = sign * entry.side.sign * Decimal(fill["quantity"])
                ours[fill["symbol"]] = ours.get(fill["symbol"], ZERO) + signed
        ours = {s: n for s, n in ours.items() if n}
        if ours != held and self.is_intact:
            self.say(f"position mismatch: venue {held}, here {ours}")


def closes_of(minutes: list[MinuteBars]) -> dict[str, list[float]]:
    """The closes by symbol, a number a minute."""
    symbols = {symbol for minute in minutes for symbol in minute.bars}
    return {s: [m.bars[s].close for m in minutes if s in m.bars] for s in symbols}
