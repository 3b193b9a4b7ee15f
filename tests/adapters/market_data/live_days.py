"""Thirty stored sessions, and a day that runs now at given sources."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fin_agent.adapters.market_data.live import Live, LiveFeeds, LiveRules
from fin_agent.adapters.sources import HaltSource, MinuteFeed, QuoteSource, VolumeSource
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MinuteBars
from tests.adapters.market_data.memory_bars import MemoryBars
from tests.adapters.market_data.stored_days import CALENDAR, PROFILE, TODAY
from tests.servers.networks import HandClock


@dataclass
class Told(QuoteSource, VolumeSource, HaltSource):
    """What a test says that the market does; it keeps which symbols it was asked about."""

    trades: Mapping[str, Evidence[float]] = field(default_factory=dict)
    opened: Mapping[str, Evidence[float]] = field(default_factory=dict)
    traded: Mapping[str, Evidence[float]] = field(default_factory=dict)
    halted: Evidence[Mapping[str, str]] = Missing("no halts today")
    asked: dict[str, list[str]] = field(default_factory=dict)
    name: str = "told"

    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        self.asked["trades"] = [*symbols]
        return {s: self.trades.get(s, Missing("no trade")) for s in symbols}

    async def opens(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        self.asked["opens"] = [*symbols]
        return {s: self.opened.get(s, Missing("not open")) for s in symbols}

    async def volumes(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        self.asked["volumes"] = [*symbols]
        return {s: self.traded.get(s, Missing("no volume")) for s in symbols}

    async def halts(self, at: datetime) -> Evidence[Mapping[str, str]]:
        return self.halted


@dataclass
class GivenMinutes(MinuteFeed):
    """Bars of the session by minute and symbol."""

    bars: Mapping[int, Mapping[str, Bar]] = field(default_factory=dict)

    async def minutes(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars]:
        for minute in range(session.minutes):
            known = self.bars.get(minute, {})
            yield MinuteBars(minute, {s: bar for s, bar in known.items() if s in symbols})


def a_live(
    store: MemoryBars,
    told: Told,
    at: datetime,
    minutes: MinuteFeed | None = None,
    least_gap_pct: float = 0.0,
) -> Live:
    """The market at an instant that a clock shows."""
    feeds = LiveFeeds(told, told, told, minutes)
    rules = LiveRules(PROFILE, least_gap_pct)
    return Live(store, CALENDAR, HandClock(at), feeds, rules)


def price(value: float, at: datetime = TODAY.open) -> Known[float]:
    return Known(value, "told", at)
