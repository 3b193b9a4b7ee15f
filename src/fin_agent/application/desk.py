"""What a day works with: the rules, the ports, and the state of the one session it drives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from fin_agent.application.book import SessionBook
from fin_agent.application.decisions import DecisionLog
from fin_agent.application.live_state import LiveState
from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Entry, EntryWatch
from fin_agent.domain.errors import StateUnavailable
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
    OrderPort,
    SentimentPort,
    StorePort,
    UnitOfWork,
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
    venue: OrderPort
    store: StorePort


@dataclass(slots=True)
class Owed:
    """What the next transaction makes durable besides its events, oldest first."""

    intents: list[OrderIntent | ExitIntent] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[TradeRecord] = field(default_factory=list)
    also: list[Callable[[UnitOfWork], None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.intents or self.fills or self.trades or self.also)

    def write(self, work: UnitOfWork) -> None:
        """Put everything into a transaction."""
        for intent in self.intents:
            work.save_intent(intent)
        for fill in self.fills:
            work.save_fill(fill)
        for trade in self.trades:
            work.save_trade(trade)
        for add in self.also:
            add(work)


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
    weights: dict[str, float] = field(default_factory=dict)
    exits: dict[str, ExitIntent] = field(default_factory=dict)
    leaving: dict[str, str] = field(default_factory=dict)
    live: LiveState | None = None
    _pending: list[Event] = field(default_factory=list)
    _owed: Owed = field(default_factory=Owed)
    _correlations: dict[tuple[str, str], float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at = self.session.pre_market_open
        self.book = SessionBook(self.equity, Decimal(1))

    @property
    def rules(self) -> TradingRules:
        return self.desk.rules

    @property
    def now(self) -> datetime:
        """The instant of sending: the session's own time, or the clock's when it is live."""
        return self.at if self.live is None else self.live.now()

    def use_fx(self, rate: float) -> None:
        """Fix the day's fx (USD per account unit); it does not move while anything is held."""
        if not self.book.intents:
            self.book.fx = Decimal(repr(rate))

    def record(
        self, event: DomainEvent, *, about: str = "", valid_until: datetime | None = None
    ) -> None:
        """Put an event into the log at the day's present instant."""
        self._pending.append(self.log.record(event, self.at, about=about, valid_until=valid_until))

    def owe(
        self,
        *,
        intents: Sequence[OrderIntent | ExitIntent] = (),
        fills: Sequence[Fill] = (),
        trades: Sequence[TradeRecord] = (),
    ) -> None:
        """Leave facts to the next commit."""
        owed = self._owed
        owed.intents += intents
        owed.fills += fills
        owed.trades += trades

    async def venue(self, *, reduces: bool = False) -> OrderPort:
        """The venue to ask something: whatever is known is durable first.

        So nothing leaves that is not on the disk, and no fact waits behind a slow answer. What only
        ``reduces`` risk goes out all the same when nothing can be stored: the facts stay owed, and
        the next commit raises.

        Raises:
            StateUnavailable: the facts cannot be stored, and the request does more than reduce.
        """
        try:
            await self.commit()
        except StateUnavailable:
            if not reduces:
                raise
        return self.desk.venue

    async def commit(
        self,
        *,
        intents: Sequence[OrderIntent | ExitIntent] = (),
        trades: Sequence[TradeRecord] = (),
        also: Callable[[UnitOfWork], None] | None = None,
    ) -> None:
        """Make everything recorded since the last commit durable, all or nothing.

        What a failed commit was to store stays owed: the next one has it first, none is lost.
        ``also`` adds what is not an order, a fill or a trade to the same transaction.
        """
        self.owe(intents=intents, trades=trades)
        if also is not None:
            self._owed.also.append(also)
        if not (self._pending or self._owed):
            return
        async with self.desk.store.begin() as work:
            work.append(self._pending)
            self._owed.write(work)
            if self.live is not None:
                self.live.write(work)
        self._pending, self._owed = [], Owed()
        if self.live is not None:
            self.live.unsaved_advice = []

    async def correlations(self, symbol: str, held: Sequence[str]) -> dict[str, float | None]:
        """The correlation of daily log returns with everything held, by symbol."""
        if not held:
            return {}
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
