"""News as a live day was told it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from fin_agent.adapters.tape.answers import EARNINGS, HEADLINES, evidence_of, headlines_of
from fin_agent.adapters.tape.day import TapedDays
from fin_agent.adapters.tape.recording import earnings_key, instant_key
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import NewsPort

T = TypeVar("T")


class Taped(NewsPort):
    """Reads ``<folder>/<date>/agent-NNN.jsonl.zst``; what was not asked then is an absence."""

    def __init__(self, folder: Path) -> None:
        self._days = TapedDays(folder)
        self._at: datetime | None = None  # of the scan: it asks for headlines, then for earnings

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        day, self._at = at.astimezone(NEW_YORK).date(), at
        return self._told(symbols, day, (HEADLINES, instant_key(at)), headlines_of)

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        return self._told(symbols, session.date, (EARNINGS, earnings_key(session, self._at)), bool)

    def _told(
        self,
        symbols: Sequence[str],
        day: date,
        question: tuple[str, str],
        value: Callable[[Any], T],
    ) -> dict[str, Evidence[T]]:
        try:
            answers = self._days.answers(day, question[0]).get(question[1], ())
        except Unavailable as error:
            return dict.fromkeys(symbols, Missing(str(error)))
        told: dict[str, Any] = {}
        for answer in answers:
            told = {**answer, **told}
        absent: Evidence[T] = Missing(f"not on the tape of {day}")
        return {s: evidence_of(told[s], value) if s in told else absent for s in symbols}
