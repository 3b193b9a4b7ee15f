"""Market data that notes when a scan begins to ask; it changes nothing else."""

from dataclasses import dataclass
from time import monotonic

from fin_agent.adapters.passing_market import PassingMarket
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import MarketDataPort, ScanRequest


@dataclass(slots=True)
class Stopwatch:
    """Runs from the first question of a scan until somebody takes the time."""

    _began: float | None = None

    def start(self) -> None:
        """A scan begins."""
        self._began = monotonic()

    def taken(self) -> float | None:
        """Seconds since it began, once; None when none is under way."""
        began, self._began = self._began, None
        return None if began is None else monotonic() - began


class MeasuredMarket(PassingMarket):
    """Another market whose first question of a scan starts a stopwatch."""

    def __init__(self, market: MarketDataPort, stopwatch: Stopwatch) -> None:
        super().__init__(market)
        self._stopwatch = stopwatch

    async def cross_section(self, request: ScanRequest) -> CrossSection:
        self._stopwatch.start()
        return await super().cross_section(request)
