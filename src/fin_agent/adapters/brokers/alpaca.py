"""Alpaca's trading API: day orders under our own ids, and what became of them.

Every write is a request and every stream frame a hint; what is reported is read from the order
itself (reliability.md section 3). Nothing is ever sent twice by this adapter: whoever asked
decides by the class of the error.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from fin_agent.adapters.alpaca_wire.bodies import entry_body, exit_body
from fin_agent.adapters.alpaca_wire.budget import RequestBudget
from fin_agent.adapters.alpaca_wire.client import AlpacaClient
from fin_agent.adapters.alpaca_wire.hints import Hints
from fin_agent.adapters.alpaca_wire.orders import VenueOrder
from fin_agent.adapters.alpaca_wire.reports import is_ours, report_of
from fin_agent.adapters.alpaca_wire.stream import TradeUpdates
from fin_agent.adapters.alpaca_wire.transport import (
    LIVE_HOST,
    PAPER_HOST,
    AlpacaCredentials,
    HttpTransport,
    Transport,
    checked_host,
)
from fin_agent.domain.errors import ConfigError, Refused, Unavailable
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.market import Side
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.session import TradingSession, VenueHours
from fin_agent.domain.venue import OrderReport, VenueAccount
from fin_agent.ports import ClockPort, OrderPort


class Alpaca(OrderPort):
    """Alpaca as a venue, on paper unless ``live``; needs no SDK.

    A market or stop entry is sent as a limit ``collar_pct`` percent beyond its trigger.
    ``requests_per_minute`` is Alpaca's limit for the account; a quarter is kept from entries.
    ``stream`` listens to trade updates from the first ``account`` or ``orders`` on.
    """

    def __init__(  # noqa: PLR0913 - the keywords are the plug-in's options
        self,
        credentials: AlpacaCredentials,
        clock: ClockPort,
        *,
        base_url: str = f"https://{PAPER_HOST}",
        live: bool = False,
        collar_pct: Decimal = Decimal("1.5"),
        connect_timeout_s: float = 2.0,
        total_timeout_s: float = 10.0,
        requests_per_minute: int = 200,
        stream: bool = True,
        transport: Transport | None = None,
    ) -> None:
        host = checked_host(base_url, schemes=("https", "http"))
        if live != (host == LIVE_HOST) and host in {LIVE_HOST, PAPER_HOST}:
            raise ConfigError([f"broker.live: {live} contradicts {base_url}"])
        self._is_live = live
        self._collar_pct = collar_pct
        carrier = transport or HttpTransport(
            base_url,
            credentials,
            connect_timeout_s=connect_timeout_s,
            total_timeout_s=total_timeout_s,
        )
        self._client = AlpacaClient(carrier, RequestBudget(requests_per_minute, clock))
        self._hints = Hints(self._client)
        self._stream: TradeUpdates | None = None
        if stream and transport is None:
            url = base_url.rstrip("/").replace("http", "ws", 1) + "/stream"
            self._stream = TradeUpdates(url, credentials, self._hints)
        self._sides: dict[str, Side] = {}

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:  # noqa: ARG002 - day orders end with it
        body = entry_body(intent, self._collar_pct)
        cid = intent.client_order_id
        return self._told(await self._client.post(body, cid, is_entry=True))

    async def exit(self, intent: ExitIntent) -> OrderReport:
        body = exit_body(intent, await self._side_of(intent))
        cid = intent.client_order_id
        return self._told(await self._client.post(body, cid, is_entry=False))

    async def _side_of(self, intent: ExitIntent) -> Side:
        """The side of the position that goes out.

        Raises:
            Refused: neither an order nor a position is there to go out of.
            Unavailable: nobody answered, and nothing was sent.
        """
        known = self._sides.get(intent.entry_id) or _side_by_levels(intent)
        if known is None:
            await self.find(intent.entry_id)
            known = self._sides.get(intent.entry_id)
        if known is None:
            held = (await self.positions()).get(intent.symbol)
            if not held:
                raise Refused(f"exit {intent.client_order_id}: no position in {intent.symbol}")
            known = Side.LONG if held > 0 else Side.SHORT
        return known

    async def cancel(self, client_order_id: str) -> None:
        """Ask for the rest of an entry order to be taken back; what became of it is in ``find``.

        Raises:
            Unavailable: not sent: no answer yet, or Alpaca does not show the order yet.
            Refused: the keys are not accepted.
            Ambiguous: the request may have arrived.
        """
        order = await self._client.find(client_order_id)
        if order is None:
            raise Unavailable(f"order {client_order_id}: not known at Alpaca (yet)")
        if not order.state.is_terminal:
            await self._client.delete(order)

    async def release(self, client_order_id: str) -> bool:
        """Ask for everything of an order to be taken back; True only by a fresh read.

        Raises:
            Unavailable: not asked, or no answer to a look-up.
            Refused: Alpaca said no.
            Ambiguous: a cancel may have arrived.
        """
        order = await self._client.find(client_order_id)
        if order is None:
            return False  # nobody said that it ended
        if order.has_ended:
            return True
        parts = order.legs or () if order.state.is_terminal else (order,)  # legs end with it
        for part in parts:
            if not part.state.is_terminal:
                await self._client.delete(part)
        after = await self._client.find(client_order_id)
        return after is not None and after.has_ended

    def drain(self) -> Sequence[OrderReport]:
        """What trade updates led to since the last call.

        Raises:
            Exception: whatever ended the stream's background work, which nothing should.
        """
        if self._stream is not None:
            self._stream.check()
        return self._hints.drain()

    @property
    def is_listening(self) -> bool:
        """Whether trade updates come in; without them only polling tells of fills."""
        return self._stream is not None and self._stream.is_listening

    @property
    def skipped_frames(self) -> int:
        return self._hints.skipped

    def hear(self, frame: bytes) -> None:
        """Take in a trade update that came another way than over the stream."""
        self._hints.hear(frame)

    async def follow_up(self) -> None:
        """Look up what was heard; the stream does this by itself."""
        await self._hints.follow_up()

    async def find(self, client_order_id: str) -> OrderReport | None:
        order = await self._client.find(client_order_id)
        return None if order is None else self._told(order)

    async def orders(self, since: datetime) -> Sequence[OrderReport]:
        self._listen()
        return [self._told(order) for order in await self._client.orders(since)]

    async def positions(self) -> Mapping[str, Decimal]:
        return await self._client.positions()

    async def account(self) -> VenueAccount:
        self._listen()
        return await self._client.account(is_live=self._is_live)

    async def hours(self) -> VenueHours:
        return await self._client.hours()

    def _listen(self) -> None:
        """Start listening before the first snapshot: what happens meanwhile is then heard."""
        if self._stream is not None:
            self._stream.start()

    async def close(self) -> None:
        if self._stream is not None:
            await self._stream.close()
        await self._client.close()

    def _told(self, order: VenueOrder) -> OrderReport:
        """The report of an order, its side kept for the way out."""
        if order.side is not None and is_ours(order.client_order_id):
            self._sides[order.client_order_id] = order.side
        self._hints.told(order)
        return report_of(order)


def _side_by_levels(intent: ExitIntent) -> Side | None:
    if intent.stop is None or intent.target is None:
        return None
    return Side.LONG if intent.stop < intent.target else Side.SHORT
