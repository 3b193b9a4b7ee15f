"""Yahoo's one-minute charts, through the real yfinance: finished minutes or a named absence."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import NEW_YORK
from tests.adapters.market_data.yahoo_world import DAY, World, a_session, a_world
from tests.servers import faults
from tests.servers.networks import HandClock
from tests.servers.recorded import recorded_json
from tests.servers.yahoo import MinuteRow, a_minute_chart, epoch, minute_rows

OPEN = "09:30"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, at("20:00")) as world:
        yield world


def at(clock: str, day: date = DAY) -> HandClock:
    return HandClock(datetime.combine(day, time.fromisoformat(clock), NEW_YORK))


async def minutes_of(world: World, first: int = 0, last: int = 389) -> Evidence[tuple[Bar, ...]]:
    return (await world.yahoo.minute_bars(["A"], a_session(), first, last))["A"]


async def known(world: World, first: int = 0, last: int = 389) -> Known[tuple[Bar, ...]]:
    found = await minutes_of(world, first, last)
    assert isinstance(found, Known), found
    return found


async def test_a_finished_day_is_a_bar_a_minute(world: World) -> None:
    world.server.minutes["A"] = minute_rows(DAY, OPEN, [10.0, 11.0, 12.0])

    found = await known(world)

    bars = tuple(Bar(n, 10.0 + n, 11.0 + n, 9.0 + n, 10.5 + n, 1000.0) for n in range(3))
    assert found == Known(bars, "yahoo", a_session().open + timedelta(minutes=3))


async def test_only_the_asked_minutes_are_told(world: World) -> None:
    world.server.minutes["A"] = minute_rows(DAY, "09:25", [10.0] * 30)

    assert [bar.minute for bar in (await known(world, 2, 4)).value] == [2, 3, 4]


@pytest.mark.parametrize("clock", ["09:34:40", "09:34:00", "09:34:59"])
async def test_the_minute_that_runs_is_never_told(tmp_path: Path, clock: str) -> None:
    async with a_world(tmp_path, at(clock)) as world:
        world.server.now = world.clock.now
        world.server.minutes["A"] = minute_rows(DAY, OPEN, [10.0] * 390)

        found = await known(world)

    assert [bar.minute for bar in found.value] == [0, 1, 2, 3]
    assert found.as_of == a_session().open + timedelta(minutes=4)
    assert found.delay_s <= 1.0


@pytest.mark.parametrize(("late_s", "last"), [(2, 0), (29, 0), (30, 1)])
async def test_an_answer_kept_on_the_way_may_hold_an_unfinished_minute(
    tmp_path: Path, late_s: int, last: int
) -> None:
    """Without anything newer the last minute counts once no such answer can be that old."""
    async with a_world(tmp_path, at("09:32:00")) as world:
        world.clock.pass_(late_s)
        rows = minute_rows(DAY, OPEN, [10.0, 10.0])
        world.server.charts["A"] = a_minute_chart("A", rows)

        assert [bar.minute for bar in (await known(world)).value][-1] == last


async def test_the_last_trade_is_no_minute(world: World) -> None:
    rows = minute_rows(DAY, OPEN, [10.0, 10.0])
    last: MinuteRow = (epoch(DAY, "16:00:03"), 9.0, 9.0, 9.0, 9.0, 0.0)
    world.server.charts["A"] = a_minute_chart("A", [*rows, last])

    found = await known(world, 0, 400)

    assert [bar.minute for bar in found.value] == [0, 1]
    assert found.degraded is None


async def test_what_yahoo_lags_is_said(tmp_path: Path) -> None:
    async with a_world(tmp_path, at("10:00")) as world:
        rows = minute_rows(DAY, OPEN, [10.0] * 10)
        world.server.charts["A"] = a_minute_chart("A", rows)

        found = await known(world)

    assert found.delay_s == 21 * 60
    assert found.degraded == "yahoo: the newest trade is 21 min old"


async def test_extended_hours_come_when_asked_for_and_without_volume(world: World) -> None:
    early: list[MinuteRow] = [
        (at, o, h, low, c, 0.0) for at, o, h, low, c, _ in minute_rows(DAY, "09:28", [9.0, 9.5])
    ]
    regular = minute_rows(DAY, OPEN, [10.0])
    world.server.minutes["A"] = [*early, *regular]

    with_early, without = await known(world, -330, 389), await known(world)

    assert [bar.minute for bar in with_early.value] == [-2, -1, 0]
    assert with_early.degraded == "yahoo: no volume outside regular hours"
    assert [bar.minute for bar in without.value] == [0]
    asked = [r.query["includePrePost"] for r in world.server.requests if "/chart/" in r.path]
    assert asked == ["true", "false"]


GOOD = (10.0, 11.0, 9.0, 10.5, 1000.0)
BAD: dict[str, tuple[tuple[object, ...], str | None]] = {
    "no trade": ((None,) * 5, None),
    "hole": ((10.0, None, 9.0, 10.5, 1000.0), "1 minutes with a number missing"),
    "text": ((10.0, "11", 9.0, 10.5, 1000.0), "1 minutes with a number missing"),
    "true": ((True, 11.0, 9.0, 10.5, 1000.0), "1 minutes with a number missing"),
    "zero": ((10.0, 11.0, 0.0, 10.5, 1000.0), "1 minutes whose prices cannot be"),
    "negative": ((-10.0, 11.0, -20.0, 10.5, 1000.0), "1 minutes whose prices cannot be"),
    "high below close": ((10.0, 10.2, 9.0, 10.5, 1000.0), "1 minutes whose prices cannot be"),
    "absurd": ((10.0, 1e9, 9.0, 10.5, 1000.0), "1 minutes whose prices cannot be"),
    "volume below zero": ((10.0, 11.0, 9.0, 10.5, -1.0), "1 minutes whose volume cannot be"),
    "no volume": ((10.0, 11.0, 9.0, 10.5, 0.0), "1 minutes without volume"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_row_is_left_out_and_counted(world: World, name: str) -> None:
    values, flaw = BAD[name]
    first = epoch(DAY, OPEN)
    rows: list[Any] = [(first, *GOOD), (first + 60, *values), (first + 120, *GOOD)]
    world.server.charts["A"] = a_minute_chart("A", rows)

    found = await known(world)

    assert [bar.minute for bar in found.value] == [0, 2]
    assert found.degraded == (None if flaw is None else f"yahoo: {flaw}")


async def test_a_minute_told_twice_is_believed_the_first_time(world: World) -> None:
    first, second = minute_rows(DAY, OPEN, [10.0]), minute_rows(DAY, OPEN, [20.0])
    off = [(epoch(DAY, "09:31:20"), *GOOD)]
    later = minute_rows(DAY, "09:40", [10.0])
    world.server.charts["A"] = a_minute_chart("A", [*first, *first, *second, *off, *later])

    found = await known(world)

    assert [(bar.minute, bar.open) for bar in found.value] == [(0, 10.0), (10, 10.0)]
    assert found.degraded == "yahoo: 1 minutes off the minute, 1 minutes told twice"


STRANGE: dict[str, tuple[dict[str, Any], str]] = {
    "another": ({"symbol": "B"}, "yahoo sent minutes of B"),
    "coarser": ({"dataGranularity": "2m"}, "yahoo sent bars of 2m instead of one minute"),
    "euro": ({"currency": "EUR"}, "yahoo sent prices in EUR"),
}


@pytest.mark.parametrize("name", STRANGE)
async def test_an_answer_to_another_question_is_none(world: World, name: str) -> None:
    meta, reason = STRANGE[name]
    world.server.charts["A"] = a_minute_chart("A", minute_rows(DAY, OPEN, [10.0]), **meta)

    assert await minutes_of(world) == Missing(reason)


async def test_columns_of_different_length_are_drift(world: World) -> None:
    chart = a_minute_chart("A", minute_rows(DAY, OPEN, [10.0, 11.0]))
    chart["chart"]["result"][0]["indicators"]["quote"][0]["high"].pop()
    world.server.charts["A"] = chart

    found = await minutes_of(world)

    assert isinstance(found, Missing)
    assert "the columns differ in length" in found.reason


async def test_symbols_fail_one_by_one(world: World) -> None:
    world.server.minutes["BRK-B"] = minute_rows(DAY, OPEN, [500.0])

    found = await world.yahoo.minute_bars(["BRK.B", "NONE", "NONE"], a_session(), 0, 389)

    assert isinstance(found["BRK.B"], Known)
    assert found["NONE"] == Missing("yahoo does not know what was asked for (HTTP 404)")


async def test_a_running_day_is_asked_anew_and_a_finished_one_is_kept(world: World) -> None:
    world.server.minutes["A"] = minute_rows(DAY, OPEN, [10.0])
    path = "/v8/finance/chart/A"
    for clock in ("10:00", "10:01", "16:29", "20:00", "20:30"):
        world.clock.at = at(clock).at
        await known(world)

    assert world.server.paths.count(path) == 4


async def test_minutes_that_yahoo_cannot_have_are_not_asked_for(world: World) -> None:
    world.clock.at = at("09:29").at
    early = await minutes_of(world)
    world.clock.at = at("12:00").at + timedelta(days=31)
    late = await minutes_of(world)

    assert early == Missing("yahoo: these minutes have not begun")
    assert late == Missing("yahoo keeps minutes of 30 days")
    assert world.server.requests == []


FAULTS = {
    "page": (faults.page(), "yahoo answered with a web page instead of JSON"),
    "empty": (faults.empty(), "yahoo answered with an empty body"),
    "truncated": (faults.truncated(b'{"chart":{"result":[{'), "yahoo broke off"),
    "429": (faults.too_often("5"), "yahoo is asked too often (HTTP 429)"),
    "drift": (faults.json_text('{"chart":{"result":[{"meta":{}}]}}'), "yahoo changed its format"),
    "nothing": (faults.json_text('{"chart":{"result":[]}}'), "yahoo changed its format"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_bad_answer_is_a_named_absence(world: World, name: str) -> None:
    fault, reason = FAULTS[name]
    world.server.faulty = "/v8"
    world.server.faults.extend([fault] * 6)

    found = await minutes_of(world)

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_a_recorded_day_without_trades_has_no_minutes(world: World) -> None:
    """It was a Saturday: no ``timestamp``, and an empty quote."""
    name = "yahoo/chart-AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m.json"
    chart = recorded_json(name)
    chart["chart"]["result"][0]["meta"]["symbol"] = "A"
    world.server.charts["A"] = chart

    assert await minutes_of(world) == Missing("yahoo sent no minute bars for it")
