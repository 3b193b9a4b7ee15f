"""A day of made-up markets through the real use cases; a test says only what is special about it.

Symbols gap up 8 % from 10.00 on twice the normal volume: the entry is ``market`` at the end of the
first bar, 23 shares for 250 of an account of 500 dollars.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.application.backtest import Replayer, RunOutcome, ScanTime
from fin_agent.application.day import DayDriver, DayOutcome
from fin_agent.application.desk import Desk, TradingRules
from fin_agent.domain.entries.market import Market
from fin_agent.domain.entries.opening_range import OpeningRange
from fin_agent.domain.entries.pullback import Pullback
from fin_agent.domain.entries.vwap import Vwap
from fin_agent.domain.events import GENESIS
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.factors.catalyst import Catalyst
from fin_agent.domain.factors.liquidity import Liquidity
from fin_agent.domain.factors.sentiment import Sentiment
from fin_agent.domain.factors.volatility import Volatility
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.market import Bar, Instrument
from fin_agent.domain.matching import FillRules
from fin_agent.domain.news import Headline
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.plan import PlanRules
from fin_agent.domain.risk import RiskRules
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.venue import OrderReport
from fin_agent.ports import MarketDataPort, SimulatedVenue
from fin_agent.testing.builders import SCAN, YESTERDAY, a_bar, a_session, a_snapshot
from fin_agent.testing.fakes import (
    FakeCalendar,
    FakeFx,
    FakeMarket,
    FakeNews,
    FakeSentiment,
)
from fin_agent.testing.stores import MemoryStore

PRICE = 10.8
EVERY_SCORE = ScanRules(min_score=0.0)


def gapping(
    symbol: str, price: float | Evidence[float] = PRICE, rvol: float | None = 2.0, **facts: Any
) -> Snapshot:
    """A symbol that gaps up from 10.00; more volume asks for other entries."""
    chosen = {"prev_close": 10.0, "atr14": 0.3, "atr5": 0.3, **facts}
    return a_snapshot(price, rvol=rvol, symbol=symbol, **chosen)


def course(*points: tuple[int, float], until: int = 390, volume: float = 1e5) -> list[Bar]:
    """A flat bar a minute at the price of the last point before it."""
    prices = dict(points)
    bars, price = [], points[0][1]
    for minute in range(points[0][0], until):
        price = prices.get(minute, price)
        bars.append(a_bar(minute, price, volume=volume))
    return bars


class Troubled(Paper):
    """The paper venue, but sending an order of some symbols raises."""

    def __init__(self, errors: Mapping[str, Exception]) -> None:
        super().__init__(FillRules(), SessionRules(), Decimal(1))
        self._errors = errors

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        if intent.symbol in self._errors:
            raise self._errors[intent.symbol]
        return await super().submit(intent, session)


@dataclass
class World:
    """What a day is made of; ``bars`` by symbol, ``rules`` of the account."""

    snapshots: Sequence[Snapshot]
    bars: Mapping[str, Sequence[Bar]] = field(default_factory=dict)
    history: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    news: FakeNews = field(default_factory=FakeNews)
    sentiment: FakeSentiment = field(default_factory=FakeSentiment)
    usd: float | None = 1.0
    scan: ScanRules = EVERY_SCORE
    plan: PlanRules = field(default_factory=PlanRules)
    session_rules: SessionRules = field(default_factory=SessionRules)
    risk: RiskRules = field(default_factory=RiskRules)
    fills: FillRules = field(default_factory=FillRules)
    session: TradingSession = field(default_factory=a_session)
    errors: Mapping[str, Exception] = field(default_factory=dict)
    equity: Decimal = Decimal(500)
    store: MemoryStore = field(default_factory=MemoryStore)
    extra: Sequence[Instrument] = ()

    def market(self) -> MarketDataPort:
        day = self.session.date
        return FakeMarket({day: self.snapshots}, {day: self.bars}, self.history)

    def venue(self, fx: Decimal = Decimal(1)) -> SimulatedVenue:
        return Troubled(self.errors) if self.errors else Paper(self.fills, self.session_rules, fx)

    def desk(self) -> Desk:
        rules = TradingRules(
            "paper", self.scan, self.plan, self.session_rules, self.risk, json.dumps("a world")
        )
        return Desk(
            rules=rules,
            instruments=[*(s.instrument for s in self.snapshots), *self.extra],
            factors=[
                ("volatility", 0.4, Volatility()),
                ("catalyst", 0.3, Catalyst()),
                ("sentiment", 0.1, Sentiment()),
                ("liquidity", 0.2, Liquidity()),
            ],
            entries=[
                ("pullback", Pullback()),
                ("vwap", Vwap()),
                ("opening_range", OpeningRange()),
                ("market", Market()),
            ],
            market=self.market(),
            news=self.news,
            sentiment=self.sentiment,
            fx=FakeFx(self.usd),
            venue=self.venue(),
            store=self.store,
        )

    async def scanned(self, minute: int | None = None) -> DayDriver:
        """The day up to the advice; ``minute`` counts from the open, before it by default."""
        calendar = FakeCalendar([a_session(YESTERDAY), self.session])
        at = SCAN if minute is None else self.session.time_of(minute)
        scan = ScanTime(at.strftime("%H:%M"), fixed=True)
        replayer = Replayer(self.desk(), calendar, scan, self.venue)
        run = RunOutcome(self.equity, daily=False)
        return await replayer.prepare(self.session, self.equity, GENESIS, run)

    async def lived(self, minute: int | None = None) -> DayDriver:
        """The day from scan to close."""
        driver = await self.scanned(minute)
        await driver.trade()
        return driver

    def recorded(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of a type of event, in order, with the time of each."""
        return [
            {**json.loads(event.payload), "time": event.occurred_at.strftime("%H:%M")}
            for event in self.store.logged
            if event.type == kind
        ]


def fates(driver: DayDriver) -> dict[str, str]:
    return driver.outcome().fates


def by_symbol(outcome: DayOutcome) -> dict[str, Any]:
    return {trade.symbol: trade for trade in outcome.trades}


def no_cap(**changes: Any) -> RiskRules:
    """Room for many positions, so that a test meets one limit alone."""
    wide = RiskRules(max_exposure=Decimal(10_000), max_entries=50, daily_loss_cap=Decimal(1000))
    return replace(wide, **changes)


def headline(symbol: str, received_hours: float, published_hours: float | None = None) -> Headline:
    """A headline received so many hours before the scan; negative is after it."""
    received = SCAN - timedelta(hours=received_hours)
    published = received if published_hours is None else SCAN - timedelta(hours=published_hours)
    return Headline(symbol, f"{symbol} {received_hours:g}", "wire", published, received)
