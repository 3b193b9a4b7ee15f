"""What a mutant puts in the place of a guard, and how it gets there and away again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from fin_agent.application import resolve_orders, submit_orders
from fin_agent.application.book import SessionBook
from fin_agent.application.desk import Day
from fin_agent.application.live import LiveDriver
from fin_agent.application.subscriptions import SUBSCRIPTIONS
from fin_agent.domain.control import ControlRequest, Latch
from fin_agent.domain.errors import Ambiguous, Refused
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import Execution, ExecutionLedger, OrderReport, VenueAccount
from fin_agent.ports import ControlPort, OrderPort, StorePort
from fin_agent.testing.live import FakeControl
from fin_agent.testing.stores import MemoryStore
from tests.reliability.simulated_day import Made


@contextmanager
def put(owner: Any, name: str, value: object) -> Iterator[None]:
    """Replace an attribute, or an entry of the table, for a while."""
    if isinstance(owner, dict):
        before = owner[name]
        owner[name] = value
        try:
            yield
        finally:
            owner[name] = before
        return
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def handled(
    message: type, handler: Callable[..., Any]
) -> Callable[[], AbstractContextManager[None]]:
    """The table with another handler for a message; it is given the real one first."""
    real = SUBSCRIPTIONS[message]

    async def changed(day: Day, command: object) -> Sequence[object]:
        found: Sequence[object] = await handler(real, day, command)
        return found

    return lambda: put(SUBSCRIPTIONS, message, changed)  # type: ignore[arg-type] # keyed by type


def rules(**changes: Any) -> Callable[[Made], Made]:
    return lambda made: replace(made, rules=replace(made.rules, **changes))


class Between(OrderPort):
    """A venue with something in between."""

    def __init__(self, venue: OrderPort) -> None:
        self.venue = venue

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        return await self.sent(lambda: self.venue.submit(intent, session))

    async def exit(self, intent: ExitIntent) -> OrderReport:
        return await self.sent(lambda: self.venue.exit(intent))

    async def sent(self, send: Callable[[], Any]) -> OrderReport:
        report: OrderReport = await send()
        return report

    async def release(self, client_order_id: str) -> bool:
        return await self.venue.release(client_order_id)

    async def cancel(self, client_order_id: str) -> None:
        await self.venue.cancel(client_order_id)

    def drain(self) -> Sequence[OrderReport]:
        return self.venue.drain()

    async def find(self, client_order_id: str) -> OrderReport | None:
        return await self.venue.find(client_order_id)

    async def orders(self, since: datetime) -> Sequence[OrderReport]:
        return await self.venue.orders(since)

    async def positions(self) -> Mapping[str, Decimal]:
        return await self.venue.positions()

    async def account(self) -> VenueAccount:
        return await self.venue.account()


class SilenceIsNo(Between):
    async def sent(self, send: Callable[[], Any]) -> OrderReport:
        try:
            return await super().sent(send)
        except Ambiguous as error:
            raise Refused(str(error)) from error


class SendsAgain(Between):
    """What SDKs do: three tries whatever happened to the first."""

    async def sent(self, send: Callable[[], Any]) -> OrderReport:
        for _ in range(2):
            try:
                return await super().sent(send)
            except Ambiguous:
                continue
        return await super().sent(send)


class SaysReleased(Between):
    async def release(self, client_order_id: str) -> bool:
        return True


class Forgetful(MemoryStore):
    """A store that forgets a kind of thing; ``forgets`` decides."""

    forgets: Callable[[object], bool] = staticmethod(lambda _thing: False)

    async def latches(self) -> Sequence[Latch]:
        return [latch for latch in self.latched if not self.forgets(latch)]

    def save_intent(self, intent: OrderIntent | ExitIntent) -> None:
        if not self.forgets(intent):
            super().save_intent(intent)


def forgetting(forgets: Callable[[object], bool]) -> Callable[[Made], Made]:
    class Store(Forgetful):
        pass

    Store.forgets = staticmethod(forgets)

    async def opened() -> StorePort:
        return Store()

    return lambda made: replace(made, opened=opened)


def venue(kind: Callable[[OrderPort], OrderPort]) -> Callable[[Made], Made]:
    return lambda made: replace(made, venue=kind)


class Deaf(FakeControl):
    """The person's requests without the kill flag."""

    def __init__(self, control: ControlPort) -> None:
        super().__init__()
        self._heard = control

    def requests(self) -> Sequence[ControlRequest]:
        return self._heard.requests()

    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        self._heard.answer(request, outcome)


def sums(self: ExecutionLedger, _cid: str, execution: Execution) -> Any:
    """Each report is taken for news, and so is its repetition."""
    if execution.filled <= ZERO:
        return None
    return execution.filled, execution.average_price


def as_new(intent: OrderIntent) -> OrderIntent:
    is_sending = intent.state is OrderState.SENDING
    return replace(intent, state=OrderState.PENDING) if is_sending else intent


def left(intent: OrderIntent) -> Decimal:
    lives = intent.state.is_live and intent.state is not OrderState.UNKNOWN
    return intent.quantity - intent.filled if lives else ZERO


def reserve_only(book: SessionBook, intent: OrderIntent) -> None:
    book.put(intent)


async def nothing(*_: object) -> Sequence[object]:
    return []


async def no_catching_up(driver: LiveDriver) -> None:
    driver._live.is_catching_up = False


async def two_ways_out(real: Any, day: Day, command: object) -> Sequence[object]:
    """An exit whose fate is unknown is not waited for."""
    for symbol, exit_ in day.exits.items():
        if exit_.state is OrderState.UNKNOWN:
            day.exits[symbol] = replace(exit_, state=OrderState.DEAD)
    found: Sequence[object] = await real(day, command)
    return found


async def no_strangers(real: Any, day: Day, command: object) -> Sequence[object]:
    follow: Sequence[object] = await real(day, command)
    assert day.live is not None
    day.live.foreign = set()
    return follow


async def all_agrees(_real: Any, day: Day, _command: object) -> Sequence[object]:
    assert day.live is not None
    day.live.is_reconciled = True
    return []


class AnyTerms:
    """Equal to all terms."""

    def __eq__(self, _other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def no_gate() -> AbstractContextManager[None]:
    return _both(
        put(submit_orders, "entry_refusal", lambda _day, _intent: None),
        put(resolve_orders, "entry_refusal", lambda _day, _intent: None),
    )


@contextmanager
def _both(one: AbstractContextManager[None], other: AbstractContextManager[None]) -> Iterator[None]:
    with one, other:
        yield
