"""Yahoo's quotes, through the real yfinance: today's last trade or a named absence."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.session import NEW_YORK
from tests.adapters.market_data.yahoo_world import (
    DAY,
    YESTERDAY,
    World,
    a_session,
    a_world,
)
from tests.servers import faults
from tests.servers.networks import HandClock
from tests.servers.recorded import recorded_json
from tests.servers.yahoo import a_quote, epoch


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


async def test_before_the_open_the_pre_market_trade_is_the_price(world: World) -> None:
    price = await world.one(
        preMarketPrice=106.0,
        preMarketTime=epoch(DAY, "07:58"),
        regularMarketPrice=100.0,
        regularMarketTime=epoch(YESTERDAY, "16:00"),
        regularMarketPreviousClose=99.0,
    )

    assert price == Known(106.0, "yahoo", datetime.combine(DAY, time(7, 58), NEW_YORK))


async def test_yesterdays_close_is_never_todays_price(world: World) -> None:
    price = await world.one(
        regularMarketPrice=100.0, regularMarketTime=epoch(YESTERDAY, "16:00"), marketState="PRE"
    )

    assert price == Missing("yahoo: no trade yet today, the last one was 2025-11-20 16:00")


async def test_an_old_pre_market_trade_is_not_todays(world: World) -> None:
    price = await world.one(preMarketPrice=106.0, preMarketTime=epoch(YESTERDAY, "09:12"))

    assert isinstance(price, Missing)


async def test_in_the_session_the_newest_trade_counts_whatever_the_state_says(
    world: World,
) -> None:
    world.clock.at = datetime.combine(DAY, time(12, 15), NEW_YORK)
    price = await world.one(
        marketState="PRE",
        preMarketPrice=106.0,
        preMarketTime=epoch(DAY, "09:29"),
        regularMarketPrice=107.0,
        regularMarketTime=epoch(DAY, "12:14"),
    )

    assert isinstance(price, Known)
    assert price.value == 107.0


@pytest.mark.parametrize(
    ("fields", "delay_s"),
    [
        ({}, 0.0),
        ({"quoteSourceName": "Delayed Quote"}, 900.0),
        ({"exchangeDataDelayedBy": 20}, 1200.0),
    ],
)
async def test_a_delayed_quote_says_so(
    world: World, fields: dict[str, Any], delay_s: float
) -> None:
    price = await world.one(preMarketPrice=106, preMarketTime=epoch(DAY, "07:40"), **fields)

    assert isinstance(price, Known)
    assert price.delay_s == delay_s


@pytest.mark.parametrize(
    ("price", "clock", "reason"),
    [
        (0.0, "07:58", "yahoo: 0.0 is no price"),
        (-1.0, "07:58", "yahoo: -1.0 is no price"),
        (1e308, "07:58", "yahoo: 1e+308 is no price"),
        (106.0, "08:01", "yahoo: the trade is from the future (2025-11-21 08:01)"),
        (None, "07:58", "yahoo knows no trade"),
        ("106.0", "07:58", "yahoo changed its format: preMarketPrice: Input should be a valid"),
    ],
)
async def test_what_is_no_price_is_missing(
    world: World, price: object, clock: str, reason: str
) -> None:
    found = await world.one(preMarketPrice=price, preMarketTime=epoch(DAY, clock))

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_a_bad_row_leaves_the_others_alone(world: World) -> None:
    good = {"preMarketPrice": 5.0, "preMarketTime": epoch(DAY, "07:58")}
    world.server.quotes = {"B": a_quote("B", **good), "A": a_quote("A", preMarketTime=-1)}

    found = await world.last("A", "B", "NONE")

    assert isinstance(found["B"], Known)
    assert isinstance(found["A"], Missing)
    assert found["NONE"] == Missing("yahoo sent no row for it")


async def test_a_class_of_shares_has_another_name_at_yahoo(world: World) -> None:
    world.server.quotes["BRK-B"] = a_quote(
        "BRK-B", preMarketPrice=500.0, preMarketTime=epoch(DAY, "07:58")
    )

    assert isinstance((await world.last("BRK.B"))["BRK.B"], Known)


async def test_a_hundred_symbols_a_call(world: World) -> None:
    symbols = [f"S{number}" for number in range(250)]
    world.server.quotes = {
        symbol: a_quote(symbol, preMarketPrice=5.0, preMarketTime=epoch(DAY, "07:58"))
        for symbol in symbols
    }

    found = await world.last(*symbols)
    again = await world.last(*symbols)

    calls = [r for r in world.server.requests if r.path == "/v7/finance/quote"]
    sizes = sorted(len(call.query["symbols"].split(",")) for call in calls)
    assert sizes == [50, 100, 100]
    assert all(call.query["crumb"] == "Zq1.crumb" for call in calls)
    assert all(isinstance(evidence, Known) for evidence in found.values())
    assert again == found


async def test_the_open_is_known_after_the_open(world: World) -> None:
    world.clock.at = datetime.combine(DAY, time(9, 31), NEW_YORK)
    today = {"regularMarketOpen": 106.5, "regularMarketPrice": 107.0}
    world.server.quotes = {
        "A": a_quote("A", regularMarketTime=epoch(DAY, "09:30:10"), **today),
        "B": a_quote("B", regularMarketTime=epoch(YESTERDAY, "16:00"), **today),
    }

    found = await world.yahoo.opens(["A", "B"], a_session(), world.clock.now())

    assert found["A"] == Known(106.5, "yahoo", a_session().open)
    assert found["B"] == Missing("yahoo: not open yet today")


FAULTS = {
    "page": (faults.page(), "yahoo answered with a web page instead of JSON"),
    "empty": (faults.empty(), "yahoo answered with an empty body"),
    "truncated": (faults.truncated(), "yahoo broke off"),
    "half": (faults.json_text('{"quoteResponse":'), "yahoo answered with broken JSON"),
    "drift": (faults.json_text('{"finance": {"result": []}}'), "yahoo changed its format: quote"),
    "list": (faults.json_text("[]"), "yahoo changed its format"),
    "down": (faults.down(), "yahoo is in trouble (HTTP 503)"),
    "429": (faults.too_often("60"), "yahoo is asked too often (HTTP 429)"),
    "cookie": (
        faults.Fault(401, b'{"finance":{"error":{"code":"Unauthorized"}}}'),
        "yahoo does not accept the key (HTTP 401)",
    ),
    "huge": (faults.json_text("[" + "1," * 1_500_000 + "1]"), "yahoo broke off"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_bad_answer_is_a_named_absence(world: World, name: str) -> None:
    fault, reason = FAULTS[name]
    world.server.faulty = "/v7"
    world.server.faults.extend([fault] * 6)  # yfinance asks twice, and we ask twice

    found = (await world.last("A"))["A"]

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_a_slow_answer_is_a_named_absence(tmp_path: Path) -> None:
    async with a_world(tmp_path, timeout_s=1.0) as world:
        world.server.faulty = "/v7"
        world.server.faults.extend([faults.slow(1.5)] * 6)

        found = (await world.last("A"))["A"]

    assert found == Missing("yahoo did not answer in time")


async def test_a_short_trouble_is_survived(world: World) -> None:
    world.server.faulty = "/v7"
    world.server.faults.extend([faults.page()])

    price = await world.one(preMarketPrice=5.0, preMarketTime=epoch(DAY, "07:58"))

    assert isinstance(price, Known)


async def test_no_redirect_leaves_yahoo(world: World) -> None:
    async with faults.served(faults.FaultyServer()) as evil:
        world.server.faulty = "/v7"
        away = (("Location", f"{evil.base_url}/steal"),)
        world.server.faults.extend([faults.Fault(302, headers=away)] * 4)

        found = (await world.last("A"))["A"]

        assert found == Missing("yahoo broke off (NotYahoo)")
        assert evil.requests == []


@pytest.mark.parametrize(
    ("name", "value", "clock", "delay_s"),
    [
        ("quote-AAPL-10am", 136.11, "05:42:16", 0.0),
        ("quote-marketState-PRE.fake", 339.88, "05:26:12", 900.0),
    ],
)
async def test_recorded_quotes_before_the_open(
    tmp_path: Path, name: str, value: float, clock: str, delay_s: float
) -> None:
    """The close is never taken for the price."""
    (row,) = recorded_json(f"yahoo/{name}.json")["quoteResponse"]["result"]
    day = date(2021, 2, 16)
    hands = HandClock(datetime.combine(day, time(5, 45), NEW_YORK))
    async with a_world(tmp_path, hands) as world:
        world.server.quotes[row["symbol"]] = row
        found = (await world.last(row["symbol"], day=day))[row["symbol"]]

    traded = datetime.combine(day, time.fromisoformat(clock), NEW_YORK)
    assert found == Known(value, "yahoo", traded, delay_s)
