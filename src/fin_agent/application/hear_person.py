"""Hear: what the person says while a session runs, by flag, signal or request."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from math import isfinite

from fin_agent.application.commands import (
    CancelEntries,
    ChangeWeights,
    FlattenPositions,
    HaltTrading,
    NoteTrade,
    Reconcile,
    ResolveOrders,
    ResumeTrading,
    Trouble,
)
from fin_agent.application.desk import Day
from fin_agent.application.live_state import LiveState
from fin_agent.domain.control import Act, ControlRequest, Latch, LatchKind
from fin_agent.domain.entry import Expiry
from fin_agent.domain.errors import Ambiguous, InvalidValue, Refused, StateUnavailable, Unavailable
from fin_agent.domain.journal import TradeNote
from fin_agent.domain.risk import TradingState
from fin_agent.ports import SimulatedVenue

Handle = Callable[[Sequence[object]], Awaitable[None]]
Outcome = dict[str, object]


class PersonHeard:
    """Obeys each request once, and tells its outcome until it could be written."""

    def __init__(self, day: Day, live: LiveState, handle: Handle) -> None:
        self._day = day
        self._live = live
        self._handle = handle
        self._leaving: set[str] = set()
        self._outcomes: dict[str, Outcome] = {}

    async def hear(self) -> None:
        """Do what is asked for now."""
        control, book = self._live.control, self._day.book
        killed = control.kill_reason()
        if killed is not None and book.state is not TradingState.HALTED:
            await self._handle([HaltTrading(killed, "person")])
        for request in control.requests():
            outcome = self._outcomes.get(request.request_id) or await self._obey(request)
            if outcome is None:
                continue
            self._outcomes[request.request_id] = outcome
            try:
                control.answer(request, outcome)
            except StateUnavailable as error:
                await self._handle([Trouble(str(error))])

    async def _obey(self, request: ControlRequest) -> Outcome | None:
        """What came of a request; None while it is still being done."""
        acts: dict[Act, Callable[[ControlRequest], Awaitable[Outcome | None]]] = {
            Act.HALT: self._halt,
            Act.RESUME: self._resume,
            Act.FLAT: self._flat,
            Act.NOTE: self._note,
            Act.WEIGHTS: self._weights,
        }
        return await acts[request.act](request)

    async def _halt(self, request: ControlRequest) -> Outcome:
        await self._handle([HaltTrading(request.reason, "person")])
        return self._done()

    async def _resume(self, request: ControlRequest) -> Outcome:
        day, live = self._day, self._live
        if not isinstance(day.desk.venue, SimulatedVenue):
            await self._handle([Reconcile(positions=True), ResolveOrders()])
        if not live.is_reconciled:
            return {"done": False, "state": day.book.state.value, "why": self._difference()}
        await self._handle([ResumeTrading(request.reason)])
        return self._done()

    async def _flat(self, request: ControlRequest) -> Outcome | None:
        if request.request_id not in self._leaving:
            self._leaving.add(request.request_id)
            await self._leave_all(request)
        return self._done() if await self._is_flat() else None

    async def _note(self, request: ControlRequest) -> Outcome:
        details = request.details
        try:
            note = TradeNote(
                details.get("trade_id", ""),
                datetime.fromisoformat(details.get("at") or request.at.isoformat()),
                request.reason,
                details.get("tag", ""),
                details.get("grade", ""),
            )
        except (InvalidValue, ValueError) as error:
            return {"done": False, "why": str(error)}
        await self._handle([NoteTrade(note)])
        return {"done": True, "note_id": note.note_id}

    async def _weights(self, request: ControlRequest) -> Outcome:
        day = self._day
        configured = {name: weight for name, weight, _ in day.desk.factors}
        strange = sorted(request.details.keys() - configured.keys())
        if strange:
            there = ", ".join(configured)
            return {"done": False, "why": f"no factor {', '.join(strange)}; there are {there}"}
        try:
            wished = {name: float(text) for name, text in request.details.items()}
        except ValueError as error:
            return {"done": False, "why": str(error)}
        if not all(weight >= 0 and isfinite(weight) for weight in wished.values()):
            return {"done": False, "why": "a weight is a number from 0 on"}
        weights = {**configured, **day.weights, **wished}
        if not any(weight > 0 for weight in weights.values()):
            return {"done": False, "why": "at least one weight must be above 0"}
        await self._handle([ChangeWeights(wished, request.reason)])
        return {"done": True, "weights": weights}

    def _done(self) -> Outcome:
        book = self._day.book
        open_ = {s: str(t.position.quantity) for s, t in sorted(book.open.items())}
        return {"done": True, "state": book.state.value, "open": open_}

    async def _is_flat(self) -> bool:
        """Whether nothing is held or can fill any more, by the venue's own word."""
        day = self._day
        if day.book.open or any(day.book.live_entries):
            return False
        try:
            return not await (await day.venue()).positions()
        except (Unavailable, Ambiguous, Refused):
            return False

    def _difference(self) -> str:
        found = [f"{s}: {v:f} at the venue, {o:f} here" for s, (v, o) in self._live.differs.items()]
        return "; ".join(found) or self._live.last_problem or "the venue could not be compared"

    async def _leave_all(self, request: ControlRequest) -> None:
        day = self._day
        latch = Latch(LatchKind.FLAT, day.session.date, request.reason, day.now)
        await day.commit(also=lambda work: work.save_latch(latch))
        minute = day.session.minute_of(day.at)
        await self._handle(
            [
                HaltTrading(request.reason, "person"),
                CancelEntries(minute, Expiry.LOCKED),
                FlattenPositions(minute, "manual"),
            ]
        )
