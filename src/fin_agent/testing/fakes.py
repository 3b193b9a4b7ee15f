"""The world in memory: every port a day needs, made from plain values, with nothing to connect to.

A strategy author gives snapshots and minute bars and drives the real application with them. What a
fake was not given is a named absence, as it would be from a real source.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import derived_id
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar, Instrument
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.domain.snapshot import DailyFeatures, Snapshot
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import (
    CalendarPort,
    FxPort,
    MarketDataPort,
    MinuteBars,
    NewsPort,
    ScanRequest,
    SentimentPort,
)

SOURCE = "fake"
_SATURDAY = 5
_OPENS, _CLOSES = time(9, 30), time(16, 0)


class FakeCalendar(CalendarPort):
    """The sessions it was given, and no others."""

    def __init__(self, sessions: Sequence[TradingSession]) -> None:
        self._sessions = {session.date: session for session in sessions}

    @classmethod
    def weekdays(cls, first: date, last: date) -> "FakeCalendar":
        """Full days from Monday to Friday, 09:30 to 16:00 New York, both ends included."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return cls([_full_day(day) for day in days if day.weekday() < _SATURDAY])

    def session(self, day: date) -> TradingSession | None:
        return self._sessions.get(day)

    def sessions(self, first: date, last: date) -> Sequence[TradingSession]:
        return [self._sessions[day] for day in sorted(self._sessions) if first <= day <= last]

    def previous(self, day: date) -> TradingSession:
        """The last session before a day.

        Raises:
            InvalidValue: no earlier session was given.
        """
        earlier = [known for known in self._sessions if known < day]
        if not earlier:
            raise InvalidValue(f"the fake calendar has no session before {day}")
        return self._sessions[max(earlier)]


def _full_day(day: date) -> TradingSession:
    opens, closes = (datetime.combine(day, clock, NEW_YORK) for clock in (_OPENS, _CLOSES))
    return TradingSession(day, opens, closes)


@dataclass
class FakeMarket(MarketDataPort):
    """Snapshots and bars as they were given, by session date; ``bars`` by symbol below that.

    A symbol of the universe without a snapshot has no history and no quote. ``history`` are the
    closes by ISO date that correlations are computed from.
    """

    snapshots: Mapping[date, Sequence[Snapshot]] = field(default_factory=dict)
    bars: Mapping[date, Mapping[str, Sequence[Bar]]] = field(default_factory=dict)
    history: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    async def cross_section(self, request: ScanRequest) -> CrossSection:
        given = {s.symbol: s for s in self.snapshots.get(request.session.date, ())}
        found = [
            replace(given[instrument.symbol], at=request.at)
            if instrument.symbol in given
            else _unknown(instrument, request.at)
            for instrument in request.instruments
        ]
        return FakeCrossSection(request.at, found)

    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        known = {
            symbol: [pair for pair in self.history.get(symbol, {}).items() if pair[0] < str(before)]
            for symbol in symbols
        }
        return {symbol: dict(pairs[-sessions:]) for symbol, pairs in known.items()}

    async def minutes(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars]:
        by_minute: dict[int, dict[str, Bar]] = defaultdict(dict)
        for symbol in symbols:
            for bar in self._bars(session, symbol):
                by_minute[bar.minute][symbol] = bar
        for minute in range(session.minutes):
            yield MinuteBars(minute, by_minute.get(minute, {}))

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        return any(bar.minute < 0 for symbol in symbols for bar in self._bars(session, symbol))

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        bars = {symbol: list(self._bars(session, symbol)) for symbol in sorted(symbols)}
        snapshots = self.snapshots.get(session.date, ())
        return derived_id(snapshots, bars) if snapshots or any(bars.values()) else ""

    def _bars(self, session: TradingSession, symbol: str) -> Sequence[Bar]:
        return self.bars.get(session.date, {}).get(symbol, ())


class FakeCrossSection(CrossSection):
    """A universe of given snapshots, judged by the scalar gates."""

    def __init__(self, at: datetime, snapshots: Sequence[Snapshot]) -> None:
        self.at = at
        self.symbols = [snapshot.symbol for snapshot in snapshots]
        self._snapshots = {snapshot.symbol: snapshot for snapshot in snapshots}

    def snapshot(self, symbol: str) -> Snapshot:
        return self._snapshots[symbol]


def _unknown(instrument: Instrument, at: datetime) -> Snapshot:
    return Snapshot(instrument, at, Missing("no quote"), DailyFeatures(source=SOURCE))


@dataclass
class FakeNews(NewsPort):
    """A feed that answers for every symbol, with no headline unless it was given one.

    A symbol without an entry in ``reported`` has no known earnings date. ``silent`` is a feed that
    does not answer at all.
    """

    told: Mapping[str, Sequence[Headline]] = field(default_factory=dict)
    reported: Mapping[str, bool] = field(default_factory=dict)
    silent: bool = False

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        if self.silent:
            return dict.fromkeys(symbols, Missing("no news feed"))
        return {symbol: Known(tuple(self.told.get(symbol, ())), SOURCE, at) for symbol in symbols}

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        return {
            symbol: Known(self.reported[symbol], SOURCE, session.open)
            if symbol in self.reported and not self.silent
            else Missing("no earnings calendar")
            for symbol in symbols
        }


@dataclass
class FakeSentiment(SentimentPort):
    """Scores by headline text, 0 for the others."""

    scores: Mapping[str, float] = field(default_factory=dict)
    name: str = SOURCE

    def compound(self, text: str) -> float:
        return self.scores.get(text, 0.0)


@dataclass
class FakeFx(FxPort):
    """One rate for every instant (USD per account unit); None is no rate."""

    usd: float | None = 1.0

    async def rate(self, at: datetime) -> Evidence[float]:
        return Missing("no rate was given") if self.usd is None else Known(self.usd, SOURCE, at)
