"""Alpaca's trades at IEX, and its bars of the whole tape sixteen minutes late."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.market_data.alpaca import Alpaca
from fin_agent.adapters.sources import DailyBars, DayBar
from fin_agent.adapters.vendors.alpaca import AlpacaData
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.testing.fakes import FakeCalendar
from tests.servers import faults
from tests.servers.alpaca import KEY_ID, SECRET, AlpacaServer, a_bar, a_trade
from tests.servers.networks import START, HandClock, a_network, an_api
from tests.servers.recorded import recorded_json

DAY = date(2025, 11, 21)
CALENDAR = FakeCalendar.weekdays(date(2022, 1, 1), date(2025, 12, 31))
UNTIL = datetime.combine(DAY, time(7, 44), NEW_YORK)
OPENS = datetime.combine(DAY, time(9, 30), NEW_YORK)


def session_of(day: date = DAY) -> TradingSession:
    session = CALENDAR.session(day)
    assert session is not None
    return session


@dataclass
class World:
    server: AlpacaServer
    clock: HandClock
    alpaca: Alpaca


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = HandClock()
    async with (
        faults.served(AlpacaServer()) as server,
        a_network(tmp_path, clock) as network,
    ):
        assert isinstance(server, AlpacaServer)
        headers = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET}
        api = an_api(network, "alpaca", server.base_url, headers)
        yield World(server, clock, Alpaca(AlpacaData(api), CALENDAR))


async def test_the_last_trade_is_told_with_its_time(world: World) -> None:
    at = datetime.combine(DAY, time(7, 58, 1), NEW_YORK)
    world.server.snapshots = {
        "A": {"latestTrade": a_trade(at), "dailyBar": None},
        "B": {"latestTrade": a_trade(at - timedelta(days=1)), "dailyBar": a_bar(at)},
        "C": None,
        "D": {},
    }

    found = await world.alpaca.last_trades(["A", "B", "C", "D", "E"], session_of(), START)

    assert found["A"] == Known(106.0, "alpaca/iex", at.replace(microsecond=448432))
    assert found["B"] == Missing(
        "alpaca/iex: no trade yet today, the last one was 2025-11-20 07:58"
    )
    assert found["C"] == found["E"] == Missing("alpaca sent no snapshot of it")
    assert found["D"] == Missing("alpaca/iex knows no trade")
    assert len(world.server.requests) == 1


async def test_the_pre_market_volume_is_that_of_the_whole_tape(world: World) -> None:
    """At 08:00 the tape is known until 07:44; bars are complete, their minute is over."""
    world.server.bars["1Min", "A"] = [
        a_bar(UNTIL - timedelta(hours=4), volume=9999),  # 03:44: before the pre-market
        a_bar(UNTIL - timedelta(minutes=30), volume=700),
        a_bar(UNTIL - timedelta(minutes=1), volume=300),
        a_bar(UNTIL, volume=5000),
    ]

    found = await world.alpaca.volumes(["A", "B"], session_of(), START)

    assert found["A"] == Known(1000.0, "alpaca/sip", UNTIL, 960.0)
    assert found["B"] == Missing("alpaca/sip: nothing traded until 07:44")
    assert {r.query["feed"] for r in world.server.requests} == {"sip"}


async def test_right_after_four_nothing_is_known_yet(world: World) -> None:
    at = datetime.combine(DAY, time(4, 15), NEW_YORK)

    found = await world.alpaca.volumes(["A"], session_of(), at)

    assert found["A"] == Missing("alpaca/sip: the tape comes 16 minutes late, nothing is known yet")
    assert world.server.requests == []


async def test_every_page_counts(world: World) -> None:
    world.server.page_size = 2
    for symbol in ("A", "B"):
        world.server.bars["1Min", symbol] = [
            a_bar(UNTIL - timedelta(minutes=n), volume=10) for n in range(1, 4)
        ]

    found = await world.alpaca.volumes(["A", "B"], session_of(), START)

    assert [e.value for e in found.values() if isinstance(e, Known)] == [30, 30]
    assert len(world.server.requests) == 3


async def test_half_an_answer_is_none(world: World) -> None:
    world.server.page_size = 1
    world.server.bars["1Min", "A"] = [a_bar(UNTIL - timedelta(minutes=n)) for n in (2, 1)]
    world.server.faults.extend([faults.json_text('{"bars":{},"next_page_token":"0"}')])
    world.server.faults.extend([faults.down()] * 4)

    found = await world.alpaca.volumes(["A"], session_of(), START)

    assert found["A"] == Missing("alpaca is in trouble (HTTP 503)")


async def test_pages_without_an_end_are_given_up(world: World) -> None:
    endless = faults.json_text('{"bars":{},"next_page_token":"0"}')
    world.server.faults.extend([endless] * 100)

    found = await world.alpaca.volumes(["A"], session_of(), START)

    assert found["A"] == Missing("alpaca sends more than 60 pages")


async def test_minutes_are_bars_of_the_session(world: World) -> None:
    world.clock.at = world.server.now = OPENS + timedelta(minutes=30)
    world.server.bars["1Min", "A"] = [
        a_bar(OPENS + timedelta(minutes=3), 107.0),
        a_bar(OPENS + timedelta(minutes=5), 107.0, h=100.0),  # its high is below its low
        a_bar(OPENS + timedelta(minutes=7), 107.0, volume=0),
    ]

    found = (await world.alpaca.minute_bars(["A"], session_of(), 0, 29))["A"]

    assert found == Known(
        (Bar(3, 107.0, 108.0, 106.0, 107.0, 1000.0),),
        "alpaca/sip",
        OPENS + timedelta(minutes=8),
        960.0,
        "alpaca/sip: the last 16 minutes are missing; alpaca/sip: 1 bars that cannot be",
    )


async def test_minutes_that_are_too_young_are_not_asked_for(world: World) -> None:
    world.clock.at = OPENS + timedelta(minutes=5)

    found = await world.alpaca.minute_bars(["A"], session_of(), 0, 4)

    assert found["A"] == Missing("alpaca/sip: the tape comes 16 minutes late")
    assert world.server.requests == []


async def test_the_open_is_that_of_iex_and_says_so(world: World) -> None:
    world.clock.at = OPENS + timedelta(minutes=1)
    world.server.snapshots = {
        "A": {"dailyBar": a_bar(datetime.combine(DAY, time(), NEW_YORK), 105.5)},
        "B": {"dailyBar": a_bar(datetime.combine(DAY, time(), NEW_YORK) - timedelta(days=1))},
    }

    found = await world.alpaca.opens(["A", "B"], session_of(), OPENS)

    flaw = "alpaca/iex: its first trade, not the opening auction"
    assert found["A"] == Known(105.5, "alpaca/iex", OPENS, degraded=flaw)
    assert found["B"] == Missing("alpaca/iex: not open yet today")


async def test_daily_bars_come_with_their_splits(world: World) -> None:
    days = [date(2025, 11, 18), date(2025, 11, 19), date(2025, 11, 20)]
    starts = [datetime.combine(day, time(), NEW_YORK) for day in days]
    world.server.bars["1Day", "A"] = [a_bar(at, 10.0) for at in starts]
    world.server.bars["1Day", "B"] = [a_bar(starts[0], 10.0)]
    split = {"symbol": "A", "ex_date": "2025-11-19", "new_rate": 3, "old_rate": 2, "id": "x"}
    world.server.actions = {"forward_splits": [split]}

    found = await world.alpaca.daily(["A", "B", "C"], days[0], days[-1])

    bars = tuple(DayBar(day, 10.0, 11.0, 9.0, 10.0, 1000.0) for day in days)
    history = DailyBars(bars, is_adjusted=True, splits=((days[1], 1.5),))
    assert found["A"] == Known(history, "alpaca/sip", starts[-1])
    assert isinstance(found["B"], Known)
    assert found["B"].degraded == "alpaca: 2 of 3 daily bars missing"
    assert found["C"] == Missing("alpaca sent none of 3 daily bars")


FAULTS = {
    "page": (faults.page(), "alpaca answered with a web page instead of JSON"),
    "empty": (faults.empty(), "alpaca answered with an empty body"),
    "truncated": (faults.truncated(), "alpaca broke off its answer"),
    "slow": (faults.slow(3), "alpaca did not answer within 1 s"),
    "down": (faults.down(), "alpaca is in trouble (HTTP 503)"),
    "429": (faults.too_often(), "alpaca is asked too often (HTTP 429)"),
    "429 long": (faults.too_often("3600"), "alpaca is asked too often (HTTP 429)"),
    "text price": (
        faults.json_text('{"A": {"latestTrade": {"t": "2025-11-21T12:58:00Z", "p": "106"}}}'),
        "alpaca changed its format: A.latestTrade.p: Input should be a valid number",
    ),
    "drift": (faults.json_text('{"snapshots": {"A": {}}, "x": 1}'), "alpaca changed its format"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_bad_answer_is_a_named_absence(world: World, name: str) -> None:
    fault, reason = FAULTS[name]
    world.server.faults.extend([fault] * 2)

    found = (await world.alpaca.last_trades(["A"], session_of(), START))["A"]

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_a_wrong_key_is_a_named_absence_that_does_not_show_it(tmp_path: Path) -> None:
    async with faults.served(AlpacaServer()) as server, a_network(tmp_path) as network:
        api = an_api(network, "alpaca", server.base_url, {"APCA-API-SECRET-KEY": SECRET + "x"})
        found = await Alpaca(AlpacaData(api), CALENDAR).last_trades(["A"], session_of(), START)

        assert found["A"] == Missing("alpaca does not accept the key (HTTP 401)")
        assert len(server.requests) == 1


async def test_many_symbols_take_few_calls(world: World) -> None:
    symbols = [f"S{n}" for n in range(500)]
    at = datetime.combine(DAY, time(7, 58), NEW_YORK)
    world.server.snapshots = {symbol: {"latestTrade": a_trade(at)} for symbol in symbols}

    found = await world.alpaca.last_trades(symbols, session_of(), START)

    assert all(isinstance(evidence, Known) for evidence in found.values())
    assert len(world.server.requests) == 3


async def test_bodies_of_the_vendor(world: World) -> None:
    bodies = {e["test"]: e["body"] for e in recorded_json("alpaca/historical_stock_data.json")}
    world.server.snapshots = bodies["test_get_snapshot"]
    world.clock.at = datetime(2022, 3, 18, 10, 34, tzinfo=NEW_YORK)
    day = session_of(date(2022, 3, 18))

    trades = await world.alpaca.last_trades(["AAPL"], day, world.clock.at)
    opens = await world.alpaca.opens(["AAPL"], day, world.clock.at)

    assert isinstance(trades["AAPL"], Known)
    assert trades["AAPL"].value == 161.1998
    assert isinstance(opens["AAPL"], Known)
    assert opens["AAPL"].value == 160.59


async def test_recorded_daily_bars_and_splits(world: World) -> None:
    bodies = {e["test"]: e["body"] for e in recorded_json("alpaca/historical_stock_data.json")}
    bars = bodies["test_multisymbol_get_bars"]["bars"]
    world.server.bars = {("1Day", symbol): rows for symbol, rows in bars.items()}
    world.server.actions = recorded_json("alpaca/corporate_actions.json")[0]["body"][
        "corporate_actions"
    ]
    day = date(2022, 3, 9)

    found = await world.alpaca.daily(["AAPL", "TSLA", "MNTS"], day, day)

    assert isinstance(found["AAPL"], Known)
    assert found["AAPL"].value.bars == (DayBar(day, 161.51, 163.41, 159.41, 162.95, 88496480.0),)
    assert isinstance(found["MNTS"], Missing)
