"""All that is known about one symbol at one scan instant, and nothing that came later."""

from dataclasses import dataclass
from datetime import date, datetime

from fin_agent.domain.construction import quickly_made
from fin_agent.domain.evidence import Evidence, Missing, value_of
from fin_agent.domain.indicators import gap_pct
from fin_agent.domain.market import Instrument
from fin_agent.domain.news import Headline


@quickly_made
@dataclass(frozen=True, slots=True)
class DailyFeatures:
    """What the completed sessions before the scan say, as traded on the scan's day (USD, shares).

    ``bars`` counts completed daily bars on file, ``last_date`` is the last one's date and
    ``ends_yesterday`` says that it is the session right before the scan's.
    """

    bars: int = 0
    last_date: date | None = None
    ends_yesterday: bool = False
    prev_close: float | None = None
    atr14: float | None = None
    atr5: float | None = None
    adv: float | None = None
    mean_volume: float | None = None
    source: str = "bars"


@dataclass(frozen=True, slots=True)
class CorporateActions:
    """Actions with ex-date on the scan's day: known splits are already in the daily features."""

    split_known: bool = False
    unadjusted: str | None = None


@quickly_made
@dataclass(frozen=True, slots=True)
class Snapshot:
    """One symbol at one instant. Prices in USD, ``price`` includes pre-market trades.

    ``rvol`` is a plain ratio, ``headlines`` is the answer of the news feeds (an empty tuple is an
    answer), ``earnings`` says whether earnings were or are reported since the previous close,
    ``short_interest`` is percent of float.
    """

    instrument: Instrument
    at: datetime
    price: Evidence[float]
    daily: DailyFeatures
    rvol: Evidence[float] = Missing("no volume is known")
    halted: Evidence[bool] = Missing("no halt feed")
    headlines: Evidence[tuple[Headline, ...]] = Missing("no news feed")
    earnings: Evidence[bool] = Missing("no earnings calendar")
    short_interest: Evidence[float] = Missing("no short interest")
    actions: CorporateActions = CorporateActions()
    lock: str | None = None

    @property
    def symbol(self) -> str:
        return self.instrument.symbol

    @property
    def gap(self) -> float | None:
        """The gap in percent, None while price or previous close is missing."""
        price = value_of(self.price)
        if price is None or self.daily.prev_close is None:
            return None
        return gap_pct(price, self.daily.prev_close)

    def completed(
        self,
        headlines: Evidence[tuple[Headline, ...]],
        earnings: Evidence[bool],
        short_interest: Evidence[float],
    ) -> "Snapshot":
        """The snapshot with its news; ``dataclasses.replace`` takes three times as long."""
        return Snapshot(
            self.instrument,
            self.at,
            self.price,
            self.daily,
            self.rvol,
            self.halted,
            headlines,
            earnings,
            short_interest,
            self.actions,
            self.lock,
        )
