"""Finnhub's quotes, through the real finnhub-python: of the regular session, and never zeros."""

import logging
from collections.abc import AsyncIterator
from datetime import date, datetime, time
from pathlib import Path

import pytest

from fin_agent.adapters.market_data.finnhub import Finnhub, MarketStatus
from fin_agent.adapters.vendors.finnhub import FinnhubRules
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Instrument
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.testing.fakes import FakeCalendar
from tests.servers import faults
from tests.servers.finnhub import KEY, a_quote
from tests.servers.finnhub_world import FinnhubWorld, a_finnhub
from tests.servers.networks import START
from tests.servers.recorded import recorded

DAY = date(2025, 11, 21)
CALENDAR = FakeCalendar.weekdays(date(2023, 1, 1), date(2025, 12, 31))
NOON = datetime.combine(DAY, time(12), NEW_YORK)


def session_of(day: date = DAY) -> TradingSession:
    session = CALENDAR.session(day)
    assert session is not None
    return session


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[FinnhubWorld]:
    async with a_finnhub(tmp_path) as world:
        yield world


async def test_in_the_session_a_quote_is_the_last_trade(world: FinnhubWorld) -> None:
    world.clock.at = NOON
    world.server.quotes["A"] = a_quote(106.0, NOON.timestamp() - 5, o=105.0)

    trades = await Finnhub(world.sdk).last_trades(["A"], session_of(), NOON)
    opens = await Finnhub(world.sdk).opens(["A"], session_of(), NOON)

    assert trades["A"] == Known(
        106.0, "finnhub", datetime.fromtimestamp(NOON.timestamp() - 5, NEW_YORK)
    )
    assert opens["A"] == Known(105.0, "finnhub", session_of().open)
    assert len(world.server.requests) == 1


async def test_before_the_open_a_quote_is_yesterdays_close(world: FinnhubWorld) -> None:
    closed = datetime.combine(date(2025, 11, 20), time(16), NEW_YORK)
    world.server.quotes["A"] = a_quote(100.0, closed.timestamp())

    trades = await Finnhub(world.sdk).last_trades(["A"], session_of(), START)
    opens = await Finnhub(world.sdk).opens(["A"], session_of(), START)

    assert trades["A"] == Missing("finnhub: no trade yet today, the last one was 2025-11-20 16:00")
    assert opens["A"] == Missing("finnhub: not open yet today")


async def test_zeros_are_an_unknown_symbol(world: FinnhubWorld) -> None:
    found = await Finnhub(world.sdk).last_trades(["NONE"], session_of(), START)

    assert found["NONE"] == Missing("finnhub knows no such symbol")


async def test_only_as_many_symbols_as_the_quota_allows(tmp_path: Path) -> None:
    async with a_finnhub(tmp_path, calls=3) as world:
        world.clock.at = NOON
        world.server.quotes = {s: a_quote(5.0, NOON.timestamp()) for s in "ABCDE"}

        found = await Finnhub(world.sdk).last_trades("ABCDE", session_of(), NOON)

        assert len(world.server.requests) == 3
        known = [symbol for symbol, told in found.items() if isinstance(told, Known)]
        refused = [told for told in found.values() if isinstance(told, Missing)]
        assert len(known) == 3
        assert all(r.reason.startswith("finnhub has no call left for") for r in refused)


