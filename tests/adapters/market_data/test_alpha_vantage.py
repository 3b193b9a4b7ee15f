"""Alpha Vantage's daily and minute bars, of few symbols a day."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from fin_agent.adapters.http.quota import Quota
from fin_agent.adapters.market_data.alpha_vantage import AlphaVantage
from fin_agent.adapters.sources import DailyBars, DayBar
from fin_agent.adapters.vendors.alpha_vantage import AlphaVantageApi
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.testing.fakes import FakeCalendar
from tests.servers import faults
from tests.servers.networks import HandClock, a_network, an_api
from tests.servers.rates import KEY, AlphaVantageServer
from tests.servers.recorded import recorded_json

CALENDAR = FakeCalendar.weekdays(date(2025, 5, 1), date(2025, 12, 31))
DAYS = [date(2025, 11, 19), date(2025, 11, 20)]


def session_of(day: date) -> TradingSession:
    session = CALENDAR.session(day)
    assert session is not None
    return session


def bar(price: float, volume: int = 1000) -> dict[str, str]:
    names = ("1. open", "2. high", "3. low", "4. close")
    return {**dict.fromkeys(names, f"{price:.4f}"), "5. volume": str(volume)}


@dataclass
class World:
    server: AlphaVantageServer
    source: AlphaVantage


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with (
        faults.served(AlphaVantageServer()) as server,
        a_network(tmp_path, HandClock()) as network,
    ):
        assert isinstance(server, AlphaVantageServer)
        api = an_api(
            network,
            "alpha_vantage",
            server.base_url,
            secrets={"apikey": KEY},
            quotas={"*": (Quota(3, 86400),)},
        )
        yield World(server, AlphaVantage(AlphaVantageApi(api), CALENDAR))


async def test_daily_bars_are_as_traded_and_say_so(world: World) -> None:
    rows = {day.isoformat(): bar(10.5) for day in (*DAYS, date(2025, 11, 21))}
    world.server.answers["TIME_SERIES_DAILY", "A"] = {"Time Series (Daily)": rows}

    found = (await world.source.daily(["A"], DAYS[0], DAYS[1]))["A"]

    bars = tuple(DayBar(day, 10.5, 10.5, 10.5, 10.5, 1000) for day in DAYS)
    assert isinstance(found, Known)
    assert found.value == DailyBars(bars, is_adjusted=False, knows_splits=False)
    assert found.degraded == "alpha_vantage: split records unknown"


async def test_missing_days_are_named(world: World) -> None:
    rows = {"Time Series (Daily)": {DAYS[0].isoformat(): bar(10.5)}}
    world.server.answers["TIME_SERIES_DAILY", "A"] = rows
    world.server.answers["TIME_SERIES_DAILY", "B"] = {"Time Series (Daily)": {}}

    found = await world.source.daily(["A", "B", "NONE"], DAYS[0], DAYS[1])

    assert isinstance(found["A"], Known)
    assert str(found["A"].degraded).endswith("1 of 2 daily bars missing")
    assert found["B"] == Missing("alpha_vantage sent none of 2 daily bars")
    assert found["NONE"] == Missing("alpha_vantage does not know what was asked for")


async def test_the_days_calls_are_never_overrun(world: World) -> None:
    found = await world.source.daily("ABCDE", DAYS[0], DAYS[1])

    assert len(world.server.requests) == 3
    assert sum("has no call left" in str(told) for told in found.values()) == 2


async def test_numbers_that_are_none_are_drift(world: World) -> None:
    rows = {"Time Series (Daily)": {DAYS[0].isoformat(): {**bar(1), "4. close": "nan"}}}
    world.server.answers["TIME_SERIES_DAILY", "A"] = rows

    found = (await world.source.daily(["A"], DAYS[0], DAYS[1]))["A"]

    assert isinstance(found, Missing)
    assert "4. close" in found.reason


async def test_recorded_minutes(world: World) -> None:
    """Times are starts: the closing auction is in the bar of 16:00, the open in that of 09:30."""
    body = recorded_json("alphavantage/TIME_SERIES_INTRADAY_1min_BAER_2025-05.json")
    world.server.answers["TIME_SERIES_INTRADAY", "BAER"] = body
    session = session_of(date(2025, 5, 30))

    regular = await world.source.minute_bars(["BAER"], session, 0, 389)
    early = await world.source.minute_bars(["BAER"], session, -330, -1)

    assert isinstance(regular["BAER"], Known)
    assert isinstance(early["BAER"], Known)
    assert regular["BAER"].value[0].minute == 0
    assert all(0 <= bar.minute < 390 for bar in regular["BAER"].value)
    assert all(bar.minute < 0 for bar in early["BAER"].value)
    assert len(world.server.requests) == 1
    assert isinstance(regular["BAER"].value[0], Bar)
