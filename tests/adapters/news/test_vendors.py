"""Headlines of Alpaca and Yahoo, and Yahoo's earnings times."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from fin_agent.adapters.news.alpaca import Alpaca
from fin_agent.adapters.news.yahoo import Yahoo
from fin_agent.adapters.vendors.alpaca import AlpacaData
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK
from tests.adapters.market_data.yahoo_world import CALENDAR, World, a_session, a_world
from tests.servers import faults
from tests.servers.alpaca import KEY_ID, SECRET, AlpacaServer, stamp
from tests.servers.networks import START, HandClock, a_network, an_api
from tests.servers.recorded import recorded_json
from tests.servers.yahoo import a_quote, epoch

JUST_BEFORE = START - timedelta(microseconds=1)
TODAY, YESTERDAY = date(2025, 11, 21), date(2025, 11, 20)


def alpacas(headline: str, at: datetime, *symbols: str) -> dict[str, Any]:
    told = {"headline": headline, "source": "benzinga", "created_at": stamp(at), "id": 1}
    return {**told, "symbols": list(symbols), "summary": "", "updated_at": stamp(at)}


@pytest.fixture
async def alpaca(tmp_path: Path) -> AsyncIterator[tuple[AlpacaServer, Alpaca]]:
    async with faults.served(AlpacaServer()) as server, a_network(tmp_path) as network:
        assert isinstance(server, AlpacaServer)
        headers = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET}
        api = an_api(network, "alpaca", server.base_url, headers)
        yield server, Alpaca(AlpacaData(api))


async def test_a_headline_counts_for_each_of_its_symbols(
    alpaca: tuple[AlpacaServer, Alpaca],
) -> None:
    server, feed = alpaca
    at = START - timedelta(hours=1)
    server.news = [alpacas("Acme buys Beta", at, "A", "B", "X"), alpacas("Beta sold", at, "B")]

    found = await feed.headlines(["A", "B", "C"], START)

    merger = Headline("A", "Acme buys Beta", "alpaca/benzinga", at, JUST_BEFORE)
    assert found["A"] == Known((merger,), "alpaca", START)
    assert isinstance(found["B"], Known)
    assert [headline.text for headline in found["B"].value] == ["Beta sold", "Acme buys Beta"]
    assert found["C"] == Known((), "alpaca", START)
    assert len(server.requests) == 1
    assert (await feed.earnings(["A"], a_session()))["A"] == Missing(
        "alpaca tells no earnings dates"
    )


async def test_alpacas_bad_answer(alpaca: tuple[AlpacaServer, Alpaca]) -> None:
    server, feed = alpaca
    server.faults.append(faults.json_text('{"news": [{"headline": "x"}], "next_page_token": null}'))

    found = (await feed.headlines(["A"], START))["A"]

    assert isinstance(found, Missing)
    assert found.reason.startswith("alpaca changed its format: news.0.source: Field required")


async def test_alpacas_own_bodies(tmp_path: Path) -> None:
    bodies = [entry["body"] for entry in recorded_json("alpaca/historical_news_data.json")]
    at = datetime(2024, 11, 7, 5, 0, tzinfo=NEW_YORK)
    async with (
        faults.served(AlpacaServer(news=bodies[1]["news"])) as server,
        a_network(tmp_path, HandClock(at)) as network,
    ):
        headers = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET}
        feed = Alpaca(AlpacaData(an_api(network, "alpaca", server.base_url, headers)))
        found = (await feed.headlines(["CWAN"], at))["CWAN"]

    assert isinstance(found, Known)
    assert found.value[0].text.startswith("Piper Sandler Maintains Neutral on Clearwater")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


def yahoos(title: str, clock: str, *tickers: str) -> dict[str, Any]:
    told = {"uuid": "x", "title": title, "publisher": "Wire", "type": "STORY"}
    return {**told, "providerPublishTime": epoch(TODAY, clock), "relatedTickers": list(tickers)}


async def test_only_news_about_the_symbol_counts(world: World) -> None:
    world.server.news["BRK-B"] = {
        "news": [yahoos("Buffett buys", "06:00", "BRK-B", "X"), yahoos("Others", "06:01", "X")]
    }

    found = await Yahoo(world.web, CALENDAR).headlines(["BRK.B", "A"], START)

    at = datetime.combine(TODAY, time(6), NEW_YORK)
    told = Headline("BRK.B", "Buffett buys", "yahoo/Wire", at, JUST_BEFORE)
    assert found == {
        "BRK.B": Known((told,), "yahoo", START),
        "A": Known((), "yahoo", START),
    }


async def test_yahoos_bad_answer(world: World) -> None:
    world.server.faulty = "/v1/finance"
    world.server.faults.extend([faults.page()] * 2)

    found = await Yahoo(world.web, CALENDAR).headlines(["A"], START)

    assert found["A"] == Missing("yahoo answered with a web page instead of JSON")


async def test_yahoos_recorded_search(world: World) -> None:
    world.server.news["AAPL"] = recorded_json("yahoo/search-AAPL.json")
    world.clock.at = at = datetime(2025, 2, 25, 6, 0, tzinfo=NEW_YORK)

    found = (await Yahoo(world.web, CALENDAR).headlines(["AAPL"], at))["AAPL"]

    assert isinstance(found, Known)
    assert len(found.value) == 3  # the fourth is about Berkshire


EARNINGS: dict[str, tuple[dict[str, Any], bool | None]] = {
    "this morning": ({"earningsTimestamp": epoch(TODAY, "07:00")}, True),
    "after the last close": ({"earningsTimestamp": epoch(YESTERDAY, "16:05")}, True),
    "before the last close": ({"earningsTimestamp": epoch(YESTERDAY, "07:00")}, False),
    "after today's close": ({"earningsTimestamp": epoch(TODAY, "16:30")}, False),
    "a range is a guess": (
        {
            "earningsTimestampStart": epoch(TODAY, "07:00"),
            "earningsTimestampEnd": epoch(TODAY, "16:30"),
        },
        None,
    ),
    "next time is now": (
        {
            "earningsTimestamp": epoch(date(2025, 8, 1), "07:00"),
            "earningsTimestampStart": epoch(TODAY, "07:00"),
            "earningsTimestampEnd": epoch(TODAY, "07:00"),
        },
        True,
    ),
    "no date": ({}, None),
    "no number": ({"earningsTimestamp": "soon"}, None),
}


@pytest.mark.parametrize("name", EARNINGS)
async def test_yahoos_earnings_times(world: World, name: str) -> None:
    fields, is_reported = EARNINGS[name]
    world.server.quotes["A"] = a_quote("A", **fields)

    found = (await Yahoo(world.web, CALENDAR).earnings(["A"], a_session()))["A"]

    assert (found.value if isinstance(found, Known) else None) is is_reported


async def test_an_estimated_date_says_so(world: World) -> None:
    world.server.quotes["A"] = a_quote(
        "A", earningsTimestamp=epoch(TODAY, "07:00"), isEarningsDateEstimate=True
    )

    found = await Yahoo(world.web, CALENDAR).earnings(["A", "NONE"], a_session())

    assert isinstance(found["A"], Known)
    assert found["A"].degraded == "yahoo: the earnings date is an estimate"
    assert found["NONE"] == Missing("yahoo sent no row for it")
