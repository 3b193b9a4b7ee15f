"""The 8-K filings of the last day, by symbol."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.news.edgar import Edgar
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK
from fin_agent.testing.fakes import FakeCalendar
from tests.servers import faults
from tests.servers.edgar import CONTACT, EdgarServer, a_feed, a_filing
from tests.servers.networks import START, HandClock, a_network, an_api

CALENDAR = FakeCalendar.weekdays(date(2025, 11, 1), date(2025, 12, 31))
TODAY = CALENDAR.session(date(2025, 11, 21))
RESULTS = ("2.02", "Results of Operations and Financial Condition")
EXHIBITS = ("9.01", "Financial Statements and Exhibits")


@dataclass
class World:
    server: EdgarServer
    clock: HandClock
    edgar: Edgar


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = HandClock()
    async with (
        faults.served(EdgarServer(ciks={"ACME": 1, "BRK-B": 2})) as server,
        a_network(tmp_path, clock) as network,
    ):
        assert isinstance(server, EdgarServer)
        api = an_api(network, "edgar", server.base_url, {"User-Agent": CONTACT})
        yield World(server, clock, Edgar(api, CALENDAR))


def hours_ago(hours: float) -> datetime:
    return START - timedelta(hours=hours)


async def test_a_filing_is_a_headline_of_its_company(world: World) -> None:
    world.server.filings = [
        a_filing(1, hours_ago(1), RESULTS, EXHIBITS),
        a_filing(2, hours_ago(2), EXHIBITS),
        a_filing(3, hours_ago(3), RESULTS),
        a_filing(1, hours_ago(30), ("8.01", "Other Events"), number=2),
    ]

    found = await world.edgar.headlines(["ACME", "BRK.B", "NONE"], START)

    text = "8-K: Results of Operations and Financial Condition"
    received = START - timedelta(microseconds=1)
    acme = Headline("ACME", text, "edgar", hours_ago(1), received)
    assert found["ACME"] == Known((acme,), "edgar", START)
    assert isinstance(found["BRK.B"], Known)
    assert [h.text for h in found["BRK.B"].value] == ["8-K filed"]
    assert found["NONE"] == Missing("edgar knows no such symbol")


async def test_no_filing_is_an_answer(world: World) -> None:
    found = await world.edgar.headlines(["ACME"], START)

    assert found["ACME"] == Known((), "edgar", START)


async def test_pages_are_read_back_to_the_last_day(world: World) -> None:
    entries = [a_filing(9, hours_ago(n / 10), RESULTS, number=n) for n in range(150)]
    world.server.filings = [*entries, a_filing(1, hours_ago(20), RESULTS)]

    found = await world.edgar.headlines(["ACME"], START)

    assert isinstance(found["ACME"], Known)
    assert len(found["ACME"].value) == 1
    assert found["ACME"].degraded is None
    assert world.server.paths.count("/cgi-bin/browse-edgar") == 2


async def test_a_feed_that_does_not_reach_back_says_so(world: World) -> None:
    world.server.filings = [a_filing(9, hours_ago(1), RESULTS, number=n) for n in range(1000)]

    found = await world.edgar.headlines(["ACME"], START)

    assert isinstance(found["ACME"], Known)
    assert found["ACME"].degraded == "edgar: only the last 800 filings were read"


async def test_results_since_the_previous_close_are_earnings(world: World) -> None:
    assert TODAY is not None
    closed = datetime.combine(date(2025, 11, 20), time(16), NEW_YORK)
    world.server.filings = [
        a_filing(1, closed + timedelta(minutes=5), RESULTS),
        a_filing(2, closed - timedelta(minutes=5), RESULTS),
    ]

    found = await world.edgar.earnings(["ACME", "BRK.B"], TODAY)

    assert found["ACME"] == Known(True, "edgar", closed + timedelta(minutes=5))
    assert found["BRK.B"] == Missing(
        "edgar: no results filed since the previous close, which is no proof"
    )


async def test_the_sec_wants_to_know_who_asks(tmp_path: Path) -> None:
    async with faults.served(EdgarServer()) as server, a_network(tmp_path) as network:
        edgar = Edgar(an_api(network, "edgar", server.base_url), CALENDAR)

        found = await edgar.headlines(["ACME"], START)

    assert found["ACME"] == Missing(
        "edgar does not allow this (wrong key, no access on this plan, or blocked) (HTTP 403)"
    )


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.page(), "edgar answered with a web page instead of XML"),
        (faults.empty(), "edgar answered with an empty body"),
        (faults.Fault(body=a_feed()[:-3]), "edgar answered with broken XML"),
        (faults.Fault(body=b"<rss/>"), "edgar changed its format: rss instead of a feed"),
        (
            faults.Fault(body=a_feed(a_filing(1, START, title="8-K - ACME"))),
            "edgar changed its format: an entry is called '8-K - ACME'",
        ),
        (
            faults.Fault(body=a_feed("<entry><title>x</title></entry>")),
            "edgar changed its format: updated is ''",
        ),
        (faults.down(), "edgar is in trouble (HTTP 503)"),
    ],
)
async def test_a_bad_feed_is_a_named_absence(
    world: World, fault: faults.Fault, reason: str
) -> None:
    world.server.faulty = "/cgi-bin"
    world.server.faults.extend([fault] * 2)

    headlines = await world.edgar.headlines(["ACME"], START)

    assert isinstance(headlines["ACME"], Missing)
    assert headlines["ACME"].reason.startswith(reason)
