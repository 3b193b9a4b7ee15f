"""Every reading route with its answer for the small day, and the answers of acting."""

from datetime import date, timedelta

from pydantic import BaseModel

from fin_agent.entrypoints.api.models import commands, journal, log, scan, system, trading
from fin_agent.entrypoints.api.models.base import Page
from tests.dashboard.documents import (
    AT,
    AXLO,
    BARS,
    CANDIDATE,
    DAY,
    HOLMQ,
    LOST,
    NASTY,
    OPEN,
    ORDER,
    PLAN,
    POSITION,
    REFUSED_PLAN,
    SCAN,
    TRADE,
    a_status,
)

FUNNEL = [
    scan.FunnelStep(rule="gap_min", rejected=40, left=19),
    scan.FunnelStep(rule="relative_volume", rejected=10, left=9),
    scan.FunnelStep(rule="rank", rejected=7, left=2),
]
FIGURES = journal.Figures(
    sessions=1,
    trades=2,
    wins=1,
    losses=1,
    win_rate=0.5,
    profit_factor=None,
    expectancy_r=1.0,
    total_pnl=14.09,
    total_fees=0.0,
    start_equity=500.0,
    final_equity=514.09,
    total_return=0.028,
    sharpe=None,
    max_drawdown=0.014,
    kpi_rate=0.5,
    kpi_hits=1,
    average_slippage_bps=0.0,
    ambiguous=0,
    not_flat_at_close=0,
)
PERFORMANCE = journal.Performance(
    run="live",
    first=DAY,
    last=DAY,
    figures=FIGURES,
    equity=[
        journal.EquityPoint(
            session_date=DAY - timedelta(days=n), equity=500 + n, pnl=n - 3, drawdown=0.0, trades=1
        )
        for n in reversed(range(8))
    ],
    r_distribution=[
        journal.Bucket(from_r=None, to_r=-1.0, trades=1),
        journal.Bucket(from_r=3.0, to_r=None, trades=1),
    ],
    slices={
        "entry": [
            journal.Slice(
                value="pullback",
                trades=2,
                win_rate=0.5,
                expectancy_r=1.0,
                total_pnl=14.09,
                kpi_rate=0.5,
            )
        ]
    },
    intervals=[
        journal.Interval(figure="expectancy_r", value=1.0, low=-0.5, high=2.0),
        journal.Interval(figure="win_rate", value=0.5, low=None, high=None),
    ],
    random_pick=journal.RandomPick(
        sessions=1, chosen_pct=2.0, random_pct=0.4, better_than_share=0.8, why_not=None
    ),
)
DONE = commands.Backtest(
    name="backtest-minute-1", state="done", asked_at=None, first=DAY, last=date(2026, 3, 5)
)


def answers() -> dict[str, BaseModel]:
    """By path; every one can be replaced."""
    return {
        "/v1/status": a_status(),
        "/v1/scans": Page[scan.Scan](items=[SCAN], count=1, next_cursor=None),
        "/v1/scans/asked-1": scan.ScanResult(
            scan=SCAN.model_copy(update={"scan_id": "asked-1", "origin": "on_demand"}),
            result={"plans": [{"rank": 1, "symbol": "AXLO", "entry": "vwap", "quantity": 9.0}]},
        ),
        "/v1/verdicts": scan.Verdicts(
            items=[AXLO, HOLMQ],
            count=2,
            next_cursor=None,
            scan=SCAN,
            is_complete=True,
            funnel=FUNNEL,
        ),
        "/v1/verdicts/HOLMQ": scan.Why(
            session_date=DAY,
            at=AT,
            symbol="HOLMQ",
            verdict=HOLMQ,
            nearest_miss=HOLMQ.nearest_miss,
            gates=[
                scan.Gate(
                    rule="gap_min", passed=True, measured=5.0, threshold=4.0, source="b", age_s=1.0
                ),
                scan.Gate(
                    rule="relative_volume",
                    passed=False,
                    measured=1.1,
                    threshold=1.5,
                    source="bars",
                    age_s=1.0,
                ),
                scan.Gate(
                    rule="halted",
                    passed=None,
                    measured=None,
                    threshold=None,
                    source=None,
                    age_s=None,
                ),
            ],
            evidence={"rvol": {"value": None, "missing": NASTY}},
            candidate=None,
            plan=None,
            fate=None,
            trade=None,
            decision_hash=None,
        ),
        "/v1/candidates": scan.Candidates(items=[CANDIDATE], count=1, next_cursor=None, scan=SCAN),
        "/v1/plans": scan.Plans(
            items=[PLAN, REFUSED_PLAN],
            count=2,
            next_cursor=None,
            session_date=DAY,
            phase="trading",
            state="ACTIVE",
        ),
        "/v1/premortem": scan.PreMortem(
            session_date=DAY,
            plans=2,
            loss_at_stops=14.2,
            loss_at_gaps=None,
            daily_loss_cap=33.0,
            effective_bets=1.7,
            unknown_correlations=1,
            binds_first="cash",
            limits=[scan.Bind(limit="cash", most=500, taken=475, share=0.95)],
            events_today=["BREVA: earnings"],
            missing=[f"CALDA: {NASTY}"],
        ),
        "/v1/orders": trading.Orders(
            items=[ORDER],
            count=1,
            next_cursor=None,
            session_date=DAY,
            phase="trading",
            state="ACTIVE",
        ),
        "/v1/positions": trading.Positions(
            items=[POSITION],
            count=1,
            next_cursor=None,
            session_date=DAY,
            phase="trading",
            state="ACTIVE",
        ),
        "/v1/fills": trading.Fills(items=BARS.fills, count=1, next_cursor=None),
        "/v1/bars": BARS,
        **_later(),
    }


