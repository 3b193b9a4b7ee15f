"""A simulated day over the product's own Alpaca adapter and the simulated broker's wire format."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from pydantic import SecretStr

from fin_agent.adapters.alpaca_wire.orders import STATES
from fin_agent.adapters.alpaca_wire.transport import AlpacaCredentials, Answer
from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import OrderReport, Part
from fin_agent.ports import OrderPort
from fin_agent.testing.live import SteppedClock
from tests.broker_simulator.documents import Order
from tests.broker_simulator.engine import Engine
from tests.broker_simulator.faults import FaultPlan, Kind, Rule, StreamFaults
from tests.broker_simulator.in_process import EngineTransport
from tests.broker_simulator.market import Market
from tests.reliability.chance import Mishap, Shares
from tests.reliability.mutations import Between
from tests.reliability.seeded_orders import Piece, SeededOrder
from tests.reliability.simulated_day import SESSION, JitteryFeed, Made, SimulatedDay

_NOT_HERE: dict[str, Any] = {
    "outage_a_day": 0.0,
    "altered_a_day": 0.0,
    "manual_a_day": 0.0,
    "foreign_a_day": 0.0,
    "stranger_a_day": 0.0,
    "exits_rejected_a_day": 0.0,
}
"""What only the seeded venue does; the faults of single requests are the simulator's."""

_STEPS = {"POST": ("send", "sent"), "DELETE": ("cancel", "cancelled"), "GET": ("read", "read")}
_OVERDUE_S = 75.0
_SLIPPAGE = Decimal("1.016")
"""A market entry is a limit 1.5 % beyond its trigger, and that is where the simulator fills it."""

_MISHAPS = {
    Kind.LOST_REQUEST: Mishap.LOST_REQUEST,
    Kind.HANG: Mishap.LOST_REQUEST,
    Kind.LOST_REPLY: Mishap.LOST_REPLY,
    Kind.SILENT: Mishap.LOST_REPLY,
    Kind.GARBAGE: Mishap.LOST_REPLY,
    Kind.CUT_BODY: Mishap.LOST_REPLY,
    Kind.ACCEPTED_504: Mishap.GATEWAY,
    Kind.ERROR_500: Mishap.SERVER_ERROR,
    Kind.TOO_MANY: Mishap.TOO_MANY,
    Kind.REFUSE: Mishap.REFUSED,
    Kind.LATE_ARRIVAL: Mishap.LATE,
    Kind.INVISIBLE: Mishap.INVISIBLE,
}


def rules(dice: Random, times: float, *, overdue: bool) -> list[Rule]:
    """The faults of reliability.md section 3, by method; ``times`` as many."""
    post, delete, get = ("POST", "/v2/orders"), ("DELETE", "/v2/orders/*"), ("GET", "*")
    made = [
        Rule(kind, *route, share=times * share)
        for route in (post, delete)
        for kind, share in (
            (Kind.LOST_REQUEST, 0.02),
            (Kind.HANG, 0.02),
            (Kind.LOST_REPLY, 0.02),
            (Kind.SILENT, 0.02),
            (Kind.ACCEPTED_504, 0.05),
            (Kind.ERROR_500, 0.03),
            (Kind.TOO_MANY, 0.03),
        )
    ]
    made += [
        Rule(Kind.GARBAGE, *post, share=0.01 * times),
        Rule(Kind.CUT_BODY, *post, share=0.01 * times),
        Rule(Kind.REFUSE, *post, share=0.01),
        *(Rule(Kind.LATE_ARRIVAL, *post, share=0.01, seconds=dice.uniform(5, 60)) for _ in "abc"),
        *(Rule(Kind.INVISIBLE, *post, share=0.08, seconds=dice.uniform(1, 8)) for _ in "abc"),
        Rule(Kind.LOST_REPLY, *get, share=0.03 * times),
        Rule(Kind.SILENT, *get, share=0.003 * times),
        Rule(Kind.ERROR_500, *get, share=0.02 * times),
        Rule(Kind.TOO_MANY, *get, share=0.005 * times),
        Rule(Kind.CUT_BODY, *get, share=0.005 * times),
    ]
    if overdue:
        made.append(Rule(Kind.LATE_ARRIVAL, *post, share=0.01, seconds=dice.uniform(80, 200)))
    return made


class WatchedTransport(EngineTransport):
    """The engine between two points of death of each request."""

    def __init__(
        self, engine: Engine, clock: SteppedClock, step: Callable[[str], None], day: "WireDay"
    ) -> None:
        async def sleep(seconds: float) -> None:
            clock.pass_(day.chance.seconds(seconds, seconds))

        super().__init__(engine, clock, sleep, flight_s=0.05)
        self._step, self._day = step, day

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        before, after = _STEPS[method]
        self._step(before)
        try:
            answer = await super().request(method, path, params, json)
        finally:
            self._day.look()
        self._step(after)
        return answer


