"""Recover: an unfinished day back from the log; starting and recovering are the same path.

State is folded again from what is durable. What was being sent when the process died is UNKNOWN,
and only the venue's evidence moves it on.
"""

import json
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from fin_agent.application.commands import HaltTrading, RecordReport, Trouble
from fin_agent.application.desk import Day
from fin_agent.application.live_state import LiveState
from fin_agent.domain.control import Latch, LatchKind, StoredDay, state_under
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.events import Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import Fill, OrderIntent, OrderState
from fin_agent.domain.session import ScanRequested
from fin_agent.domain.venue import Part
from fin_agent.ports import ScanDue

_ENDED = frozenset({"PlanRejected", "PlanExpired"})


def restore(day: Day, stored: StoredDay, latches: Sequence[Latch]) -> None:
    """Bring a new day to where the stored one was, but for what bars have to tell.

    Raises:
        Inconsistent: the stored records contradict each other.
    """
    live, book = day.live, day.book
    day.log.restore(stored.events)
    book.state = state_under(latches, day.session.date)
    if live is None:
        return
    _orders(day, live, stored)
    for fill in stored.fills:
        book.fold(fill)
        cid = fill.exit_id or fill.client_order_id
        live.ledger.fold(cid, _part(fill), fill.quantity, fill.price)
    day.trades = [book.record(trade) for trade in book.closed]
    _plans(day, stored)
    day.fates = fates_of(stored)
    _ways_out(day, latches)


def trades_in(events: Sequence[Event]) -> set[str]:
    """The ids of the trades that are in the journal."""
    return {json.loads(e.payload)["trade_id"] for e in events if e.type == TradeRecorded.__name__}


def fates_of(stored: StoredDay) -> dict[str, str]:
    """What became of each plan so far, by symbol, in the day driver's words."""
    fates: dict[str, str] = {}
    newest = {advice.plan.symbol: advice.plan.plan_id for advice in stored.advice}
    for advice in stored.advice:
        breaches = ", ".join(advice.breaches)
        fates[advice.plan.symbol] = "armed" if advice.is_approved else f"not armed: {breaches}"
    for event in stored.events:
        if event.type in _ENDED:
            told = json.loads(event.payload)
            if newest.get(told["symbol"]) != told["plan_id"]:
                continue  # a later scan advised it anew
            refused = ", ".join(told.get("breaches", ()))
            fate = f"refused: {refused}" if refused else f"expired: {told.get('reason')}"
            fates[told["symbol"]] = fate
    for intent in stored.intents:
        is_void = intent.state.is_terminal and not intent.filled
        fates[intent.symbol] = f"not filled: order {intent.state.lower()}" if is_void else "ordered"
    return fates | {fill.symbol: "filled" for fill in stored.fills}


def _orders(day: Day, live: LiveState, stored: StoredDay) -> None:
    if stored.advice:
        day.book.fx = stored.advice[0].assessment.sizing.taken.fx
    for intent in stored.intents:
        day.book.reserve(_unsure(intent))
        if intent.sent_at is not None:
            live.limits.count_entry(intent.symbol, intent.client_order_id, intent.sent_at)
    for exit_ in sorted(stored.exits, key=lambda e: e.generation):
        sending = exit_.state is OrderState.SENDING
        if exit_.symbol in day.exits:
            live.keep(day.exits[exit_.symbol])
        day.exits[exit_.symbol] = exit_.moved_to(OrderState.UNKNOWN) if sending else exit_
        if exit_.sent_at is not None:
            live.limits.count_exit(exit_.symbol, exit_.client_order_id, exit_.sent_at)


def _unsure(intent: OrderIntent) -> OrderIntent:
    sending = intent.state is OrderState.SENDING
    return intent.moved_to(OrderState.UNKNOWN) if sending else intent


def _part(fill: Fill) -> Part:
    if fill.is_entry:
        return Part.ENTRY
    named = {Part.STOP.value: Part.STOP, Part.TARGET.value: Part.TARGET}
    return named.get(fill.reason, Part.EXIT)


