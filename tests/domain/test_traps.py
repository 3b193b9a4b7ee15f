"""The traps of strategy.md section 15, by number; the halves that data adapters show are theirs."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from statistics import mean, stdev
from zoneinfo import ZoneInfo

import pytest

from fin_agent.domain.entries.opening_range import OpeningRange
from fin_agent.domain.entries.vwap import Vwap
from fin_agent.domain.evidence import Known
from fin_agent.domain.indicators import profile_share, relative_volume
from fin_agent.domain.journal import record_of
from fin_agent.domain.market import Bar
from fin_agent.domain.news import known_at
from fin_agent.domain.performance import DayResult, daily_returns, sharpe_ratio
from fin_agent.domain.position import Excursion, Position
from fin_agent.domain.risk import (
    ApprovedPlan,
    Breach,
    RejectedPlan,
    RiskProfile,
    RiskRules,
    Taken,
)
from fin_agent.domain.session import NEW_YORK, SessionRules, TradingSession
from fin_agent.domain.snapshot import CorporateActions
from fin_agent.domain.verdict import judge
from fin_agent.testing.builders import (
    DAY,
    SCAN,
    a_bar,
    a_candidate,
    a_context,
    a_fill,
    a_headline,
    a_plan,
    a_session,
    a_snapshot,
    an_intent,
    levels,
    usd,
)

BERLIN = ZoneInfo("Europe/Berlin")
RULES = SessionRules()


def verdict_of(snapshot_verdict: object) -> str | None:
    return getattr(snapshot_verdict, "verdict", None)


def test_trap_1_the_previous_close_is_the_last_completed_sessions() -> None:
    """Before the open today has no bar: a history that ends a day early is refused, not used."""
    fresh, stale = a_snapshot(106.0, 100.0), a_snapshot(106.0, 100.0, ends_yesterday=False)

    assert fresh.gap == 6.0
    assert judge(fresh, a_context()) is None
    assert verdict_of(judge(stale, a_context())) == "history"


def test_trap_2_pre_market_volume_is_compared_by_clock_time() -> None:
    full_day, traded = 10_000_000.0, 600_000.0
    profile = [(4 * 60, 0.0), (9 * 60 + 30, 0.04), (16 * 60, 1.0)]
    normal_by_nine = full_day * profile_share(profile, 9 * 60)

    naive, by_clock = relative_volume(traded, full_day), relative_volume(traded, normal_by_nine)

    assert naive == 0.06
    assert by_clock == 1.65
    assert verdict_of(judge(a_snapshot(rvol=naive), a_context())) == "relative_volume"
    assert judge(a_snapshot(rvol=by_clock), a_context()) is None


def test_trap_3_yesterdays_price_before_the_open_is_no_quote_and_not_a_missing_gap() -> None:
    closed_at = datetime(2025, 3, 11, 16, 0, tzinfo=NEW_YORK)
    market_price = a_snapshot(Known(100.0, "regular market price", closed_at), 100.0)

    verdict = judge(market_price, a_context())

    assert verdict is not None
    assert (verdict.verdict, verdict.age_s) == ("quote", 17 * 3600)


@pytest.mark.parametrize(
    ("day", "new_york"),
    [(date(2025, 3, 5), 8), (date(2025, 3, 12), 9), (date(2025, 4, 2), 8), (date(2025, 10, 29), 9)],
)
def test_trap_4_two_in_berlin_is_eight_or_nine_in_new_york(day: date, new_york: int) -> None:
    two_in_berlin = datetime(day.year, day.month, day.day, 14, 0, tzinfo=BERLIN)
    session = a_session(day)

    assert two_in_berlin.astimezone(NEW_YORK).hour == new_york
    assert session.minute_of(two_in_berlin) == (new_york - 9) * 60 - 30
    assert session.pre_market_open.hour == 4
    assert (session.open - session.pre_market_open) == timedelta(hours=5, minutes=30)


def test_trap_4_a_session_given_in_utc_has_the_same_new_york_times() -> None:
    utc = ZoneInfo("UTC")
    session = TradingSession(
        DAY, datetime(2025, 3, 12, 13, 30, tzinfo=utc), datetime(2025, 3, 12, 20, 0, tzinfo=utc)
    )

    assert session == a_session()
    assert session.pre_market_open == a_session().pre_market_open
    assert session.time_of(0).isoformat() == "2025-03-12T09:30:00-04:00"


def test_trap_5_every_time_before_the_close_is_relative_to_that_days_close() -> None:
    full, half = a_session(), a_session(date(2025, 11, 28), closes="13:00")

    assert full.time_of(full.flat_at(RULES)).strftime("%H:%M") == "15:45"
    assert half.time_of(half.flat_at(RULES)).strftime("%H:%M") == "12:45"
    assert (full.is_half_day, half.is_half_day) == (False, True)


def test_trap_6_an_overnight_split_is_no_gap() -> None:
    split = a_snapshot(10.2, 100.0)
    adjusted = a_snapshot(10.5, 10.0, actions=CorporateActions(split_known=True))

    assert split.gap == -89.8
    assert verdict_of(judge(split, a_context())) == "corporate_action"
    assert judge(adjusted, a_context()) is None


def test_trap_7_usd_prices_meet_euro_limits_through_fx() -> None:
    plan = a_plan(at=levels(110, 99, 143))
    rules, equity = RiskRules(risk_per_trade_pct=usd(100)), usd(10_000)

    without = RiskProfile(rules, Taken(equity, fx=usd(1))).assess(plan, plan.levels, {})
    in_euro = RiskProfile(rules, Taken(equity, fx=usd("1.1"))).assess(plan, plan.levels, {})

    assert verdict_of(judge(a_snapshot(310.0, 290.0), a_context())) == "price_range"
    assert judge(a_snapshot(310.0, 290.0), a_context(fx=1.1)) is None
    assert [without.sizing.price, in_euro.sizing.price] == [110, 100]
    assert without.sizing.allowed[Breach.DAILY_LOSS] == 3
    assert in_euro.sizing.allowed[Breach.DAILY_LOSS] == usd("3.3")
    assert in_euro.sizing.allowed[Breach.POSITION] == usd("2.5")


def test_trap_8_five_picks_of_250_do_not_fit_a_bankroll_of_500() -> None:
    taken, outcomes = Taken(equity=usd(500), fx=usd(1)), []
    for symbol in ("ONE", "TWO", "THREE", "FOUR", "FIVE"):
        plan = a_plan(a_candidate(symbol), at=levels(25, "24.25", "27.25"))
        answer = RiskProfile(RiskRules(), taken).assess(plan, plan.levels, {})
        outcomes.append(answer)
        if isinstance(answer, ApprovedPlan):
            taken = Taken(
                equity=taken.equity,
                fx=taken.fx,
                exposure=taken.exposure + answer.sizing.value,
                open_risk=taken.open_risk + answer.sizing.risk,
                entries=taken.entries + 1,
            )

    refused = [answer for answer in outcomes if isinstance(answer, RejectedPlan)]
    assert [answer.sizing.value for answer in outcomes[:2]] == [250, 250]
    assert [answer.plan.symbol for answer in refused] == ["THREE", "FOUR", "FIVE"]
    assert all(answer.breaches == (Breach.EXPOSURE, Breach.CASH) for answer in refused)


def test_trap_9_open_risk_counts_against_the_daily_cap() -> None:
    plan = a_plan(at=levels(20, 19, 23))
    taken = Taken(equity=usd(500), fx=usd(1), open_risk=usd("32.5"))

    answer = RiskProfile(RiskRules(), taken).assess(plan, plan.levels, {})

    assert isinstance(answer, RejectedPlan)
    assert answer.breaches == (Breach.DAILY_LOSS,)


@pytest.mark.parametrize("mark", ["100", "98.5", "97.25", "97"])
def test_trap_9_a_loss_is_counted_once(mark: str) -> None:
    """Lost so far plus what the stop may still lose is always the whole distance to the stop."""
    position = Position(an_intent(), usd(1)).filled(a_fill(10, 100))

    lost, at_risk = -position.unrealised(usd(mark)), position.at_risk(usd(mark))

    assert lost + at_risk == 30


def test_trap_10_the_result_comes_from_the_fills_and_not_from_the_plan() -> None:
    intent = an_intent()
    position = Position(intent, usd(1)).filled(a_fill(10, "100.50"))
    position = position.filled(a_fill(10, "108.90", "target"))

    record = record_of(position, Excursion(intent, 1), usd(10))

    assert record.trigger_price == 100
    assert [record.entry_price, record.pnl] == [usd("100.50"), 84]
    assert record.r_multiple == 2.8


def test_trap_11_days_without_trades_stay_in_the_sharpe_ratio() -> None:
    equities = (1_000, 1_010, 1_010, 1_010, 1_020)
    days = [
        DayResult(DAY + timedelta(days=i), usd(after), usd(after - before))
        for i, (before, after) in enumerate(pairwise(equities))
    ]

    returns = daily_returns(days, Decimal(1_000))

    assert [round(value, 6) for value in returns] == [0.01, 0.0, 0.0, 0.009901]
    assert sharpe_ratio(returns) == pytest.approx(mean(returns) / stdev(returns) * sqrt(252))
    assert sharpe_ratio([value for value in returns if value]) != sharpe_ratio(returns)


def test_trap_12_a_headline_received_after_the_scan_does_not_exist() -> None:
    early = a_headline("before", SCAN - timedelta(seconds=1))
    at_once = a_headline("at the instant", SCAN, published_at=SCAN - timedelta(hours=1))
    late = a_headline("later", SCAN + timedelta(hours=1), published_at=SCAN - timedelta(hours=1))

    assert known_at((early, at_once, late), SCAN) == (early,)


def test_trap_12_the_vwap_that_decides_a_bar_knows_only_the_bars_before_it() -> None:
    """With its own high and volume the sixth bar would close below the VWAP."""
    watch = Vwap().watch(a_plan(entry="vwap"), RULES)
    flat = [a_bar(minute, 100.0) for minute in range(5)]
    last = Bar(5, 101.0, 110.0, 99.0, 100.5, 1e9)

    assert [watch.after_bar(bar) for bar in flat] == [None] * 5
    assert watch.after_bar(last) is not None


def test_trap_12_the_opening_range_knows_no_bar_after_it() -> None:
    watch = OpeningRange().watch(a_plan(entry="opening_range"), RULES)
    watch.after_bar(a_bar(29, 100.0))
    watch.after_bar(a_bar(30, 150.0))

    decision = watch.at_minute(31)

    assert decision is not None
    assert getattr(decision, "price", None) == usd("100.01")
