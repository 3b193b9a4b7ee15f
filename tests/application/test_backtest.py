"""Many days: equity and the hash chain run through, days without trades count."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from fin_agent.application.backtest import (
    ASSUMED_DAILY,
    ASSUMED_OPEN,
    ASSUMED_PAPER,
    Replayer,
    RunOutcome,
    ScanTime,
    quality,
)
from fin_agent.application.day import DayOutcome
from fin_agent.domain.events import GENESIS
from fin_agent.domain.market import Bar
from fin_agent.testing.builders import DAY, SCAN, YESTERDAY, a_bar, a_session
from fin_agent.testing.fakes import FakeCalendar, FakeMarket
from tests.application.worlds import World, course, gapping

DAYS = [DAY + timedelta(days=number) for number in range(3)]
CALENDAR = FakeCalendar([a_session(day) for day in (YESTERDAY, *DAYS)])
SESSIONS = CALENDAR.sessions(DAYS[0], DAYS[-1])


def a_replayer(
    bars: dict[date, dict[str, list[Bar]]], at: ScanTime | None = None, *, daily: bool = False
) -> Replayer:
    """A symbol that gaps on every day and trades as given."""
    world = World([gapping("AAA")])
    desk = world.desk()
    market = FakeMarket({day: [gapping("AAA", at=_scan_of(day))] for day in DAYS}, bars)
    rules = replace(desk.rules, daily=daily)
    desk = replace(desk, market=market, rules=rules)
    return Replayer(desk, CALENDAR, at or ScanTime("09:00", fixed=True), world.venue)


def _scan_of(day: date) -> datetime:
    return SCAN + (day - DAY)


UP = course((0, 10.8), (50, 12.0))
DOWN = course((0, 10.8), (50, 10.3))


async def test_equity_goes_through_and_days_without_trades_are_days() -> None:
    told: list[DayOutcome] = []

    run = await a_replayer({DAYS[0]: {"AAA": UP}, DAYS[2]: {"AAA": DOWN}}).run(
        SESSIONS, Decimal(500), told.append
    )

    assert [day.session_date for day in run.days] == DAYS
    assert [day.pnl > 0 for day in run.days] == [True, False, False]
    assert run.days[1].pnl == 0
    assert run.days[1].equity == run.days[0].equity == 500 + run.days[0].pnl
    assert run.days[2].equity == run.days[1].equity + run.days[2].pnl
    assert [day.result for day in told] == run.days
    assert len(run.trades) == 2
    assert run.performance.sessions == 3
    assert run.refused == {"expired": 1}


async def test_the_hash_chain_runs_through_the_days() -> None:
    bars = {day: {"AAA": UP} for day in DAYS}
    whole = await a_replayer(bars).run(SESSIONS, Decimal(500))
    again = await a_replayer(bars).run(SESSIONS, Decimal(500))
    two = await a_replayer(bars).run(SESSIONS[:2], Decimal(500))
    other_first = await a_replayer({**bars, DAYS[0]: {"AAA": DOWN}}).run(SESSIONS, Decimal(500))

    assert whole.decision_hash == again.decision_hash
    assert len({whole.decision_hash, two.decision_hash, other_first.decision_hash, GENESIS}) == 4


async def test_equity_decides_so_the_bankroll_is_part_of_the_hash() -> None:
    bars = {DAYS[0]: {"AAA": UP}}
    runs = [await a_replayer(bars).run(SESSIONS[:1], Decimal(n)) for n in (500, 501)]

    assert runs[0].decision_hash != runs[1].decision_hash


async def test_what_results_rest_on_is_said_once() -> None:
    minute = await a_replayer({}).run(SESSIONS, Decimal(500))
    at_open = await a_replayer({}, ScanTime("09:00")).run(SESSIONS, Decimal(500))
    daily = await a_replayer({}, ScanTime("open"), daily=True).run(SESSIONS, Decimal(500))

    assert minute.assumptions == [ASSUMED_PAPER]
    assert at_open.assumptions == [ASSUMED_PAPER, ASSUMED_OPEN]
    assert daily.assumptions == [ASSUMED_DAILY]


@pytest.mark.parametrize(
    ("at", "has_pre_market", "clock", "at_open"),
    [
        (ScanTime("08:00"), True, "08:00", False),
        (ScanTime("08:00"), False, "09:30", True),
        (ScanTime("08:00", fixed=True), False, "08:00", False),
        (ScanTime("open"), True, "09:30", True),
        (ScanTime("12:15"), False, "12:15", False),
    ],
)
def test_a_session_is_scanned_at_its_time(
    at: ScanTime, clock: str, *, has_pre_market: bool, at_open: bool
) -> None:
    instant, is_open = at.of(a_session(), has_pre_market=has_pre_market)

    assert (instant.strftime("%H:%M"), is_open) == (clock, at_open)


async def test_pre_market_bars_decide_when_the_scan_is() -> None:
    bars = {DAYS[0]: {"AAA": [a_bar(-60, 10.8), *UP]}, DAYS[1]: {"AAA": UP}}
    told: list[DayOutcome] = []

    await a_replayer(bars, ScanTime("09:00")).run(SESSIONS[:2], Decimal(500), told.append)

    assert [day.at.strftime("%H:%M") for day in told] == ["09:00", "09:30"]


def test_the_share_that_can_be_judged_is_counted() -> None:
    assert quality({"history": 2, "quote": 1, "gap_min": 6, "selected": 1}, 2) == {
        "sessions": 2,
        "symbol_days": 10,
        "without_history": 2,
        "without_quote": 1,
        "usable_share": 0.7,
    }
    assert quality({}, 0)["usable_share"] is None


def test_a_run_of_nothing_has_no_numbers() -> None:
    run = RunOutcome(Decimal(500), daily=False)

    assert (run.performance.trades, run.performance.win_rate) == (0, None)
    assert run.decision_hash == GENESIS
