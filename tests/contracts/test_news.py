"""What every news feed does, whatever it is made of: one story about A, and nothing about B."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.news.alpaca import Alpaca
from fin_agent.adapters.news.chain import Chain
from fin_agent.adapters.news.edgar import Edgar
from fin_agent.adapters.news.finnhub import Finnhub
from fin_agent.adapters.news.gdelt import Gdelt
from fin_agent.adapters.news.newsapi import Newsapi
from fin_agent.adapters.news.recorded import Recorded
from fin_agent.adapters.news.taped import Taped
from fin_agent.adapters.news.yahoo import Yahoo
from fin_agent.adapters.tape.recorder import Tape
from fin_agent.adapters.tape.recording import RecordedNews, Taping
from fin_agent.adapters.vendors.alpaca import AlpacaData
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.news import Headline, known_at
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import NewsPort
from fin_agent.testing.fakes import FakeNews
from tests.adapters.market_data.yahoo_world import CALENDAR, a_session, a_world
from tests.servers import edgar as edgars
from tests.servers import faults, press
from tests.servers.alpaca import KEY_ID, SECRET, AlpacaServer, stamp
from tests.servers.finnhub_world import a_finnhub
from tests.servers.networks import START, HandClock, a_network, an_api

AT = START - timedelta(hours=1)
TEXT = "Acme wins"
NAMES = {"A": "Acme Inc.", "B": "Beta Corp."}


@asynccontextmanager
async def fake(_folder: Path) -> AsyncIterator[NewsPort]:
    yield FakeNews({"A": [Headline("A", TEXT, "fake", AT, AT)]})


@asynccontextmanager
async def recorded(folder: Path) -> AsyncIterator[NewsPort]:
    line = {"symbol": "A", "text": TEXT, "source": "wire"}
    times = dict.fromkeys(("published_at", "received_at"), AT.isoformat())
    day = START.astimezone(NEW_YORK).date()
    (folder / f"{day}.jsonl").write_text(json.dumps({**line, **times}), encoding="utf-8")
    yield Recorded(folder)


@asynccontextmanager
async def chained(_folder: Path) -> AsyncIterator[NewsPort]:
    feed = FakeNews({"A": [Headline("A", TEXT, "fake", AT, AT)]})
    yield Chain([("one", feed), ("two", feed)], [], list[DomainEvent]().append)


@asynccontextmanager
async def finnhub(folder: Path) -> AsyncIterator[NewsPort]:
    async with a_finnhub(folder) as world:
        item = {"datetime": int(AT.timestamp()), "headline": TEXT, "source": "wire"}
        world.server.news["A"] = [item]
        yield Finnhub(world.sdk, CALENDAR)


@asynccontextmanager
async def alpaca(folder: Path) -> AsyncIterator[NewsPort]:
    item = {"headline": TEXT, "source": "wire", "created_at": stamp(AT), "symbols": ["A"]}
    async with faults.served(AlpacaServer(news=[item])) as server, a_network(folder) as network:
        headers = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET}
        yield Alpaca(AlpacaData(an_api(network, "alpaca", server.base_url, headers)))


@asynccontextmanager
async def edgar(folder: Path) -> AsyncIterator[NewsPort]:
    filings = [edgars.a_filing(1, AT, ("1.01", TEXT))]
    server = edgars.EdgarServer(filings=filings, ciks={"A": 1, "B": 2})
    async with faults.served(server), a_network(folder) as network:
        api = an_api(network, "edgar", server.base_url, {"User-Agent": edgars.CONTACT})
        yield Edgar(api, CALENDAR)


@asynccontextmanager
async def yahoo(folder: Path) -> AsyncIterator[NewsPort]:
    async with a_world(folder) as world:
        item = {"title": TEXT, "publisher": "wire", "relatedTickers": ["A"]}
        at = int(AT.timestamp())
        world.server.news["A"] = {"news": [{**item, "providerPublishTime": at}]}
        yield Yahoo(world.web, CALENDAR)


@asynccontextmanager
async def newsapi(folder: Path) -> AsyncIterator[NewsPort]:
    server = press.NewsapiServer(articles={'"Acme"': [press.an_article(TEXT, AT)]})
    async with faults.served(server), a_network(folder) as network:
        api = an_api(network, "newsapi", server.base_url, {"X-Api-Key": press.KEY})
        yield Newsapi(api, NAMES)


@asynccontextmanager
async def gdelt(folder: Path) -> AsyncIterator[NewsPort]:
    query = '"Acme" sourcelang:english'
    server = press.GdeltServer(articles={query: [press.a_gdelt_article(TEXT, AT)]})
    async with faults.served(server), a_network(folder) as network:
        yield Gdelt(an_api(network, "gdelt", server.base_url), NAMES)


@asynccontextmanager
async def taped(folder: Path) -> AsyncIterator[NewsPort]:
    feed = FakeNews({"A": [Headline("A", TEXT, "fake", AT, AT)]})
    async with Tape(folder, HandClock(START), list[DomainEvent]().append) as tape:
        news = RecordedNews(feed, Taping(tape.record))
        await news.headlines(["A", "B"], START)
        await news.earnings(["A", "B"], a_session())
    yield Taped(folder)


FEEDS = (fake, recorded, chained, finnhub, alpaca, edgar, yahoo, newsapi, gdelt, taped)


@pytest.fixture(params=FEEDS)
async def news(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[NewsPort]:
    make: Callable[[Path], AbstractAsyncContextManager[NewsPort]] = request.param
    async with make(tmp_path) as feed:
        yield feed


async def test_a_story_is_told_with_symbol_source_and_times(news: NewsPort) -> None:
    found = (await news.headlines(["A", "B"], START))["A"]

    assert isinstance(found, Known)
    (headline,) = found.value
    assert headline.text.endswith(TEXT)
    assert (headline.symbol, headline.published_at) == ("A", AT)
    assert headline.source
    assert found.source
    assert headline.sentiment is None


async def test_a_story_told_at_the_scan_counts_at_the_scan(news: NewsPort) -> None:
    found = (await news.headlines(["A"], START))["A"]

    assert isinstance(found, Known)
    assert known_at(found.value, START) == found.value


async def test_nothing_happened_is_an_answer(news: NewsPort) -> None:
    found = (await news.headlines(["A", "B"], START))["B"]

    assert isinstance(found, Known)
    assert found.value == ()


async def test_a_story_is_not_known_before_it_is_published(news: NewsPort) -> None:
    before = AT - timedelta(minutes=1)

    found = (await news.headlines(["A"], before))["A"]

    if isinstance(found, Known):
        assert known_at(found.value, before) == ()


async def test_every_symbol_has_an_earnings_answer(news: NewsPort) -> None:
    found = await news.earnings(["A", "B"], a_session())

    assert {*found} == {"A", "B"}
    for evidence in found.values():
        if isinstance(evidence, Missing):
            assert evidence.reason
        else:
            assert isinstance(evidence.value, bool)
            assert isinstance(evidence.as_of, datetime)
