"""One small day through the real application, with a hostile headline and a plan for every fate.

WIN reaches its target, DIP is stopped, LIM's limit is never reached, TWO finds no money left, BIG
is too dear for one share, LOW scores too little; the others fail a gate each.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.application.backtest import Replayer, RunOutcome, ScanTime
from fin_agent.application.day import DayDriver, DayOutcome
from fin_agent.application.desk import Desk, TradingRules
from fin_agent.domain.entries.market import Market
from fin_agent.domain.entries.opening_range import OpeningRange
from fin_agent.domain.entries.pullback import Pullback
from fin_agent.domain.entries.vwap import Vwap
from fin_agent.domain.events import GENESIS
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.factors.catalyst import Catalyst
from fin_agent.domain.factors.liquidity import Liquidity
from fin_agent.domain.factors.sentiment import Sentiment
from fin_agent.domain.factors.volatility import Volatility
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.market import Bar, Instrument, InstrumentType
from fin_agent.domain.matching import FillRules
from fin_agent.domain.news import Headline, plain_text
from fin_agent.domain.plan import PlanRules
from fin_agent.domain.risk import RiskRules
from fin_agent.domain.session import NEW_YORK, SessionRules
from fin_agent.domain.snapshot import DailyFeatures, Snapshot
from fin_agent.testing.fakes import (
    FakeCalendar,
    FakeFx,
    FakeMarket,
    FakeNews,
    FakeSentiment,
)
from fin_agent.testing.stores import MemoryStore

DAY, BEFORE = date(2025, 12, 19), date(2025, 12, 18)
SCAN = datetime(2025, 12, 19, 8, 0, tzinfo=NEW_YORK)
CALENDAR = FakeCalendar.weekdays(date(2025, 12, 15), DAY)
HOSTILE = "[bold]Win[/bold] </script><b>beats</b> \x1b[31mred\u202e \x9b2J\nnow"
RULES = TradingRules(
    account="paper",
    scan=ScanRules(),
    plan=PlanRules(),
    session=SessionRules(),
    risk=RiskRules(),
    settings="tiny",
)


def a_snapshot(
    symbol: str,
    *,
    price: float | None = 21.0,
    close: float = 20.0,
    rvol: float | None = 2.0,
    bars: int = 60,
    atr: float = 1.0,
    kind: InstrumentType | None = InstrumentType.STOCK,
) -> Snapshot:
    daily = DailyFeatures(bars, BEFORE, bars > 0, close, atr, atr, 5e7, 1e6, "fake")
    return Snapshot(
        Instrument(symbol, name=f"{symbol} Inc", type=kind),
        SCAN,
        Missing("no trade yet") if price is None else Known(price, "fake", SCAN),
        daily,
        Missing("no volume is known") if rvol is None else Known(rvol, "fake", SCAN),
    )


SNAPSHOTS = (
    a_snapshot("BIG", price=292.0, close=273.0, rvol=2.4, atr=9.0),
    a_snapshot("DARK", price=None),
    a_snapshot("DIP", price=21.0, close=20.0, rvol=2.3),
    a_snapshot("DOWN", price=18.8, close=20.0),
    a_snapshot("FLAT", price=20.2, close=20.0),
    a_snapshot("FUND", kind=InstrumentType.ETF),
    a_snapshot("LIM", price=54.0, close=50.0, rvol=4.0, atr=2.0),
    a_snapshot("LOW", price=52.25, close=50.0, rvol=1.6, atr=0.2),
    a_snapshot("NEW", bars=3),
    a_snapshot("TWO", price=52.6, close=50.0, rvol=2.1, atr=2.0),
    a_snapshot("WIN", price=21.4, close=20.0, rvol=1.8, kind=None),
)


def course(*points: tuple[int, float]) -> Sequence[Bar]:
    """A bar a minute along straight lines between (minute, price) points."""
    prices: list[float] = []
    for (left, low), (right, high) in pairwise(points):
        step = (high - low) / (right - left)
        prices += [round(low + step * n, 2) for n in range(right - left)]
    prices.append(points[-1][1])
    return [
        Bar(minute, opens, max(opens, closes) + 0.01, min(opens, closes) - 0.01, closes, 10_000.0)
        for minute, (opens, closes) in enumerate(pairwise(prices))
    ]


BARS: Mapping[str, Sequence[Bar]] = {
    "WIN": course((0, 21.4), (5, 21.5), (60, 24.0), (390, 23.5)),
    "DIP": course((0, 21.0), (4, 20.9), (8, 21.0), (40, 20.0), (390, 19.5)),
    "LIM": course((0, 54.0), (390, 56.0)),
    "TWO": course((0, 52.6), (4, 52.3), (8, 52.5), (390, 52.0)),
    "BIG": course((0, 292.0), (390, 295.0)),
}
NEWS = {
    "WIN": (
        Headline("WIN", HOSTILE, "wire <i>", SCAN - timedelta(hours=2), SCAN - timedelta(hours=1)),
        Headline("WIN", "Win \u2014 zwei", "wire", SCAN - timedelta(hours=3), SCAN),
    ),
    "DIP": (Headline("DIP", "Dip up", "wire", SCAN - timedelta(20 / 24), SCAN - timedelta(0.5)),),
}


@dataclass(frozen=True)
class TinyRun:
    run: RunOutcome
    day: DayOutcome
    store: MemoryStore
    rules: TradingRules = RULES


def a_desk(*, usd: float | None = 1.08, silent: bool = False) -> Desk:
    return Desk(
        rules=RULES,
        instruments=[snapshot.instrument for snapshot in SNAPSHOTS],
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
        market=FakeMarket({DAY: SNAPSHOTS}, {DAY: BARS}),
        news=FakeNews(NEWS, {"WIN": True, "BIG": True}, silent=silent),
        sentiment=FakeSentiment({plain_text(HOSTILE): 0.6}),
        fx=FakeFx(usd),
        venue=Paper(FillRules(), SessionRules(), Decimal(1)),
        store=MemoryStore(),
    )


def a_replayer(desk: Desk) -> Replayer:
    scan = ScanTime("08:00", fixed=True)
    return Replayer(desk, CALENDAR, scan, lambda fx: Paper(FillRules(), SessionRules(), fx))


def a_run(*, silent: bool = False) -> TinyRun:
    """The day from scan to close."""
    desk = a_desk(silent=silent)
    days: list[DayOutcome] = []
    sessions = CALENDAR.sessions(DAY, DAY)
    run = asyncio.run(a_replayer(desk).run(sessions, Decimal(500), days.append))
    assert isinstance(desk.store, MemoryStore)
    return TinyRun(run, days[0], desk.store)


def a_scan(*, usd: float | None = 1.08) -> DayDriver:
    """The day up to the advice."""
    session = CALENDAR.sessions(DAY, DAY)[0]
    run = RunOutcome(Decimal(500), daily=False)
    return asyncio.run(a_replayer(a_desk(usd=usd)).prepare(session, Decimal(500), GENESIS, run))


def an_empty_run() -> TinyRun:
    """A day on which nothing passes the gates."""
    desk = replace(a_desk(), market=FakeMarket())
    days: list[DayOutcome] = []
    sessions = CALENDAR.sessions(DAY, DAY)
    run = asyncio.run(a_replayer(desk).run(sessions, Decimal(500), days.append))
    return TinyRun(run, days[0], MemoryStore())


def a_context(usd: float = 1.08) -> ScanContext:
    return ScanContext(RULES.scan, SCAN, Known(usd, "fake", SCAN))
