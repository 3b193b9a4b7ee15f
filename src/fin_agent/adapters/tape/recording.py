"""The agent's ports with a tape behind them: what they answer is what a replay answers again.

What an earlier life of the agent was told today is told again: it may have been decided on. An
answer is on the tape before it is handed over, unless the disk is slow (``Tape.settle``).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from fin_agent.adapters.tape.answers import (
    CLOSES,
    DUE,
    EARNINGS,
    FINGERPRINT,
    HEADLINES,
    MINUTE,
    PRE_MARKET,
    RATE,
    SECTION,
    all_evidence_json,
    bars_json,
    evidence_json,
    evidence_of,
    headlines_json,
    headlines_of,
    snapshot_json,
    snapshot_of,
    text_of,
)
from fin_agent.adapters.tape.control import Deciding
from fin_agent.adapters.tape.day import TapedDays
from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.recorder import Payload
from fin_agent.adapters.tape.section import TapedSection, taped_minutes
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.market import Bar
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import (
    FeedItem,
    FxPort,
    MarketDataPort,
    MinuteBars,
    NewsPort,
    ScanDue,
    ScanRequest,
    SessionFeedPort,
    Untradable,
)

T = TypeVar("T")
Record = Callable[[str, str, str, Payload], None]


async def _at_once() -> None:
    """Nothing is waited for."""


@dataclass(frozen=True, slots=True)
class Taping:
    """Where answers are recorded, and what earlier lives recorded (None: nothing is told again).

    ``settle`` is awaited before an answer is handed over, so that a crash right after a decision
    does not leave a tape without what it was made on.
    """

    record: Record
    settle: Callable[[], Awaitable[None]] = field(default=_at_once)
    earlier: TapedDays | None = None
    deciding: Deciding = field(default_factory=Deciding)

    def told(self, day: date, kind: str, key: str) -> Sequence[Any]:
        """What earlier lives were answered to a question, oldest first."""
        if self.earlier is None:
            return ()
        try:
            return self.earlier.answers(day, kind).get(key, ())
        except Unavailable:
            return ()

    async def keep(self, kind: str, key: str, payload: Payload) -> None:
        """Record an answer and see it written."""
        self.record(AGENT, kind, key, payload)
        await self.settle()

    @asynccontextmanager
    async def decided_on(self, kind: str, key: str, payload: Payload) -> AsyncIterator[None]:
        """Record what is decided on inside the block."""
        await self.keep(kind, key, payload)
        self.deciding.is_on = True
        try:
            yield
        finally:
            self.deciding.is_on = False


class RecordedMarket(MarketDataPort):
    """Market data whose answers are recorded; minutes are recorded by ``RecordedFeed``."""

    def __init__(self, market: MarketDataPort, taping: Taping) -> None:
        self._market = market
        self._taping = taping

    async def cross_section(self, request: ScanRequest) -> CrossSection:
        key = section_key(request)
        for told in self._taping.told(request.session.date, SECTION, key):
            return TapedSection(request, [snapshot_of(line) for line in told])
        section = await self._market.cross_section(request)
        await self._taping.keep(SECTION, key, lambda: _section_text(section))
        return section

    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        found = await self._market.closes(symbols, before, sessions)
        self._taping.record(AGENT, CLOSES, f"{before} {sessions}", text_of(dict(found)))
        return found

    def minutes(self, session: TradingSession, symbols: Sequence[str]) -> AsyncIterator[MinuteBars]:
        return self._market.minutes(session, symbols)

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        found = await self._market.has_pre_market(session, symbols)
        self._taping.record(AGENT, PRE_MARKET, str(session.date), text_of(found))
        return found

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        key = str(session.date)
        for told in self._taping.told(session.date, FINGERPRINT, key):
            return str(told)
        found = await self._market.fingerprint(session, symbols)
        await self._taping.keep(FINGERPRINT, key, text_of(found))
        return found


class RecordedFeed(SessionFeedPort):
    """A session's minutes and scans, recorded before they are decided on.

    ``decided`` is the last minute that an earlier life decided. What was told of a minute is told
    again, by an earlier life or when the feed is followed anew; a minute that was not decided
    yet is recorded with the time it has now.
    """

    def __init__(self, feed: SessionFeedPort, taping: Taping, decided: int = -1) -> None:
        self._feed = feed
        self._taping = taping
        self._decided = decided
        self._day: date | None = None
        self._told: dict[int, dict[str, Bar]] = {}
        self._asked: dict[int, frozenset[str]] = {}

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        self._remember(session)
        key = str(session.date)
        async with aclosing(self._feed.follow(session, symbols)) as items:
            async for item in items:
                told, taped = item, None
                if isinstance(item, ScanDue):
                    taped = (DUE, due_json(item))
                elif isinstance(item, MinuteBars):
                    told, is_new = self._as_told(item, symbols)
                    again = item.minute <= self._decided
                    self._decided = max(self._decided, item.minute)
                    if is_new or not again:
                        taped = (MINUTE, minute_json(told, symbols, again=again))
                if taped is None:
                    yield told
                    continue
                async with self._taping.decided_on(taped[0], key, text_of(taped[1])):
                    yield told

    def _remember(self, session: TradingSession) -> None:
        """What earlier lives were told of this session, once."""
        if self._day == session.date:
            return
        self._day = session.date
        answers = self._taping.told(session.date, MINUTE, str(session.date))
        self._told = taped_minutes(answers)
        for answer in answers:
            number, asked = answer["minute"], answer.get("symbols", answer["bars"])
            self._asked[number] = self._asked.get(number, frozenset()) | {*asked}

    def _as_told(self, item: MinuteBars, symbols: Sequence[str]) -> tuple[MinuteBars, bool]:
        """The minute with what was told of it before; whether a symbol is asked for anew."""
        number = item.minute
        asked, told = self._asked.get(number, frozenset()), self._told.get(number, {})
        new = {symbol: bar for symbol, bar in item.bars.items() if symbol not in asked}
        self._told[number], self._asked[number] = {**told, **new}, asked | {*symbols}
        known = {s: bar for s, bar in self._told[number].items() if s in symbols}
        return MinuteBars(number, known, item.untradable), not asked.issuperset(symbols)


class RecordedNews(NewsPort):
    """News whose answers are recorded."""

    def __init__(self, news: NewsPort, taping: Taping) -> None:
        self._news = news
        self._taping = taping
        self._at: datetime | None = None  # of the scan: it asks for headlines, then for earnings

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        key, day, self._at = instant_key(at), at.astimezone(NEW_YORK).date(), at
        told = _again(symbols, self._taping.told(day, HEADLINES, key), headlines_of)
        if told is not None:
            return told
        found = await self._news.headlines(symbols, at)
        text = text_of(all_evidence_json(found, headlines_json))
        await self._taping.keep(HEADLINES, key, text)
        return found

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        key = earnings_key(session, self._at)
        told = _again(symbols, self._taping.told(session.date, EARNINGS, key), bool)
        if told is not None:
            return told
        found = await self._news.earnings(symbols, session)
        await self._taping.keep(EARNINGS, key, text_of(all_evidence_json(found)))
        return found


class RecordedFx(FxPort):
    """Rates, recorded."""

    def __init__(self, fx: FxPort, taping: Taping) -> None:
        self._fx = fx
        self._taping = taping

    async def rate(self, at: datetime) -> Evidence[float]:
        key, day = instant_key(at), at.astimezone(NEW_YORK).date()
        for told in self._taping.told(day, RATE, key):
            return evidence_of(told)
        found = await self._fx.rate(at)
        await self._taping.keep(RATE, key, text_of(evidence_json(found)))
        return found


def section_key(request: ScanRequest) -> str:
    return f"{instant_key(request.at)}{' open' if request.at_open else ''}"


def instant_key(at: datetime) -> str:
    """The same text for the same instant, whatever its zone."""
    return f"{at.timestamp():.6f}"


def earnings_key(session: TradingSession, at: datetime | None) -> str:
    """Earnings are asked for by session; the scan that asked is part of the question."""
    return str(session.date) if at is None else f"{session.date} {instant_key(at)}"


def _again(
    symbols: Sequence[str], answers: Sequence[Any], value: Callable[[Any], T]
) -> dict[str, Evidence[T]] | None:
    """What was told of every symbol; None when one was never asked for."""
    told: dict[str, Any] = {}
    for answer in answers:
        told = {**answer, **told}
    if not all(symbol in told for symbol in symbols):
        return None
    return {symbol: evidence_of(told[symbol], value) for symbol in symbols}


def minute_json(item: MinuteBars, symbols: Sequence[str], *, again: bool) -> Mapping[str, object]:
    """``again``: the minute was decided before, and is only told of further symbols."""
    return {
        "minute": item.minute,
        "symbols": [*symbols],
        "bars": bars_json(item.bars),
        "halted": sorted(item.untradable.halted),
        "stale": sorted(item.untradable.stale),
        "again": again,
    }


def untradable_of(told: Mapping[str, Any]) -> Untradable:
    return Untradable(frozenset(told.get("halted", ())), frozenset(told.get("stale", ())))


def due_json(item: ScanDue) -> Mapping[str, object]:
    return {"job": item.job, "due": item.due.isoformat(), "at": item.at.isoformat()}


def due_of(told: Mapping[str, str]) -> ScanDue:
    instant = datetime.fromisoformat
    return ScanDue(told["job"], instant(told["due"]), instant(told["at"]))


def _section_text(section: CrossSection) -> bytes:
    return text_of([snapshot_json(section.snapshot(symbol)) for symbol in section.symbols])
