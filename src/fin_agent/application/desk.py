"""What a day works with: the rules, the ports, and the state of the one session it drives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from fin_agent.application.book import SessionBook
from fin_agent.application.decisions import DecisionLog
from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Entry, EntryWatch
from fin_agent.domain.events import DomainEvent, Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.factor import Factor
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Instrument
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.plan import PlanRules
from fin_agent.domain.risk import PlanAdvised, RiskRules, Taken
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.domain.verdict import CrossSection, Verdicts
from fin_agent.ports import (
    FxPort,
    MarketDataPort,
    NewsPort,
    SentimentPort,
    SimulatedVenue,
    StorePort,
)


@dataclass(frozen=True, slots=True)
class TradingRules:
    """Every rule the agent decides by.

    ``settings`` is the same as canonical JSON: it is recorded with each session, so changing one
    setting changes the day's hash.
    ``daily`` means daily bars: one bar a session, market entries at the open.
    """

    account: str
    scan: ScanRules
    plan: PlanRules
    session: SessionRules
    risk: RiskRules
    settings: str
    daily: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports and plug-ins of a day; ``factors`` and ``entries`` in configured order."""

    rules: TradingRules
    instruments: Sequence[Instrument]
    factors: Sequence[tuple[str, float, Factor]]
    entries: Sequence[tuple[str, Entry]]
    market: MarketDataPort
    news: NewsPort
    sentiment: SentimentPort
    fx: FxPort
    venue: SimulatedVenue
    store: StorePort


@dataclass(slots=True)
class Day:
    """The state of one session; only use cases change it."""

    desk: Desk
    session: TradingSession
    previous: date
    equity: Decimal
    log: DecisionLog
    book: SessionBook = field(init=False)
    section: CrossSection | None = None
    verdicts: Verdicts | None = None
    candidates: tuple[TradeCandidate, ...] = ()
    planned: tuple[str, ...] = ()
    advice: list[PlanAdvised] = field(default_factory=list)
    cumulative: Taken | None = None
    watches: list[EntryWatch] = field(default_factory=list)
    fates: dict[str, str] = field(default_factory=dict)
    trades: list[TradeRecord] = field(default_factory=list)
    at: datetime = field(init=False)
    is_locked: bool = False
    exits: dict[str, ExitIntent] = field(default_factory=dict)
    _pending: list[Event] = field(default_factory=list)
    _correlations: dict[tuple[str, str], float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at = self.session.pre_market_open
        self.book = SessionBook(self.equity, Decimal(1))

    @property
    def rules(self) -> TradingRules:
        return self.desk.rules

    def use_fx(self, rate: float) -> None:
        """Fix the day's fx (USD per account unit); it does not move while anything is held."""
        if not self.book.intents:
            self.book.fx = Decimal(repr(rate))

    def record(self, event: DomainEvent, *, about: str = "") -> None:
        """Put an event into the log at the day's present instant."""
        self._pending.append(self.log.record(event, self.at, about=about))

    async def commit(
        self,
        *,
        intents: Sequence[OrderIntent | ExitIntent] = (),
        fills: Sequence[Fill] = (),
        trades: Sequence[TradeRecord] = (),
    ) -> None:
        """Make everything recorded since the last commit durable, all or nothing."""
        if not (self._pending or intents or fills or trades):
            return
        async with self.desk.store.begin() as work:
            work.append(self._pending)
            for intent in intents:
                work.save_intent(intent)
            for fill in fills:
                work.save_fill(fill)
            for trade in trades:
                work.save_trade(trade)
        self._pending = []

    async def correlations(self, symbol: str, held: Sequence[str]) -> dict[str, float | None]:
        """The correlation of daily log returns with everything held, by symbol."""
        known = self._correlations
        pairs = {
            other: (symbol, other) if symbol < other else (other, symbol)
            for other in held
            if other != symbol
        }
        if not all(pair in known for pair in pairs.values()):
            everything = sorted({symbol, *held, *self.planned})  # plans want each other's
            known |= await self.desk.market.correlations(everything, self.session.date)
        return {other: known[pair] for other, pair in pairs.items()}