FAULTS = {
    "429": (faults.too_often(), "finnhub is asked too often (HTTP 429)"),
    "429 long": (faults.too_often("61"), "finnhub is asked too often (HTTP 429)"),
    "429 page": (faults.page(429), "finnhub is asked too often (HTTP 429)"),
    "403": (
        faults.Fault(403, b'{"error":"You don\'t have access to this resource."}'),
        "finnhub does not allow this",
    ),
    "503": (faults.down(), "finnhub is in trouble (HTTP 503)"),
    "page": (faults.page(), "finnhub answered what finnhub-python cannot read"),
    "empty": (faults.empty(), "finnhub answered what finnhub-python cannot read"),
    "text": (faults.text("limit reached"), "finnhub answered with plain text (limit reached)"),
    "truncated": (faults.truncated(), "finnhub answered what finnhub-python cannot read"),
    "slow": (faults.slow(2), "finnhub did not answer in time"),
    "nan": (
        faults.json_text('{"c": NaN, "o": 1, "t": 1}'),
        "finnhub changed its format: c: Input should be a finite number",
    ),
    "drift": (faults.json_text('{"c": "106", "o": 1, "t": 1}'), "finnhub changed its format: c"),
    "list": (faults.json_text("[]"), "finnhub changed its format"),
    "huge": (
        faults.json_text("[" + "1," * 600_000 + "1]"),
        "finnhub answered what finnhub-python cannot read",
    ),
    "away": (
        faults.Fault(302, headers=(("Location", "http://127.0.0.1:9/"),)),
        "finnhub",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_bad_answer_is_a_named_absence(world: FinnhubWorld, name: str) -> None:
    fault, reason = FAULTS[name]
    world.server.faults.extend([fault] * 2)

    found = (await Finnhub(world.sdk).last_trades(["A"], session_of(), START))["A"]

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_the_key_is_in_no_url_log_or_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_finnhub(tmp_path, key=KEY + "-wrong") as world:
        found = await Finnhub(world.sdk).last_trades(["A"], session_of(), START)
        world.server.faults.append(faults.down())
        assert found["A"] == Missing("finnhub does not accept the key (HTTP 401)")
        assert all("token" not in request.query for request in world.server.requests)

    assert KEY not in caplog.text
    assert KEY not in repr(FinnhubRules(KEY, "https://finnhub.io/api/v1"))


async def test_a_profile_says_what_a_symbol_is(world: FinnhubWorld) -> None:
    world.server.profiles["A"] = {
        "ticker": "A",
        "name": "Agilent",
        "exchange": "NEW YORK STOCK EXCHANGE, INC.",
        "finnhubIndustry": "Life Sciences",
        "ipo": "1999-11-18",
    }

    found = await Finnhub(world.sdk).profile("A")

    facts = ("Agilent", "NEW YORK STOCK EXCHANGE, INC.", "Life Sciences")
    assert found == Known(Instrument("A", *facts), "finnhub", START)
    assert await Finnhub(world.sdk).profile("B") == Missing("finnhub knows no such symbol")


async def test_the_markets_status_checks_our_calendar(world: FinnhubWorld) -> None:
    world.server.status = {
        "exchange": "US",
        "holiday": None,
        "isOpen": False,
        "session": "pre-market",
        "timezone": "America/New_York",
        "t": int(START.timestamp()),
    }

    found = await Finnhub(world.sdk).market_status()

    assert found == Known(MarketStatus(False, "pre-market", None), "finnhub", START)


async def test_recorded_quotes(world: FinnhubWorld) -> None:
    """Two of the regular session, and one that is a close."""
    world.clock.at = datetime(2023, 3, 31, 14, 35, tzinfo=NEW_YORK)
    day = session_of(date(2023, 3, 31))
    lines = recorded("finnhub/rest_quotes.jsonl").decode().splitlines()
    found = []
    for number, line in enumerate(lines):
        world.server.faults.append(faults.json_text(line))
        symbol = f"AAPL{number}"
        quotes = await Finnhub(world.sdk).last_trades([symbol], day, world.clock.now())
        found.append(quotes[symbol])

    assert [told.value for told in found if isinstance(told, Known)] == [162.65, 162.75]
    assert found[2] == Missing("finnhub: no trade yet today, the last one was 2023-03-30 16:00")


async def test_recorded_refusals(world: FinnhubWorld) -> None:
    unknown = recorded("finnhub/rest_quote_unknown_symbol.json").decode()
    world.server.faults.append(faults.json_text(unknown))

    found = await Finnhub(world.sdk).last_trades(["A"], session_of(), START)

    assert found["A"] == Missing("finnhub knows no such symbol")
