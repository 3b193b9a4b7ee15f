"""A vendor's answer that was changed in any way is an absence, never a crash and never garbage.

Bodies are small ones in each vendor's form; a part is left out, or replaced by anything JSON holds.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.fx.ecb import _rates
from fin_agent.adapters.http.body import shaped
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Asking, Told
from fin_agent.adapters.market_data import finnhub as finnhub_quotes
from fin_agent.adapters.market_data import nasdaq
from fin_agent.adapters.market_data import yahoo as yahoo_quotes
from fin_agent.adapters.market_data.alpaca import Alpaca
from fin_agent.adapters.news import edgar, gdelt
from fin_agent.adapters.vendors import yahoo_chart
from fin_agent.adapters.vendors.alpaca import AlpacaData
from fin_agent.domain.evidence import Evidence, Known
from fin_agent.testing.fakes import FakeCalendar
from tests.servers.alpaca import a_bar, a_trade
from tests.servers.edgar import a_feed as an_edgar_feed
from tests.servers.edgar import a_filing
from tests.servers.nasdaq import OTHER_LISTED, a_feed, a_halt, a_list
from tests.servers.networks import START
from tests.servers.rates import a_table
from tests.servers.yahoo import a_minute_chart, a_quote

CALENDAR = FakeCalendar.weekdays(date(2025, 11, 1), date(2025, 12, 31))
DAY = date(2025, 11, 21)
SESSION = CALENDAR.sessions(DAY, DAY)[0]
EARLY = START - timedelta(minutes=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from([0, -1, 1e308, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 1 << 62]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a JSON value."""
    if not isinstance(value, dict | list):
        return [here]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [here, *(place for key, item in inner for place in paths(item, (*here, key)))]


def changed(value: Any, place: tuple[Any, ...], new: Any, *, drop: bool) -> Any:
    """The value with one place replaced or left out."""
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(place) == 1 and drop:
        del copy[place[0]]
    else:
        copy[place[0]] = changed(value[place[0]], place[1:], new, drop=drop)
    return copy


class Answering(VendorApi):
    """A vendor that answers every question with one body."""

    async def read(
        self,
        path: str,
        params: Mapping[str, str],
        decode: Callable[[bytes], Any],
        ask: Asking,
    ) -> Told[Any]:
        return Told(decode(BODY[0]), START)


class _Lane:
    now = START


BODY = [b""]


def alpaca() -> Alpaca:
    return Alpaca(AlpacaData(Answering(None, _Lane(), "")), CALENDAR)  # type: ignore[arg-type]  # only read


async def trades() -> list[Evidence[Any]]:
    told = await alpaca().last_trades(["A"], SESSION, START)
    opened = await alpaca().opens(["A"], SESSION, START)
    return [*told.values(), *opened.values()]


async def volumes() -> list[Evidence[Any]]:
    told = await alpaca().volumes(["A"], SESSION, START)
    await alpaca().minute_bars(["A"], SESSION, -330, 0)
    return [*told.values()]


async def yahoo() -> list[Evidence[Any]]:
    answer = shaped(yahoo_quotes._ANSWER)(BODY[0])
    rows = [yahoo_quotes._row(row, START) for row in answer.quoteResponse.result]
    return [f(row, SESSION) for row in rows for f in (yahoo_quotes._last, yahoo_quotes._open)]


async def yahoo_minutes() -> list[Evidence[Any]]:
    told = Told(shaped(yahoo_chart.ANSWER)(BODY[0]), START)
    bars = yahoo_chart.minute_bars(told, "A", yahoo_chart.Minutes(SESSION, -330, 389))
    prices = [price for bar in bars.value for price in bar[1:5]] if isinstance(bars, Known) else []
    return [Known(price, "yahoo") for price in prices]


async def finnhub() -> list[Evidence[Any]]:
    told = Told(shaped(finnhub_quotes._QUOTE)(BODY[0]), START)
    return [finnhub_quotes._last(told, SESSION), finnhub_quotes._open(told, SESSION)]


async def press() -> list[Evidence[Any]]:
    gdelt._articles(BODY[0])
    return []


NOW = int(EARLY.timestamp())
BODIES: dict[str, tuple[Callable[[], Coroutine[Any, Any, list[Evidence[Any]]]], Any]] = {
    "alpaca snapshots": (trades, {"A": {"latestTrade": a_trade(EARLY), "dailyBar": a_bar(EARLY)}}),
    "alpaca bars": (volumes, {"bars": {"A": [a_bar(EARLY)]}, "next_page_token": None}),
    "yahoo quotes": (
        yahoo,
        {
            "quoteResponse": {
                "result": [
                    a_quote(
                        preMarketPrice=106.0,
                        preMarketTime=NOW,
                        regularMarketPrice=100.0,
                        regularMarketTime=NOW - 90000,
                        regularMarketOpen=100.0,
                    )
                ],
                "error": None,
            }
        },
    ),
    "yahoo minutes": (
        yahoo_minutes,
        a_minute_chart("A", [(NOW - NOW % 60 + n, 10.0, 11.0, 9.0, 10.5, 5.0) for n in (0, 60)]),
    ),
    "finnhub quote": (finnhub, {"c": 106.0, "o": 105.0, "h": 1, "l": 1, "pc": 1, "t": NOW}),
    "gdelt": (
        press,
        {"articles": [{"title": "x", "seendate": "20251121T121500Z", "domain": "d", "url": ""}]},
    ),
}


@pytest.mark.parametrize("name", BODIES)
@given(data=st.data(), new=JSON, drop=st.booleans())
def test_a_changed_answer_is_an_absence_or_a_sound_value(
    name: str, data: st.DataObject, new: Any, drop: bool
) -> None:
    read, body = BODIES[name]
    place = data.draw(st.sampled_from(paths(body)))
    BODY[0] = json.dumps(changed(body, place, new, drop=drop)).encode()
    try:
        found = asyncio.run(read())
    except Failure:
        return
    for evidence in found:
        if isinstance(evidence, Known):
            assert isfinite(evidence.value)
            assert evidence.value > 0
            assert evidence.as_of is None or evidence.as_of <= SESSION.open + timedelta(days=1)


TEXTS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "halts": (nasdaq._halts, a_feed(a_halt("A"), a_halt("B", ResumptionTradeTime="08:00:00"))),
    "listings": (
        lambda body: nasdaq._listed(body, nasdaq._OTHER, datetime(2025, 11, 21, tzinfo=UTC)),
        a_list(
            "ACT Symbol|Security Name|Exchange|CQS Symbol|ETF|Round Lot Size|Test Issue"
            "|NASDAQ Symbol",
            OTHER_LISTED,
        ),
    ),
    "filings": (edgar._entries, an_edgar_feed(a_filing(1, EARLY, ("2.02", "Results")))),
    "rates": (_rates, a_table(USD="1.08", GBP="0.8")),
}


@pytest.mark.parametrize("name", TEXTS)
@given(where=st.floats(0, 1), width=st.integers(0, 30), new=st.binary(max_size=12))
def test_a_changed_text_is_refused_or_read(name: str, where: float, width: int, new: bytes) -> None:
    read, body = TEXTS[name]
    start = round(where * len(body))
    try:
        read(body[:start] + new + body[start + width :])
    except Failure:
        return
