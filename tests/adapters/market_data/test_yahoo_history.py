"""Yahoo's daily history, through the real yfinance: every session, or named what is missing."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.quota import Quota
from fin_agent.adapters.market_data.yahoo import Yahoo
from fin_agent.adapters.sources import DailyBars, DayBar
from fin_agent.adapters.vendors.yahoo import YahooRules, YahooWeb
from fin_agent.domain.evidence import Known, Missing
from tests.adapters.market_data.yahoo_world import (
    CALENDAR,
    DAY,
    World,
    a_world,
)
from tests.servers import faults
from tests.servers.networks import a_network
from tests.servers.recorded import recorded_json
from tests.servers.yahoo import YahooServer, a_chart, days_before, epoch


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


async def test_history_is_a_row_for_every_session(world: World) -> None:
    days = days_before(DAY, 5)
    bars = [(day, 10.0 + n) for n, day in enumerate(days)]
    splits = {"x": {"date": epoch(days[2], "09:30"), "numerator": 2, "denominator": 1}}
    dividends = {"x": {"date": epoch(days[3], "09:30"), "amount": 0.25}}
    world.server.charts["A"] = a_chart("A", bars, splits=splits, dividends=dividends)

    found = (await world.yahoo.daily(["A"], days[0], days[-1]))["A"]

    assert isinstance(found, Known)
    assert found.value == DailyBars(
        tuple(DayBar(day, p, p + 2, p - 1, p + 1, 1_000_000) for day, p in bars),
        is_adjusted=True,
        splits=((days[2], 2.0),),
        dividends=((days[3], 0.25),),
    )
    assert (found.source, found.degraded) == ("yahoo", None)
    assert world.server.paths.count("/v8/finance/chart/A") == 1


async def test_missing_rows_are_named(world: World) -> None:
    days = days_before(DAY, 5)
    world.server.charts["A"] = a_chart("A", [(day, 10.0) for day in days[:3]])

    found = await world.yahoo.daily(["A", "NONE"], days[0], days[-1])

    assert isinstance(found["A"], Known)
    assert found["A"].degraded == "yahoo: 2 of 5 daily bars missing"
    assert found["NONE"] == Missing("yahoo knows no prices for it")


async def test_rows_outside_the_asked_days_are_dropped(world: World) -> None:
    """Yahoo appends today's running bar to history."""
    days = days_before(DAY, 2)
    world.server.charts["A"] = a_chart("A", [*((day, 10.0) for day in days), (DAY, 50.0)])

    found = (await world.yahoo.daily(["A"], days[0], days[-1]))["A"]

    assert isinstance(found, Known)
    assert [bar.date for bar in found.value.bars] == days


async def test_no_rows_are_an_absence(world: World) -> None:
    days = days_before(DAY, 2)
    world.server.charts["A"] = a_chart("A", [])

    found = (await world.yahoo.daily(["A"], days[0], days[-1]))["A"]

    assert found == Missing("yahoo sent none of 2 daily bars")


async def test_a_broken_history_is_asked_for_again(world: World) -> None:
    """yfinance's own cache would keep the page for as long as the process lives."""
    days = days_before(DAY, 2)
    world.server.charts["A"] = a_chart("A", [(day, 10.0) for day in days])
    world.server.faulty = "/v8"
    world.server.faults.append(faults.page())

    assert isinstance((await world.yahoo.daily(["A"], days[0], days[-1]))["A"], Known)


async def test_many_histories_leave_the_loop_free(world: World) -> None:
    days = days_before(DAY, 30)
    symbols = [f"S{number}" for number in range(40)]
    for symbol in symbols:
        world.server.charts[symbol] = a_chart(symbol, [(day, 10.0) for day in days])
    await world.yahoo.daily(["S0"], days[1], days[-1])  # the import is not what is measured
    lag, stop = [0.0], asyncio.Event()

    async def probe() -> None:
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            began = loop.time()
            await asyncio.sleep(0.005)
            lag.append(loop.time() - began - 0.005)

    probing = asyncio.ensure_future(probe())
    found = await world.yahoo.daily(symbols, days[0], days[-1])
    stop.set()
    await probing

    assert all(isinstance(evidence, Known) for evidence in found.values())
    assert all(len(e.value.bars) == 30 for e in found.values() if isinstance(e, Known))
    assert max(lag) < 1.0
    assert sum(t.name.startswith("yahoo") for t in threading.enumerate()) <= 8


async def test_more_calls_than_the_quota_allows_are_not_sent(tmp_path: Path) -> None:
    days = days_before(DAY, 1)
    async with faults.served(YahooServer()) as server, a_network(tmp_path) as network:
        assert isinstance(server, YahooServer)
        for symbol in "ABCD":
            server.charts[symbol] = a_chart(symbol, [(days[0], 10.0)])
        lane = network.lane(LaneRules("yahoo", {"history": (Quota(2, 3600),)}))
        web = YahooWeb(lane, YahooRules(tmp_path / "y", server.base_url))
        found = await Yahoo(web, CALENDAR).daily("ABCD", days[0], days[0])
        await web.close()

        assert sum("/chart/" in path for path in server.paths) == 2
        assert [isinstance(e, Known) for e in found.values()].count(True) == 2


async def test_a_recorded_chart_with_a_split(world: World) -> None:
    name = "historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv"
    world.server.charts["NVDA"] = recorded_json(f"yahoo/{name}.json")

    found = await world.yahoo.daily(["NVDA"], date(2021, 2, 1), date(2022, 1, 31))

    assert isinstance(found["NVDA"], Known)
    history = found["NVDA"].value
    assert history.splits == ((date(2021, 7, 20), 4.0),)
    assert len(history.bars) > 240
    assert history.bars[0].date == date(2021, 2, 1)
    assert timedelta(0) < history.bars[-1].date - history.bars[0].date < timedelta(days=366)