class Sender(Between):
    """Shows each order to the audit before the adapter has it."""

    def __init__(self, venue: OrderPort, sends: Callable[[OrderIntent | ExitIntent], None]) -> None:
        super().__init__(venue)
        self._sends = sends

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        self._sends(intent)
        return await self.venue.submit(intent, session)

    async def exit(self, intent: ExitIntent) -> OrderReport:
        self._sends(intent)
        return await self.venue.exit(intent)


class WireDay(SimulatedDay):
    """The engine outlives the process; each process has an adapter of its own."""

    def __init__(self, seed: int, made: Made) -> None:
        super().__init__(seed, replace(made, shares=replace(made.shares, **_NOT_HERE)))
        times = made.shares.lost_request / Shares().lost_request
        dice = Random(f"wire {seed}")
        habits = self.books.habits
        self._rules = rules(dice, times, overdue=habits.dedupes and habits.reduces)
        plan = FaultPlan(
            seed,
            self._rules,
            StreamFaults(drop=0.15, duplicate=0.15, delay=0.15, delay_s=40.0, garbage=0.02),
        )
        market = Market(
            fill_s=(0.1, 6.0),
            cancel_s=(0.0, 3.0),
            leg_s=(5.0, 900.0),
            partial=0.3,
            stall=0.1,
            reject=0.02,
            legs=0.45,
            legs_survive_partial=dice.random() < 0.3,
            default_price=Decimal(10),
        )
        self.engine = Engine(seed, plan, market, dedupe=habits.dedupes, guards=habits.reduces)
        venue = self.engine.venue
        venue.later(SESSION.close.timestamp(), venue.expire)
        self._shown_orders: list[SeededOrder] = []
        self.audit.orders = lambda: self._shown_orders
        self.audit.held = lambda: venue.positions
        self.audit.max_exposure *= _SLIPPAGE
        self.alpaca: Alpaca | None = None

    def look(self) -> None:
        """Let the audit see what a request or the time changed."""
        self._shown_orders = [self._seen(order) for order in self.engine.venue.orders]
        self.audit.changed(self.clock.now())

    def _at_the_venue(self) -> OrderPort:
        transport = WatchedTransport(self.engine, self.clock, self._step, self)
        keys = AlpacaCredentials(SecretStr("key"), SecretStr("secret"))
        self.alpaca = Alpaca(keys, self.clock, transport=transport)
        return Sender(self.made.venue(self.alpaca), self.audit.sends)

    def _feed(self) -> JitteryFeed:
        return JitteryFeed(self.minutes, self.clock, self.chance, self.audit.shown, self._hear)

    async def _hear(self) -> None:
        """What the stream's task does in the product."""
        assert self.alpaca is not None
        for frame in self.engine.frames(self.clock.now().timestamp()):
            self.alpaca.hear(frame)
        if self._shown_orders:
            self.look()
        await self.alpaca.follow_up()

    async def _live(self) -> None:
        await super()._live()
        for index, number in self.engine.venue.faults.struck.items():
            rule = self._rules[index]
            mishap = Mishap.NO_ANSWER if rule.method == "GET" else _MISHAPS[rule.kind]
            self.chance.counts[mishap] += number
        for found in self.engine.venue.violations:
            self.audit.say(f"{found['kind']}: the broker saw it of {found['order']}")

    def _calm(self) -> None:
        super()._calm()
        self.engine.venue.faults.rules = ()

    def _seen(self, order: Order) -> SeededOrder:
        """An order of the engine as the audit knows them."""
        is_pair, is_entry = order.order_class == "oco", order.order_class == "bracket"
        own = Part.TARGET if is_pair else Part.ENTRY if is_entry else Part.EXIT
        legs = [_piece(leg, Part.STOP if leg.kind == "stop" else Part.TARGET) for leg in order.legs]
        for leg in legs if is_entry else ():
            leg.is_live = leg.is_live and order.is_over
        pieces = [_piece(order, own), *(legs if is_pair else ())]
        stored = self.audit.stored.get(order.client_order_id)
        sent_at = stored.sent_at if stored is not None else None
        late = 0.0 if sent_at is None else order.created_at - sent_at.timestamp()
        return SeededOrder(
            order.client_order_id,
            order.symbol,
            pieces,
            [] if is_pair else legs,
            STATES[order.status],
            is_overdue=late > _OVERDUE_S,
        )


def _piece(order: Order, part: Part) -> Piece:
    at = datetime.fromtimestamp(order.updated_at or order.created_at, UTC)
    piece = Piece(part, order.sign, order.qty, order.price, at, is_live=not order.is_over)
    piece.filled, piece.value = order.filled, order.value
    return piece
