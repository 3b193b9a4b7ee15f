"""The adapter on a simulated broker in the same process, in a time that tests move."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import SecretStr

from fin_agent.adapters.alpaca_wire.transport import AlpacaCredentials, Answer
from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.market import Side
from fin_agent.domain.order import OrderIntent, Purpose, client_order_id
from fin_agent.domain.plan import Levels
from fin_agent.ports import ClockPort
from fin_agent.testing.builders import DAY, OPEN, an_intent, levels
from tests.broker_simulator.engine import Engine
from tests.broker_simulator.faults import FaultPlan, Rule, StreamFaults
from tests.broker_simulator.in_process import EngineTransport
from tests.broker_simulator.market import Market

ENTRY = client_order_id("paper", DAY, "ACME", Purpose.ENTRY, 1, "signal")
EXIT = client_order_id("paper", DAY, "ACME", Purpose.EXIT, 1, "signal")
KEYS = AlpacaCredentials(SecretStr("PKCANARYKEY"), SecretStr("canary/secret+value"))
AT_ONCE = Market(fill_s=(0.1, 0.1), cancel_s=(0.5, 0.5), partial=0.0, stall=0.0, legs=0.0)
"""Everything fills whole and at once, and protective legs wait."""
ASLEEP = Market(fill_s=(1e6, 1e6), cancel_s=(0.0, 0.0), partial=0.0, stall=0.0, legs=0.0)
"""Nothing fills."""


class HandClock(ClockPort):
    """A clock that a test moves."""

    def __init__(self, at: datetime = OPEN) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.pass_seconds(seconds)


class World:
    """An engine, the adapter and their clock."""

    def __init__(
        self,
        *rules: Rule,
        market: Market = AT_ONCE,
        seed: int = 1,
        dedupe: bool = False,
        stream: StreamFaults | None = None,
    ) -> None:
        self.clock = HandClock()
        faults = FaultPlan(seed, rules, stream or StreamFaults())
        self.engine = Engine(seed, faults, market, dedupe=dedupe)
        self.venue = self.on(self.engine, self.clock)

    @staticmethod
    def on(engine: Engine, clock: HandClock) -> Alpaca:
        """A new adapter, which knows nothing yet."""
        return Alpaca(KEYS, clock, transport=EngineTransport(engine, clock, clock.sleep))

    @property
    def accepted(self) -> list[str]:
        return [order.client_order_id for order in self.engine.venue.orders]

    def pass_seconds(self, seconds: float) -> None:
        self.clock.pass_seconds(seconds)
        self.engine.venue.advance(self.clock.now().timestamp())


class OneAnswer:
    """A transport that answers every request alike."""

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = Answer(status, body)

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        return self.answer

    async def close(self) -> None:
        """Holds nothing open."""


def an_entry(
    kind: OrderKind = OrderKind.MARKET, at: Levels | None = None, cid: str = ENTRY
) -> OrderIntent:
    return an_intent(kind, at=at or levels(), client_order_id=cid)


def an_exit(
    quantity: int = 10,
    *,
    stop: str | None = None,
    target: str | None = None,
    cid: str = EXIT,
    entry: str = ENTRY,
) -> ExitIntent:
    prices = [None if text is None else Decimal(text) for text in (stop, target)]
    return ExitIntent(
        cid, entry, "ACME", Decimal(quantity), "flat", OPEN, stop=prices[0], target=prices[1]
    )


SHORT = levels(100, 103, 91)
assert SHORT.side is Side.SHORT
