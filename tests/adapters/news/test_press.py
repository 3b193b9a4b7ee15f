"""NewsAPI and GDELT ask by company name; what they throttle or send late says so."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fin_agent.adapters.headlines import company_words
from fin_agent.adapters.http.quota import Quota
from fin_agent.adapters.http.retry import RetryRules
from fin_agent.adapters.news.gdelt import Gdelt
from fin_agent.adapters.news.newsapi import Newsapi
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.news import Headline
from tests.servers import faults
from tests.servers.networks import START, HandClock, a_network, an_api
from tests.servers.press import (
    KEY,
    GdeltServer,
    NewsapiServer,
    a_gdelt_article,
    an_article,
    throttled,
)
from tests.servers.recorded import recorded_json

NAMES = {"AAPL": "Apple Inc. - Common Stock", "IBM": "International Business Machines Corporation"}
News = dict[str, Evidence[tuple[Headline, ...]]]


async def newsapi(
    folder: Path, server: NewsapiServer, *symbols: str, calls: int = 100, key: str = KEY
) -> News:
    async with faults.served(server), a_network(folder) as network:
        api = an_api(
            network,
            "newsapi",
            server.base_url,
            {"X-Api-Key": key},
            quotas={"*": (Quota(calls, 86400),)},
        )
        return dict(await Newsapi(api, NAMES).headlines(symbols, START))


async def test_newsapi_asks_by_name_and_is_a_day_late(tmp_path: Path) -> None:
    at = START - timedelta(hours=3)
    server = NewsapiServer(articles={'"Apple"': [an_article("Apple wins", at)]})

    found = await newsapi(tmp_path, server, "AAPL", "IBM", "NONE")

    just_before = START - timedelta(microseconds=1)
    told = Headline("AAPL", "Apple wins", "newsapi/Wire", at, just_before)
    assert found["AAPL"] == Known((told,), "newsapi", START, 86400.0)
    assert found["IBM"] == Known((), "newsapi", START, 86400.0)
    assert found["NONE"] == Missing("newsapi: the universe has no company name for NONE")


async def test_newsapi_is_asked_no_more_than_its_quota(tmp_path: Path) -> None:
    found = await newsapi(tmp_path, NewsapiServer(), "AAPL", "IBM", calls=1)

    refused = [told for told in found.values() if isinstance(told, Missing)]
    assert len(refused) == 1
    assert refused[0].reason.startswith("newsapi has no call left for 86401 s")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.json_text('{"status":"error","articles":[]}'), "newsapi answers error"),
        (faults.json_text('{"status":"ok"}'), "newsapi changed its format: articles"),
        (faults.page(), "newsapi answered with a web page"),
        (faults.too_often(), "newsapi is asked too often (HTTP 429)"),
        (faults.Fault(426, b"{}"), "newsapi refuses the question (HTTP 426)"),
    ],
)
async def test_newsapis_bad_answers(tmp_path: Path, fault: faults.Fault, reason: str) -> None:
    server = NewsapiServer()
    server.faults.extend([fault] * 2)

    found = (await newsapi(tmp_path, server, "AAPL"))["AAPL"]

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_newsapis_wrong_key(tmp_path: Path) -> None:
    found = await newsapi(tmp_path, NewsapiServer(), "AAPL", key="wrong")

    assert found["AAPL"] == Missing("newsapi does not accept the key (HTTP 401)")


async def test_newsapis_recorded_articles(tmp_path: Path) -> None:
    body = recorded_json("newsapi/everything_2019-05-19.json")
    server = NewsapiServer(articles={'"Apple"': body["articles"]})
    at = datetime(2019, 5, 19, 16, 0, tzinfo=ZoneInfo("UTC"))
    async with faults.served(server), a_network(tmp_path, HandClock(at)) as network:
        api = an_api(network, "newsapi", server.base_url, {"X-Api-Key": KEY})
        found = (await Newsapi(api, NAMES).headlines(["AAPL"], at))["AAPL"]

    assert isinstance(found, Known)
    assert found.value
    assert all(h.published_at < at and h.text.isprintable() for h in found.value)


async def gdelt(folder: Path, server: GdeltServer, *symbols: str) -> tuple[News, HandClock]:
    clock = HandClock()
    async with faults.served(server), a_network(folder, clock) as network:
        api = an_api(
            network,
            "gdelt",
            server.base_url,
            quotas={"*": (Quota(1, 5),)},
            retry=RetryRules(attempts=2),
        )
        return dict(await Gdelt(api, NAMES).headlines(symbols, START)), clock


async def test_gdelt_is_asked_once_in_five_seconds(tmp_path: Path) -> None:
    at = START - timedelta(hours=3)
    query = '"Apple" sourcelang:english'
    title = "Apple wins ; rivals hit back , again  "
    server = GdeltServer(articles={query: [a_gdelt_article(title, at)]})

    found, clock = await gdelt(tmp_path, server, "AAPL", "IBM", "NONE")

    assert isinstance(found["AAPL"], Known)
    assert found["AAPL"].value[0].text == "Apple wins; rivals hit back, again"
    assert found["AAPL"].value[0].source == "gdelt/wire.com"
    assert isinstance(found["IBM"], Known)
    assert found["IBM"].value == ()
    assert found["NONE"] == Missing("gdelt: the universe has no company name for NONE")
    assert sum(clock.pauses) == pytest.approx(5, abs=0.01)


@pytest.mark.parametrize("status", [200, 429])
async def test_gdelt_throttles_with_plain_text(tmp_path: Path, status: int) -> None:
    server = GdeltServer()
    server.faults.append(throttled(status))

    found, clock = await gdelt(tmp_path, server, "AAPL")

    assert isinstance(found["AAPL"], Known)
    assert sum(clock.pauses) >= 5
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"articles": [{"title": "x"}]}', "gdelt changed its format: articles.0.seendate"),
        (
            '{"articles": [{"title": "x", "seendate": "today", "domain": "d"}]}',
            "gdelt changed its format: seendate is 'today'",
        ),
        ("The specified phrase is too short.", "gdelt answered with plain text"),
    ],
)
async def test_gdelts_bad_answers(tmp_path: Path, body: str, reason: str) -> None:
    server = GdeltServer()
    server.faults.extend([faults.json_text(body)] * 2)

    found = (await gdelt(tmp_path, server, "AAPL"))[0]["AAPL"]

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_gdelts_recorded_articles(tmp_path: Path) -> None:
    body = recorded_json("gdelt/doc_artlist_2026-08-28_excerpt.json")
    server = GdeltServer(articles={'"Apple" sourcelang:english': body["articles"]})
    at = datetime(2026, 8, 28, 19, 0, tzinfo=ZoneInfo("UTC"))
    async with faults.served(server), a_network(tmp_path, HandClock(at)) as network:
        found = await Gdelt(an_api(network, "gdelt", server.base_url), NAMES).headlines(
            ["AAPL"], at
        )

    assert isinstance(found["AAPL"], Known)
    assert found["AAPL"].value[0].text == (
        "US announces new Iran sanctions; Tehran hits back, calls them state terrorism"
    )
    assert len(found["AAPL"].value) == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Apple Inc. - Common Stock", "Apple"),
        ("Berkshire Hathaway Inc. Class B Common Stock", "Berkshire Hathaway"),
        (
            "International Business Machines Corporation Common Stock",
            "International Business Machines",
        ),
        ("ASML Holding N.V. - American Depositary Shares", "ASML Holding"),
        ("Northern Trust Corporation", "Northern Trust"),
        ("Eli Lilly and Company", "Eli Lilly"),
        ("Procter & Gamble Co.", "Procter & Gamble"),
        ("", ""),
    ],
)
def test_a_company_is_asked_for_by_the_name_that_headlines_use(name: str, words: str) -> None:
    assert company_words(name) == words