def _later() -> dict[str, BaseModel]:
    return {
        "/v1/journal": journal.Journal(items=[TRADE, LOST], count=2, next_cursor=None, run="live"),
        "/v1/journal/t1": journal.TradeStory(trade=TRADE, decisions=[]),
        "/v1/journal/t2": journal.TradeStory(
            trade=LOST,
            decisions=[journal.TradeDecision(at=AT, type="PlanAdvised", payload={"why": NASTY})],
        ),
        "/v1/performance": PERFORMANCE,
        "/v1/backtests": commands.Backtests(items=[DONE], count=1),
        "/v1/quotas": Page[system.Quota](
            items=[
                system.Quota(
                    provider="alpaca",
                    group="data",
                    key="ab",
                    last_minute=3,
                    last_day=90,
                    last_call=AT,
                    limits=["200/min"],
                )
            ],
            count=1,
            next_cursor=None,
        ),
        "/v1/dead-letters": log.DeadLetters(
            items=[
                log.DeadLetter(
                    event_id="x",
                    seq=4,
                    type="PlanAdvised",
                    version=1,
                    consumer="terminal",
                    attempts=5,
                    failed_at=AT,
                    valid_until=None,
                    reason=NASTY,
                    payload_hash="0",
                )
            ],
            count=1,
            next_cursor=None,
        ),
        "/v1/events": log.Events(
            items=[
                log.Event(
                    seq=1,
                    event_id="e",
                    type="ErrorRaised",
                    version=1,
                    session_date=DAY,
                    account="paper",
                    occurred_at=OPEN,
                    recorded_at=OPEN,
                    valid_until=None,
                    correlation_id="c",
                    causation_id="c",
                    is_decision=False,
                    payload={"problem": NASTY},
                )
            ],
            count=1,
            next_cursor=None,
            last_seq=1,
        ),
        "/v1/health/doctor": system.Doctor(
            at=AT,
            ok=False,
            checks=[system.Check(name="disk", state="fail", found=NASTY, remedy="make room")],
            capabilities=[
                system.Capability(
                    provider="alpaca", used_for=["quotes"], has_key=False, quotas=["200/min"]
                )
            ],
        ),
        "/v1/settings": system.Settings(
            settings={"risk": {"daily_loss_cap": 33}},
            files=["config.yaml"],
            weights=[
                system.FactorWeight(factor="volatility", configured=0.4, next_scan=0.4),
                system.FactorWeight(factor="catalyst", configured=0.3, next_scan=0.6),
            ],
            plugins={"brokers": ["paper", "alpaca"]},
        ),
        "/v1/logs": system.LogTail(file="agent.log", lines=[NASTY, "second line"]),
    }


def acted() -> dict[str, BaseModel]:
    """What each POST answers."""
    done = commands.Acted(done=True, state="HALTED", agent="run (pid 1)")
    return {
        "/v1/halt": done,
        "/v1/flat": done,
        "/v1/resume": done.model_copy(update={"state": "ACTIVE"}),
        "/v1/scans": scan.ScanResult(
            scan=SCAN.model_copy(update={"scan_id": "asked-1", "state": "running"}), result=None
        ),
        "/v1/weights": commands.WeightsSet(done=True, weights={"volatility": 0.4}),
        "/v1/fills": commands.FillTaken(
            client_order_id="fa-1", symbol="AXLO", quantity=9.0, price=28.52, cancelled=False
        ),
        "/v1/journal/t1/notes": commands.NoteTaken(done=True, trade_id="t1", note_id="n1"),
        "/v1/journal/t2/notes": commands.NoteTaken(done=True, trade_id="t2", note_id="n2"),
        "/v1/backtests": commands.BacktestResult(
            backtest=DONE.model_copy(update={"state": "running"}), result=None
        ),
    }
