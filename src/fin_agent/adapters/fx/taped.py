"""The exchange rate as a live day was told it."""

from datetime import datetime
from pathlib import Path

from fin_agent.adapters.tape.answers import RATE, evidence_of
from fin_agent.adapters.tape.day import TapedDays
from fin_agent.adapters.tape.recording import instant_key
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import FxPort


class TapedFx(FxPort):
    """Reads ``<folder>/<date>/agent-NNN.jsonl.zst``; another instant is an absence."""

    def __init__(self, folder: Path) -> None:
        self._days = TapedDays(folder)

    async def rate(self, at: datetime) -> Evidence[float]:
        day = at.astimezone(NEW_YORK).date()
        try:
            found = self._days.first(day, RATE, instant_key(at))
        except Unavailable as error:
            return Missing(str(error))
        return Missing(f"not on the tape of {day}") if found is None else evidence_of(found)
