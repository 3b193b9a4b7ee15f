"""Market data as a live day was told it: replaying the day's tape decides the same again."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from fin_agent.adapters.tape.answers import (
    CLOSES,
    FINGERPRINT,
    MINUTE,
    PRE_MARKET,
    SECTION,
    snapshot_of,
)
from fin_agent.adapters.tape.day import TapedDays
from fin_agent.adapters.tape.recording import section_key
from fin_agent.adapters.tape.section import TapedSection, taped_minutes
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import MarketDataPort, MinuteBars, ScanRequest


class Taped(MarketDataPort):
    """Reads ``<folder>/<date>/agent-NNN.jsonl.zst``."""

    def __init__(self, folder: Path) -> None:
        self._days = TapedDays(folder)

    async def cross_section(self, request: ScanRequest) -> CrossSection:
        """Raises Unavailable when that instant was not scanned on that day."""
        day = request.session.date
        found = self._days.first(day, SECTION, section_key(request))
        if found is None:
            at = request.at.astimezone(NEW_YORK)
            raise Unavailable(f"the tape of {day} holds no scan at {at:%H:%M:%S}")
        return TapedSection(request, [snapshot_of(line) for line in found])

    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        told: dict[str, dict[str, float]] = {}
        for answer in self._days.answers(before, CLOSES).get(f"{before} {sessions}", ()):
            told = {**answer, **told}
        return {symbol: told.get(symbol, {}) for symbol in symbols}

    async def minutes(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars]:
        told = taped_minutes(self._days.answers(session.date, MINUTE).get(str(session.date), ()))
        for number in range(session.minutes):
            bars = told.get(number, {})
            yield MinuteBars(number, {s: bars[s] for s in symbols if s in bars})

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        del symbols
        return bool(self._days.first(session.date, PRE_MARKET, str(session.date)))

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        """What the live day's inputs were named by; empty for a day without a tape."""
        del symbols
        try:
            return self._days.first(session.date, FINGERPRINT, str(session.date)) or ""
        except Unavailable:
            return ""
