"""What a live source of data can tell; a vendor implements what it really knows.

Every answer is evidence by symbol: a value with source, time and delay, or a named absence. A
source that fails as a whole answers with absences that say why: the next source is asked then.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from typing import NamedTuple, TypeVar

from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar, Instrument
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import MinuteBars

T = TypeVar("T")

_AHEAD = timedelta(seconds=2)  # clocks differ a little; what is further ahead is no trade
_MOST = 1e7  # USD: no share costs more (Berkshire Hathaway A is below 1e6)


class DayBar(NamedTuple):
    """A session's open, high, low, close (USD) and volume (shares)."""

    date: date
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class DailyBars:
    """Daily bars, oldest first. ``is_adjusted``: prices are adjusted for later splits.

    ``splits`` are (ex-date, new shares per old), ``dividends`` (ex-date, USD a share, adjusted for
    splits as the prices are). Without ``knows_splits`` there may have been splits all the same.
    """

    bars: tuple[DayBar, ...]
    is_adjusted: bool
    splits: tuple[tuple[date, float], ...] = ()
    dividends: tuple[tuple[date, float], ...] = ()
    knows_splits: bool = True


class Source(ABC):
    """A vendor by its plug-in name."""

    name: str


class QuoteSource(Source):
    """Knows last trades, before the open too."""

    @abstractmethod
    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        """The last trade of today (04:00 New York on) in USD; never yesterday's close."""

    async def opens(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        """Today's opening price in USD, once it is known."""
        del session, at
        return dict.fromkeys(symbols, Missing(f"{self.name} does not tell the opening price"))


class VolumeSource(Source):
    """Knows how many shares were traded today, pre-market included, over all exchanges."""

    @abstractmethod
    async def volumes(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        """Shares traded from 04:00 New York until the evidence's ``as_of`` (a whole minute)."""


class MinuteSource(Source):
    """Knows one-minute bars."""

    @abstractmethod
    async def minute_bars(
        self, symbols: Sequence[str], session: TradingSession, first: int, last: int
    ) -> Mapping[str, Evidence[tuple[Bar, ...]]]:
        """The bars of minutes first..last of a session, both included, oldest first."""


class MinuteFeed(ABC):
    """Streams the regular bars of a running session, minute by minute."""

    @abstractmethod
    def minutes(self, session: TradingSession, symbols: Sequence[str]) -> AsyncIterator[MinuteBars]:
        """Every minute of the session once, in order, as soon as it is complete."""


class HistorySource(Source):
    """Knows daily bars of completed sessions."""

    @abstractmethod
    async def daily(
        self, symbols: Sequence[str], first: date, last: date
    ) -> Mapping[str, Evidence[DailyBars]]:
        """The daily bars from first to last, both included."""

    async def room(self, symbols: int) -> int:
        """Of how many of so many symbols the quotas allow the history now."""
        return symbols


class HaltSource(Source):
    """Knows which symbols are halted."""

    @abstractmethod
    async def halts(self, at: datetime) -> Evidence[Mapping[str, str]]:
        """The symbols halted at an instant with the reason; others trade."""


class DirectorySource(Source):
    """Knows what is listed."""

    @abstractmethod
    async def directory(self) -> Evidence[tuple[Instrument, ...]]:
        """Every listed instrument, test issues left out."""


class FxSource(Source):
    """Knows what a currency costs in USD."""

    @abstractmethod
    async def usd_per(self, currency: str) -> Evidence[float]:
        """USD per unit of a currency, with the time it was true."""


def absent(symbols: Sequence[str], reason: str) -> dict[str, Missing]:
    """The same absence for every symbol."""
    return dict.fromkeys(symbols, Missing(reason))


def trade_today(
    trade: Known[float], session: TradingSession, received: datetime
) -> Evidence[float]:
    """A trade that may be today's last one, or why it is none.

    ``trade.as_of`` is when it was made, ``received`` when we were told.
    """
    made, who = trade.as_of, trade.source
    if not isfinite(trade.value) or not 0 < trade.value <= _MOST:
        return Missing(f"{who}: {trade.value!r} is no price")
    if made is None:
        return Missing(f"{who}: the trade has no time")
    if made > received + _AHEAD:
        return Missing(f"{who}: the trade is from the future ({_clock(made)})")
    if made < session.pre_market_open:
        return Missing(f"{who}: no trade yet today, the last one was {_clock(made)}")
    return trade


def _clock(at: datetime) -> str:
    return at.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M")
