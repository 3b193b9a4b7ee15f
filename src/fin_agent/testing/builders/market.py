"""The market and what a scan knows of it."""

# ruff: noqa: PLR0913 - a builder takes one argument per field

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.market import Bar, Instrument, InstrumentType
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.domain.snapshot import CorporateActions, DailyFeatures, Snapshot

Amount = Decimal | float | str

SYMBOL = "ACME"
DAY = date(2025, 3, 12)
"""A Wednesday; New York has changed its clocks already, Europe has not."""
YESTERDAY = date(2025, 3, 11)
OPEN = datetime(2025, 3, 12, 9, 30, tzinfo=NEW_YORK)
SCAN = datetime(2025, 3, 12, 9, 0, tzinfo=NEW_YORK)


def usd(amount: Amount) -> Decimal:
    """An amount as the decimal that it reads as."""
    return Decimal(str(amount))


def a_session(day: date = DAY, opens: str = "09:30", closes: str = "16:00") -> TradingSession:
    """A session by its New York clock times."""
    first, last = time.fromisoformat(opens), time.fromisoformat(closes)
    return TradingSession(
        day, datetime.combine(day, first, NEW_YORK), datetime.combine(day, last, NEW_YORK)
    )


def a_bar(
    minute: int = 0,
    open_: float = 100.0,
    high: float | None = None,
    low: float | None = None,
    close: float | None = None,
    volume: float = 100_000.0,
) -> Bar:
    """A bar; what is not given follows from the open and the close."""
    last = open_ if close is None else close
    highest = max(open_, last) if high is None else high
    lowest = min(open_, last) if low is None else low
    return Bar(minute, open_, highest, lowest, last, volume)


def an_instrument(
    symbol: str = SYMBOL,
    kind: InstrumentType | None = InstrumentType.STOCK,
    *,
    leveraged: bool | None = None,
    kid: bool | None = None,
    shortable: bool | None = None,
    short_float_pct: float | None = None,
) -> Instrument:
    return Instrument(
        symbol=symbol,
        type=kind,
        leveraged=leveraged,
        kid=kid,
        shortable=shortable,
        short_float_pct=short_float_pct,
    )


def a_headline(
    text: str = "Acme wins a contract",
    received_at: datetime = SCAN - timedelta(hours=2),
    *,
    published_at: datetime | None = None,
    sentiment: float | None = None,
    symbol: str = SYMBOL,
) -> Headline:
    published = received_at if published_at is None else published_at
    return Headline(symbol, text, "wire", published, received_at, sentiment)


def a_snapshot(
    price: float | Evidence[float] = 105.0,
    prev_close: float | None = 100.0,
    rvol: float | Evidence[float] | None = 2.0,
    *,
    symbol: str = SYMBOL,
    instrument: Instrument | None = None,
    at: datetime = SCAN,
    quote_age_s: float = 0.0,
    atr14: float | None = 2.0,
    atr5: float | None = 2.0,
    adv: float | None = 50_000_000.0,
    bars: int = 60,
    ends_yesterday: bool = True,
    halted: Evidence[bool] | None = None,
    headlines: Sequence[Headline] | None = None,
    earnings: bool | None = None,
    short_interest: float | None = None,
    actions: CorporateActions | None = None,
    lock: str | None = None,
) -> Snapshot:
    """A symbol that passes every gate: 5 % up on twice the normal volume; None is missing."""
    if isinstance(price, int | float):
        price = Known(float(price), "test", at - timedelta(seconds=quote_age_s))
    if isinstance(rvol, int | float):
        rvol = Known(float(rvol), "test", at)
    daily = DailyFeatures(
        bars=bars,
        last_date=YESTERDAY if ends_yesterday else YESTERDAY - timedelta(days=1),
        ends_yesterday=ends_yesterday,
        prev_close=prev_close,
        atr14=atr14,
        atr5=atr5,
        adv=adv,
        mean_volume=None if adv is None or prev_close is None else adv / prev_close,
        source="test",
    )
    news = None if headlines is None else Known(tuple(headlines), "test", at)
    return Snapshot(
        instrument=instrument or an_instrument(symbol),
        at=at,
        price=price,
        daily=daily,
        rvol=rvol or Missing("no volume is known"),
        halted=halted or Missing("no halt feed"),
        headlines=news or Missing("no news feed"),
        earnings=Missing("no earnings calendar") if earnings is None else Known(earnings, "test"),
        short_interest=(
            Missing("no short interest")
            if short_interest is None
            else Known(short_interest, "test")
        ),
        actions=actions or CorporateActions(),
        lock=lock,
    )


def a_context(
    rules: ScanRules | None = None, fx: float | Evidence[float] = 1.0, at: datetime = SCAN
) -> ScanContext:
    """What a scan knows besides its symbols; ``fx`` is USD per account unit."""
    rate = Known(float(fx), "test", at) if isinstance(fx, int | float) else fx
    return ScanContext(rules or ScanRules(), at, rate)
