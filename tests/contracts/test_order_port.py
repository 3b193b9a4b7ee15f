"""What every venue does: Paper, Alpaca over HTTP before a simulated broker, and a person."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.adapters.brokers.manual import Manual
from fin_agent.adapters.brokers.paper import Paper
from fin_agent.adapters.ticket_book import CancelLine, FilledLine, TicketBook
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import AlreadyKnown
from fin_agent.domain.order import OrderState
from fin_agent.domain.plan import Levels
from fin_agent.domain.session import SessionRules
from fin_agent.domain.venue import OrderReport, Part
from fin_agent.ports import MinuteBars, OrderPort
from fin_agent.testing.builders import FREE_FILLS, OPEN, a_bar, a_session, usd
from tests.adapters.brokers.alpaca_worlds import (
    ASLEEP,
    AT_ONCE,
    ENTRY,
    KEYS,
    SHORT,
    HandClock,
    an_entry,
    an_exit,
)
from tests.broker_simulator.engine import Engine
from tests.broker_simulator.server import ScaledTime
from tests.broker_simulator.serving import serving

SESSION = a_session()


class Traded(ABC):
    """A venue and the minutes that pass there."""

    venue: OrderPort

    @abstractmethod
    def pass_minute(self) -> None:
        """Let whatever is due within a minute happen."""


class PaperTrade(Traded):
    def __init__(self, price: float) -> None:
        self.venue = self._paper = Paper(FREE_FILLS, SessionRules(), usd(1))
        self._minute = 0
        self._price = price

    def pass_minute(self) -> None:
        self._minute += 1
        bars = {"ACME": a_bar(self._minute, self._price)}
        self._paper.on_bars(MinuteBars(self._minute, bars))


class AlpacaTrade(Traded):
    def __init__(self, venue: Alpaca, engine: Engine, clock: HandClock, time: ScaledTime) -> None:
        self.venue = venue
        self._engine = engine
        self._clock = clock
        self._time = time

    def pass_minute(self) -> None:
        self._clock.pass_seconds(60)
        self._time.jump(60)
        self._engine.venue.advance(self._time())


class ManualTrade(Traded):
    """A person who does what the tickets say within the minute."""

    def __init__(self, folder: Path, *, fills: bool) -> None:
        self.venue = Manual(folder, HandClock())
        self._book = TicketBook(folder)
        self._fills = fills

    def pass_minute(self) -> None:
        lines = self._book.lines()
        done = {x.client_order_id for x in lines if isinstance(x, FilledLine)}
        for ticket in self._book.tickets(lines).values():
            cid, is_exit = ticket.client_order_id, ticket.entry_id != ""
            if cid not in done and (self._fills or is_exit):
                part = Part.EXIT if is_exit else Part.ENTRY
                shares = abs(ticket.signed)
                self._book.fill(FilledLine(cid, part, shares, Decimal(100), OPEN))
        for line in lines:
            if isinstance(line, CancelLine) and not line.done:
                self._book.gone(line.client_order_id, OPEN)


@asynccontextmanager
async def manual(*, fills: bool) -> AsyncIterator[Traded]:
    with TemporaryDirectory() as folder:
        yield ManualTrade(Path(folder), fills=fills)


@asynccontextmanager
async def paper(*, fills: bool) -> AsyncIterator[Traded]:
    yield PaperTrade(100.0 if fills else 105.0)


@asynccontextmanager
async def alpaca(*, fills: bool) -> AsyncIterator[Traded]:
    engine = Engine(market=AT_ONCE if fills else ASLEEP, dedupe=True)
    clock = HandClock()
    time = ScaledTime(lambda: 0.0, 1.0, OPEN.timestamp())
    async with serving(engine, time) as url:
        venue = Alpaca(KEYS, clock, base_url=url, stream=False)
        yield AlpacaTrade(venue, engine, clock, time)
        await venue.close()


Make = Callable[..., AbstractAsyncContextManager[Traded]]


@pytest.fixture(params=[paper, alpaca, manual])
async def traded(request: pytest.FixtureRequest) -> AsyncIterator[Traded]:
    """A venue at which an entry fills within a minute."""
    make: Make = request.param
    async with make(fills=True) as made:
        yield made


@pytest.fixture(params=[paper, alpaca, manual])
async def waiting(request: pytest.FixtureRequest) -> AsyncIterator[Traded]:
    """A venue at which a limit entry waits."""
    make: Make = request.param
    async with make(fills=False) as made:
        yield made


async def found(venue: OrderPort) -> OrderReport:
    report = await venue.find(ENTRY)
    assert report is not None
    return report


async def test_an_order_it_never_saw_is_none(traded: Traded) -> None:
    assert await traded.venue.find(ENTRY) is None
    assert await traded.venue.orders(OPEN) == []
    assert await traded.venue.positions() == {}
    assert list(traded.venue.drain()) == []


async def test_a_submitted_order_is_known_by_our_id(traded: Traded) -> None:
    report = await traded.venue.submit(an_entry(), SESSION)

    assert [report.client_order_id, report.state, report.filled] == [ENTRY, OrderState.ACKED, 0]
    assert (await found(traded.venue)).client_order_id == ENTRY
    assert [r.client_order_id for r in await traded.venue.orders(OPEN)] == [ENTRY]


async def test_the_same_id_twice_is_one_order(traded: Traded) -> None:
    await traded.venue.submit(an_entry(), SESSION)

    try:
        again = await traded.venue.submit(an_entry(), SESSION)
        assert again.client_order_id == ENTRY
    except AlreadyKnown:
        pass  # the other way to say it

    traded.pass_minute()
    assert await traded.venue.positions() == {"ACME": 10}
    assert len(await traded.venue.orders(OPEN)) == 1


@pytest.mark.parametrize(("at", "signed"), [(None, 10), (SHORT, -10)])
async def test_a_filled_entry_is_a_position(traded: Traded, at: Levels | None, signed: int) -> None:
    await traded.venue.submit(an_entry(at=at), SESSION)
    traded.pass_minute()

    report = await found(traded.venue)

    assert [report.state, report.filled] == [OrderState.FILLED, 10]
    assert await traded.venue.positions() == {"ACME": signed}


@pytest.mark.parametrize("at", [None, SHORT])
async def test_a_released_position_goes_out_whole(traded: Traded, at: Levels | None) -> None:
    await traded.venue.submit(an_entry(at=at), SESSION)
    traded.pass_minute()

    while not await traded.venue.release(ENTRY):
        traded.pass_minute()
    report = await traded.venue.exit(an_exit())
    traded.pass_minute()

    assert report.state in {OrderState.ACKED, OrderState.FILLED}
    assert await traded.venue.positions() == {}


async def test_a_cancelled_entry_ends_without_a_fill(waiting: Traded) -> None:
    await waiting.venue.submit(an_entry(OrderKind.LIMIT), SESSION)
    waiting.pass_minute()

    await waiting.venue.cancel(ENTRY)
    waiting.pass_minute()

    report = await found(waiting.venue)
    assert [report.state, report.filled] == [OrderState.CANCELLED, Decimal(0)]
    assert await waiting.venue.positions() == {}


async def test_cancelling_a_filled_entry_changes_nothing(traded: Traded) -> None:
    await traded.venue.submit(an_entry(), SESSION)
    traded.pass_minute()

    await traded.venue.cancel(ENTRY)
    traded.pass_minute()

    assert (await found(traded.venue)).state is OrderState.FILLED
    assert await traded.venue.positions() == {"ACME": 10}


async def test_the_account_has_one_name_and_is_not_live(traded: Traded) -> None:
    account = await traded.venue.account()

    assert account == await traded.venue.account()
    assert account.account_id
    assert not account.is_live
    assert not account.is_blocked