def _plans(day: Day, stored: StoredDay) -> None:
    """Arm again what was armed; watches are empty until the day's bars were shown to them."""
    entries = dict(day.desk.entries)
    ended = {json.loads(e.payload)["plan_id"] for e in stored.events if e.type in _ENDED}
    day.advice = list(stored.advice)
    day.candidates = tuple(advice.plan.candidate for advice in stored.advice)
    for advice in stored.advice:
        plan = advice.plan
        if advice.is_approved and plan.plan_id not in ended and plan.symbol not in day.book.entered:
            day.watches.append(entries[plan.entry].watch(plan, day.rules.session))


def _ways_out(day: Day, latches: Sequence[Latch]) -> None:
    """Go on leaving what was being left, and everything when a latch says so."""
    everything = {
        LatchKind.DAILY_LOSS: "daily_loss",
        LatchKind.FLAT: "manual",
    }
    for latch in latches:
        if latch.binds(day.session.date) and latch.kind in everything:
            day.is_locked = day.is_locked or latch.kind is LatchKind.DAILY_LOSS
            if day.live is not None:
                day.live.all_out = everything[latch.kind]
            for symbol in day.book.open:
                day.leaving.setdefault(symbol, everything[latch.kind])
    for symbol, exit_ in day.exits.items():
        if symbol in day.book.open and not exit_.is_protective:
            day.leaving.setdefault(symbol, exit_.reason)


def begun_only(events: Sequence[Event], scanned: frozenset[datetime]) -> tuple[ScanDue, ...]:
    """The scans that a process began and did not finish."""
    told = [json.loads(e.payload) for e in events if e.type == ScanRequested.__name__]
    instant = datetime.fromisoformat
    found = [ScanDue(t["job"], instant(t["due"]), instant(t["at"])) for t in told]
    return tuple(scan for scan in found if scan.at not in scanned)


async def account_troubles(day: Day) -> list[object]:
    """What stands against trading on the venue's account."""
    try:
        account = await (await day.venue()).account()
    except (Unavailable, Ambiguous, Refused) as error:
        return [Trouble(f"the account cannot be read ({error})")]
    blocked = f"account {account.account_id} is blocked"
    return [HaltTrading(blocked, "venue")] if account.is_blocked else []


class Rehearsal:
    """Shows a simulated venue, which forgets with the process, what it was told before.

    Orders, exits and cancels are given again before the bars of the minute they were made in, so
    the venue fills them as it did; fills that are folded already change nothing.
    """

    def __init__(self, stored: StoredDay, day: Day) -> None:
        self._day = day
        minute_of = day.session.minute_of
        said: list[tuple[int, int, OrderIntent | ExitIntent | str]] = [
            *((minute_of(i.decided_at), 0, i) for i in stored.intents if i.send_count),
            *((minute_of(e.decided_at), 1, e) for e in stored.exits if e.send_count),
        ]
        for event in stored.events:
            cid = _cancelled(event)
            if cid is not None:
                said.append((minute_of(event.occurred_at), 2, cid))
        self._said = deque(sorted(said, key=lambda item: item[:2]))

    async def until(self, minute: int) -> Sequence[RecordReport]:
        """Say again what was said until the start of this minute; what the venue answers."""
        venue, told = self._day.desk.venue, []
        while self._said and self._said[0][0] <= minute:
            what = self._said.popleft()[2]
            if isinstance(what, OrderIntent):
                told.append(RecordReport(await venue.submit(what, self._day.session)))
            elif isinstance(what, ExitIntent):
                told.append(RecordReport(await venue.exit(what)))
            else:
                await venue.cancel(what)
        return told


def _cancelled(event: Event) -> str | None:
    if event.type != "OrderMoved":
        return None
    told = json.loads(event.payload)
    is_cancel = told["state"] == OrderState.CANCELLED and told["filled"] == str(ZERO)
    return str(told["client_order_id"]) if is_cancel else None
