"""The agent's ports with a tape behind them: what they answer is what a replay answers again."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime

from fin_agent.adapters.tape.answers import (
    CLOSES,
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
    headlines_json,
    snapshot_json,
    text_of,
)
from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.recorder import Payload
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.news import Headline
from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import (
    FxPort,
    MarketDataPort,
    MinuteBars,
    NewsPort,
    Pulse,
    ScanRequest,
    SessionFeedPort,
)

Record = Callable[[str, str, str, Payload], None]


class RecordedMarket(MarketDataPort):
    """Market data whose answers are recorded; minutes are recorded by ``RecordedFeed``."""

    def __init__(self, market: MarketDataPort, record: Record) -> None:
        self._market = market
        self._record = record

    async def cross_section(self, request: ScanRequest) -> CrossSection:
        section = await self._market.cross_section(request)
        key = section_key(request)
        self._record(AGENT, SECTION, key, lambda: _section_text(section))
        return section

    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        found = await self._market.closes(symbols, before, sessions)
        self._record(AGENT, CLOSES, f"{before} {sessions}", text_of(dict(found)))
        return found

    def minutes(self, session: TradingSession, symbols: Sequence[str]) -> AsyncIterator[MinuteBars]:
        return self._market.minutes(session, symbols)

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        found = await self._market.has_pre_market(session, symbols)
        self._record(AGENT, PRE_MARKET, str(session.date), text_of(found))
        return found

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        found = await self._market.fingerprint(session, symbols)
        self._record(AGENT, FINGERPRINT, str(session.date), text_of(found))
        return found


class RecordedFeed(SessionFeedPort):
    """A session's minutes, recorded before they are decided on.

    ``settle`` is awaited before a minute is handed over, so that a crash right after its decision
    does not leave a tape without the minute.
    """

    def __init__(
        self,
        feed: SessionFeedPort,
        record: Record,
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._feed = feed
        self._record = record
        self._settle = settle

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars | Pulse]:
        async for item in self._feed.follow(session, symbols):
            if isinstance(item, MinuteBars):
                text = text_of({"minute": item.minute, "bars": bars_json(item.bars)})
                self._record(AGENT, MINUTE, str(session.date), text)
                if self._settle is not None:
                    await self._settle()
            yield item


class RecordedNews(NewsPort):
    """News whose answers are recorded."""

    def __init__(self, news: NewsPort, record: Record) -> None:
        self._news = news
        self._record = record

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        found = await self._news.headlines(symbols, at)
        text = text_of(all_evidence_json(found, headlines_json))
        self._record(AGENT, HEADLINES, instant_key(at), text)
        return found

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        found = await self._news.earnings(symbols, session)
        self._record(AGENT, EARNINGS, str(session.date), text_of(all_evidence_json(found)))
        return found


class RecordedFx(FxPort):
    """Rates, recorded."""

    def __init__(self, fx: FxPort, record: Record) -> None:
        self._fx = fx
        self._record = record

    async def rate(self, at: datetime) -> Evidence[float]:
        found = await self._fx.rate(at)
        self._record(AGENT, RATE, instant_key(at), text_of(evidence_json(found)))
        return found


def section_key(request: ScanRequest) -> str:
    return f"{instant_key(request.at)}{' open' if request.at_open else ''}"


def instant_key(at: datetime) -> str:
    """The same text for the same instant, whatever its zone."""
    return f"{at.timestamp():.6f}"


def _section_text(section: CrossSection) -> bytes:
    return text_of([snapshot_json(section.snapshot(symbol)) for symbol in section.symbols])
