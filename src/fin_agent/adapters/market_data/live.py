"""Market data of the running day: live quotes and volumes over the stored daily history.

The gap is the live price over the stored previous close; relative volume compares the shares known
so far with what is normal by the clock time until which they are known (the free tape is late).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

import numpy as np

from fin_agent.adapters.bars.cross_section import ColumnarSection
from fin_agent.adapters.bars.evidence import evidence_column
from fin_agent.adapters.bars.features import DailyColumns
from fin_agent.adapters.bars.history import DailyHistory, UniverseHistory
from fin_agent.adapters.bars.minute_archive import MinuteArchive
from fin_agent.adapters.bars.panel import BarReader
from fin_agent.adapters.bars.rounding import Floats, rounded_column
from fin_agent.adapters.bars.scan_columns import EvidenceColumn, ScanColumns
from fin_agent.adapters.sources import HaltSource, MinuteFeed, QuoteSource, VolumeSource
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.indicators import gap_pct, profile_share
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort, ClockPort, MarketDataPort, MinuteBars, ScanRequest

_NOT_ASKED = Missing("not asked: no daily bars, or of a type that is not traded")
_SMALL_GAP = Missing("not asked: no price, or too small a gap")
_NO_HALTS = Missing("no halt feed")
_ALMOST = 0.99  # of the least gap: rounding is the gate's business


@dataclass(frozen=True, slots=True)
class LiveFeeds:
    """Where live values come from; without ``halts`` or ``minutes`` these are named absences."""

    quotes: QuoteSource
    volumes: VolumeSource
    halts: HaltSource | None = None
    minutes: MinuteFeed | None = None


@dataclass(frozen=True, slots=True)
class LiveRules:
    """What a scan asks for.

    ``least_gap_pct``: volumes are asked only of gaps that large. ``late_s``: a scan that is asked
    for longer ago cannot be answered with what is true now. ``profile`` is (minute of the New York
    day, share of a day's volume by then).
    """

    profile: Sequence[tuple[int, float]]
    least_gap_pct: float = 0.0
    late_s: float = 120.0


class Live(MarketDataPort):
    """The session that runs now."""

    def __init__(
        self,
        store: BarReader,
        calendar: CalendarPort,
        clock: ClockPort,
        feeds: LiveFeeds,
        rules: LiveRules,
    ) -> None:
        self._history = DailyHistory(store)
        self._minutes = MinuteArchive(store, calendar, self._history.splits)
        self._clock = clock
        self._feeds = feeds
        self._rules = rules
        self._last: ScanColumns | None = None

    async def cross_section(self, request: ScanRequest) -> ColumnarSection:
        """Raises Unavailable when the asked instant is not now."""
        away = abs((self._clock.now() - request.at).total_seconds())
        if away > self._rules.late_s:
            at = request.at.astimezone(NEW_YORK)
            raise Unavailable(f"live quotes are of now, not of {at:%Y-%m-%d %H:%M} New York")
        history = await self._history.of(request.instruments)
        session, symbols = request.session, history.universe.symbols
        daily = history.before(session.date, request.previous)
        asked = _worth_asking(history, daily)
        prices, halted = await asyncio.gather(
            self._prices(asked, request), self._halted(symbols, request.at)
        )
        columns = ScanColumns(
            request.at,
            history.universe,
            daily,
            evidence_column(prices, symbols, request.at, _NOT_ASKED),
            await self._relative_volume(prices, daily, request, symbols),
            replace(history.marks(session.date), halted=halted),
        )
        self._last = columns
        return ColumnarSection(columns)

    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        return self._history.closes(symbols, before, sessions)

    async def minutes(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars]:
        """Raises Unavailable without a feed of minutes."""
        if self._feeds.minutes is None:
            raise Unavailable("no feed of live minute bars is configured")
        async for minute in self._feeds.minutes.minutes(session, symbols):
            yield minute

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        now = self._clock.now()
        trades = await self._feeds.quotes.last_trades(symbols, session, now)
        return any(
            isinstance(trade, Known) and trade.as_of is not None and trade.as_of < session.open
            for trade in trades.values()
        )

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        """Over the stored history and what the day's last scan was told; empty on other days."""
        if session.date != self._clock.now().astimezone(NEW_YORK).date():
            return ""
        total = sha256(self._history.digest(symbols, session.date, with_day=False))
        last = self._last
        if last is not None and last.at.astimezone(NEW_YORK).date() == session.date:
            for symbol in sorted({*symbols} & last.universe.position.keys()):
                told = last.snapshot(symbol)
                total.update(repr((symbol, told.price, told.rvol, told.halted)).encode())
        return total.hexdigest()

    async def _prices(
        self, symbols: Sequence[str], request: ScanRequest
    ) -> Mapping[str, Evidence[float]]:
        quotes = self._feeds.quotes
        ask = quotes.opens if request.at_open else quotes.last_trades
        return await ask(symbols, request.session, request.at)

    async def _halted(self, symbols: Sequence[str], at: datetime) -> dict[str, Evidence[bool]]:
        if self._feeds.halts is None:
            return dict.fromkeys(symbols, _NO_HALTS)
        told = await self._feeds.halts.halts(at)
        if isinstance(told, Missing):
            return dict.fromkeys(symbols, told)
        return {symbol: Known(symbol in told.value, told.source, told.as_of) for symbol in symbols}

    async def _relative_volume(
        self,
        prices: Mapping[str, Evidence[float]],
        daily: DailyColumns,
        request: ScanRequest,
        symbols: Sequence[str],
    ) -> EvidenceColumn:
        """The shares known so far over what is normal by the time until which they are known."""
        moving = self._moving(prices, daily, symbols)
        volumes = await self._feeds.volumes.volumes(moving, request.session, request.at)
        instants = {v.as_of for v in volumes.values() if isinstance(v, Known) and v.as_of}
        normal: dict[datetime, tuple[Floats, Floats]] = {}
        for instant in sorted(instants):
            normal[instant] = await self._normal(instant, request.session, daily, symbols)
        position = {symbol: place for place, symbol in enumerate(symbols)}
        found: dict[str, Evidence[float]] = {
            symbol: _ratio(volume, normal, position[symbol]) for symbol, volume in volumes.items()
        }
        return evidence_column(found, symbols, request.at, _SMALL_GAP)

    def _moving(
        self,
        prices: Mapping[str, Evidence[float]],
        daily: DailyColumns,
        symbols: Sequence[str],
    ) -> list[str]:
        """The symbols whose gap may pass the gate, so that their volume matters."""
        least = _ALMOST * self._rules.least_gap_pct
        found = []
        for symbol, close in zip(symbols, daily.prev_close.tolist(), strict=True):
            price = prices.get(symbol)
            if isinstance(price, Known) and close > 0 and abs(gap_pct(price.value, close)) >= least:
                found.append(symbol)
        return found

    async def _normal(
        self,
        instant: datetime,
        session: TradingSession,
        daily: DailyColumns,
        symbols: Sequence[str],
    ) -> tuple[Floats, Floats]:
        """Normal volume by an instant: from stored sessions, and from the profile."""
        minute = session.minute_of(instant)
        by_sessions = await asyncio.to_thread(self._minutes.normal_volume, symbols, session, minute)
        local = instant.astimezone(NEW_YORK)
        share = profile_share(self._rules.profile, local.hour * 60 + local.minute)
        return by_sessions, daily.mean_volume * share


def _worth_asking(history: UniverseHistory, daily: DailyColumns) -> list[str]:
    """The symbols that no earlier gate refuses for certain: each call counts."""
    worth = (daily.bars > 0) & ~history.universe.refused_types
    return [*history.universe.names[worth].tolist()]


def _ratio(
    volume: Evidence[float], normal: Mapping[datetime, tuple[Floats, Floats]], place: int
) -> Evidence[float]:
    if isinstance(volume, Missing):
        return volume
    if volume.as_of is None:
        return Missing(f"{volume.source}: until when the volume is known is not told")
    by_sessions, by_profile = (float(column[place]) for column in normal[volume.as_of])
    is_by_sessions = by_sessions > 0
    usual = by_sessions if is_by_sessions else by_profile
    if not usual > 0:
        return Missing("no normal volume is known")
    basis = "20 sessions" if is_by_sessions else "profile"
    ratio = float(rounded_column(np.array([volume.value / usual]))[0])
    return replace(volume, value=ratio, source=f"{volume.source}/{basis}")
