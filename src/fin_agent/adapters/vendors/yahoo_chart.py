"""Yahoo's one-minute charts (``/v8/finance/chart``), judged minute by minute.

Traps: the last row may be the last trade and no minute; the minute that runs looks like a finished
one; minutes outside regular hours have volume 0 (yfinance#581); a minute without a trade is left
out or holds nulls.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, Field, TypeAdapter

from fin_agent.adapters.http.body import Epoch
from fin_agent.adapters.http.questions import Told
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession

KEPT = timedelta(days=30)
"""How long Yahoo keeps one-minute bars (yfinance#356)."""
SOURCE = "yahoo"

_MINUTE = timedelta(minutes=1)
_SETTLED_S = 30  # an answer may be this old when it comes: "max-age=10, stale-while-revalidate=20"
_DELAYED_S = 900.0
_MOST_USD = 1e7
_MOST_SHARES = 1e12

Numbers = list[Any]  # each is judged by itself: one bad number spoils one minute


class _Quote(BaseModel):
    open: Numbers = Field(default_factory=list)
    high: Numbers = Field(default_factory=list)
    low: Numbers = Field(default_factory=list)
    close: Numbers = Field(default_factory=list)
    volume: Numbers = Field(default_factory=list)


class _Indicators(BaseModel):
    quote: Annotated[list[_Quote], Field(min_length=1)]


class _Meta(BaseModel):
    symbol: str
    dataGranularity: str
    currency: str | None = None
    regularMarketTime: Epoch | None = None


def _same_length(chart: "Chart") -> "Chart":
    lengths = {len(column) for column in chart.columns} | {len(chart.timestamp)}
    if len(lengths) > 1:
        raise ValueError("the columns differ in length")
    return chart


class Chart(BaseModel):
    """One symbol's minutes: columns of equal length, by the epoch at which each minute starts."""

    meta: _Meta
    timestamp: list[Epoch] = Field(default_factory=list)
    indicators: _Indicators

    @property
    def columns(self) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
        quote = self.indicators.quote[0]
        return quote.open, quote.high, quote.low, quote.close, quote.volume

    @property
    def newest(self) -> int:
        """The latest instant that the answer knows of."""
        return max([self.meta.regularMarketTime or 0, *self.timestamp])


class _Result(BaseModel):
    result: Annotated[
        list[Annotated[Chart, AfterValidator(_same_length)]], Field(min_length=1, max_length=1)
    ]


class _Answer(BaseModel):
    chart: _Result


ANSWER = TypeAdapter(_Answer)


class Minutes(NamedTuple):
    """What is asked for: minutes first..last of a session, both included."""

    session: TradingSession
    first: int
    last: int

    @property
    def span(self) -> tuple[int, int]:
        """From the start of the first to the end of the last minute, as epochs."""
        start = self.session.open + self.first * _MINUTE
        end = self.session.open + (self.last + 1) * _MINUTE
        return int(start.timestamp()), int(end.timestamp())

    @property
    def has_extended(self) -> bool:
        """Whether pre- or post-market is asked for."""
        return self.first < 0 or self.last >= self.session.minutes


def minute_bars(told: Told[_Answer], symbol: str, asked: Minutes) -> Evidence[tuple[Bar, ...]]:
    """The finished minutes of a chart, and what of it was left out.

    ``delay_s`` is how much older than the answer the newest thing in it is, while the session
    runs: Yahoo does not say by how much it lags, and a thin stock may just not trade.
    """
    chart = told.value.chart.result[0]
    strange = _not_asked(chart.meta, symbol)
    if strange is not None:
        return Missing(f"{SOURCE} sent {strange}")
    if not chart.timestamp:
        return Missing(f"{SOURCE} sent no minute bars for it")
    found = _Judged(asked, chart.newest, told.at)
    for stamp, *values in zip(chart.timestamp, *chart.columns, strict=True):
        found.take(stamp, values)
    bars = tuple(found.bars[minute] for minute in sorted(found.bars))
    as_of = asked.session.open + (bars[-1].minute + 1) * _MINUTE if bars else None
    lag = _lag_s(told.at, chart.newest, asked.session)
    return Known(bars, SOURCE, as_of, lag, found.flaws(lag))


def _not_asked(meta: _Meta, symbol: str) -> str | None:
    if meta.symbol != symbol:
        return f"minutes of {meta.symbol[:12]}"
    if meta.dataGranularity != "1m":
        return f"bars of {meta.dataGranularity[:8]} instead of one minute"
    if meta.currency not in {None, "USD"}:
        return f"prices in {meta.currency}"
    return None


def _lag_s(received: datetime, newest: int, session: TradingSession) -> float:
    if not session.open <= received <= session.close:
        return 0.0
    return max(0.0, received.timestamp() - newest)


@dataclass(slots=True)
class _Judged:
    """The bars so far, and how many rows were left out for which reason."""

    asked: Minutes
    newest: int
    received: datetime
    bars: dict[int, Bar] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    has_silent: bool = False

    def take(self, stamp: int, values: list[Any]) -> None:
        """Keep a row that is a finished minute with a trade in it."""
        start, end = self.asked.span
        is_trade = stamp % 60 and stamp == self.newest  # Yahoo appends the last trade as a row
        if not start <= stamp < end or is_trade or all(value is None for value in values):
            return
        if not self._is_over(stamp + 60):
            return
        minute = self.asked.session.minute_of(datetime.fromtimestamp(stamp, UTC))
        problem = "off the minute" if stamp % 60 else _problem(values)
        if problem is None:
            self._keep(Bar(minute, *map(float, values)))
        else:
            self.left_out[problem] += 1

    def _keep(self, bar: Bar) -> None:
        is_regular = 0 <= bar.minute < self.asked.session.minutes
        if is_regular and not bar.volume:
            self.left_out["without volume"] += 1
        elif self.bars.setdefault(bar.minute, bar) != bar:
            self.left_out["told twice"] += 1
        self.has_silent |= not is_regular and not bar.volume

    def _is_over(self, end: int) -> bool:
        """Whether a minute was over when the answer was made, not only when it came."""
        received = self.received.timestamp()
        return end <= received and (end <= self.newest or end + _SETTLED_S <= received)

    def flaws(self, lag_s: float) -> str | None:
        found = [f"{count} minutes {problem}" for problem, count in sorted(self.left_out.items())]
        if self.has_silent:
            found.append("no volume outside regular hours")
        if lag_s > _DELAYED_S:
            found.append(f"the newest trade is {lag_s / 60:.0f} min old")
        session = self.asked.session
        if self.received - session.close > timedelta(hours=12):
            found.append("prices may be adjusted for splits since")
        return f"{SOURCE}: {', '.join(found)}" if found else None


def _problem(values: list[Any]) -> str | None:
    """Why five values are no bar."""
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return "with a number missing"
    opened, high, low, close, volume = values
    if not 0 < low <= min(opened, close) or not max(opened, close) <= high <= _MOST_USD:
        return "whose prices cannot be"
    return None if 0 <= volume <= _MOST_SHARES else "whose volume cannot be"
