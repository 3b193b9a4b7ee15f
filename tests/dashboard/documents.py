"""A small day as the API tells it, built from its own models, so that a renamed key fails here."""

from datetime import UTC, date, datetime, timedelta

from fin_agent.entrypoints.api.models import journal, scan, status, trading
from fin_agent.entrypoints.api.models.base import Told

DAY = date(2026, 3, 3)
AT = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)  # 08:00 New York
OPEN = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
NASTY = '<img src=x onerror="document.title=1"> [go](javascript:alert(1)) ![p](http://evil.test/p)'

ORDER = trading.Order(
    client_order_id="fa-1",
    symbol="AXLO",
    side="long",
    purpose="ENTRY",
    reason=None,
    kind="limit",
    state="ACKED",
    quantity=9,
    filled=9,
    price=28.52,
    stop=27.67,
    target=31.09,
    decided_at=OPEN,
    sent_at=OPEN,
    valid_until=None,
    sends=1,
    broker_id="1",
)
POSITION = trading.Position(
    symbol="AXLO",
    session_date=DAY,
    side="long",
    quantity=9,
    entry_price=28.52,
    entry_time=OPEN + timedelta(minutes=13),
    stop=27.67,
    target=31.09,
    value=237.67,
    risk=7.1,
    realised=0.0,
    trade_id="fa-1",
    last_price=29.10,
    unrealised=4.83,
    open_r=0.68,
)
SCAN = scan.Scan(
    scan_id="2026-03-03T08:00",
    origin="agent",
    state="done",
    session_date=DAY,
    at=AT,
    universe=59,
    passed=9,
    selected=2,
    fx=1.08,
    weights=None,
)
MISS = scan.Miss(
    rule="relative_volume",
    measured=1.09982,
    threshold=1.5,
    distance=0.4,
    distance_pct=26.7,
    admits_if="rvol >= 1.5",
)
HOLMQ = scan.Verdict(
    symbol="HOLMQ",
    verdict="relative_volume",
    rule="relative_volume",
    measured=1.09982,
    threshold=1.5,
    source="bars",
    age_s=0.0,
    admits_if="rvol >= 1.5",
    degraded=[],
    nearest_miss=MISS,
)
AXLO = HOLMQ.model_copy(
    update={"symbol": "AXLO", "verdict": "selected", "rule": "rank", "nearest_miss": None}
)
CONTRIBUTIONS = [
    scan.Contribution(factor="volatility", score=94.0, weight=0.4, points=41.8),
    scan.Contribution(factor="catalyst", score=100.0, weight=0.3, points=33.3),
    scan.Contribution(factor="sentiment", score=None, weight=0.1, points=0.0, absent="no headline"),
    scan.Contribution(factor="liquidity", score=100.0, weight=0.2, points=21.3, lacking=["adv"]),
]
CANDIDATE = scan.Candidate(
    rank=1,
    symbol="AXLO",
    side="long",
    gap_pct=8.21,
    gap_class="breakaway",
    rvol=4.6,
    price=29.65,
    prev_close=27.4,
    atr14=1.65,
    atr5=2.19,
    adv=224e6,
    composite=96.4,
    coverage=0.9,
    grade="B",
    contributions=CONTRIBUTIONS,
    headlines=[
        scan.Headline(
            text=NASTY,
            source="<b>wire</b>",
            published_at=AT - timedelta(hours=1),
            received_at=AT - timedelta(minutes=59),
            sentiment=0.7,
            scored_by="finance",
        )
    ],
    headline_count=1,
    badges=["DELAYED"],
    degraded=["rvol"],
)
PLAN = scan.Plan(
    plan_id="p1",
    rank=1,
    symbol="AXLO",
    side="long",
    entry="pullback",
    reference=28.525,
    stop=27.67,
    target=31.09,
    stop_pct=3.0,
    target_pct=9.0,
    reward_r=3.0,
    quantity=9,
    value=237.7,
    risk=7.1,
    composite=96.4,
    grade="B",
    gap_pct=8.21,
    win_probability=0.64,
    win_probability_calibrated=False,
    kelly=0.13,
    advice=scan.Advice(
        approved=True,
        breaches=[],
        cumulative=[],
        bound_by="position",
        shares_allowed_by={"position": 9.5},
        correlations={},
    ),
    fate="armed",
    is_armed=True,
    last_price=29.1,
    last_price_at=OPEN,
    distance_pct=2.0,
)
_REFUSED = {"rank": 2, "symbol": "CORVU", "is_armed": False, "fate": "refused: exposure, cash"}
REFUSED_PLAN = PLAN.model_copy(update={**_REFUSED, "last_price": None, "distance_pct": None})
TRADE = journal.Trade(
    trade_id="t1",
    plan_id="p1",
    symbol="AXLO",
    session_date=DAY,
    side="long",
    entry="pullback",
    quantity=9,
    planned_quantity=9,
    trigger_price=28.52,
    stop=27.67,
    target=31.09,
    entry_time=OPEN,
    entry_price=28.52,
    exit_time=OPEN + timedelta(hours=1),
    exit_price=31.08,
    exit_reason="target",
    fees=0.0,
    pnl=21.33,
    r_multiple=3.01,
    mae_r=-0.28,
    mfe_r=3.01,
    slippage_bps=0.0,
    ambiguous=False,
    kpi=True,
    gap_pct=8.21,
    gap_class="breakaway",
    composite=96.4,
    grade="A",
    fills=[],
    notes=[journal.Note(at=OPEN + timedelta(hours=2), text=NASTY, tag="late", grade="B")],
    own_grade="B",
    tags=["late"],
)
LOST = TRADE.model_copy(
    update={
        "trade_id": "t2",
        "symbol": "BREVA",
        "pnl": -7.24,
        "r_multiple": -1.02,
        "exit_reason": "stop",
        "kpi": None,
        "notes": [],
        "own_grade": None,
        "tags": [],
    }
)
BARS = trading.Bars(
    symbol="AXLO",
    session_date=DAY,
    resolution="1m",
    source="live",
    bars=[
        trading.Bar(
            at=OPEN + timedelta(minutes=n),
            open=28.0 + n / 20,
            high=28.4 + n / 20,
            low=27.8 + n / 20,
            close=28.2 + n / 20,
            volume=1000,
            vwap=28.1 + n / 40,
        )
        for n in range(40)
    ],
    opening_range=trading.OpeningRange(minutes=30, high=30.0, low=27.8, is_complete=True),
    levels=[
        trading.Level(name="entry", price=28.52),
        trading.Level(name="stop", price=27.67),
        trading.Level(name="target", price=45.0),
    ],
    fills=[
        trading.Fill(
            execution_id="e1",
            client_order_id="fa-1",
            symbol="AXLO",
            session_date=DAY,
            is_entry=True,
            quantity=9,
            price=28.52,
            fees=0.0,
            at=OPEN + timedelta(minutes=13),
            reason="entry",
            slippage_bps=0.0,
        )
    ],
)


def a_status(**changes: object) -> status.Status:
    """An agent in the middle of the session."""
    found = status.Status(
        now=OPEN,
        clock=status.Clock(utc=OPEN, new_york=OPEN, session_now=OPEN, speed=1.0),
        account="paper",
        currency="EUR",
        broker="paper",
        live=False,
        state="ACTIVE",
        halt_reason=None,
        latches=[],
        agent="run (pid 1)",
        session=status.Session(
            date=DAY,
            open=OPEN,
            close=OPEN + timedelta(hours=6, minutes=30),
            half_day=False,
            phase="regular",
        ),
        day=None,
        equity=500.0,
        day_pnl=14.09,
        daily_loss_cap=33.0,
        loss_used=7.24,
        loss=status.LossGauge(
            realised=14.09, unrealised=None, cap=33.0, used=7.24, used_share=0.22, open_risk=7.1
        ),
        grades={"A": 1, "B": 1},
        positions=[POSITION],
        orders=[ORDER],
        last_session=None,
        problems=[],
        errors=[Told(seq=9, at=OPEN, problem=NASTY, remedy="look", critical=True)],
        last_event=None,
        database=status.Database(
            file="state.db",
            exists=True,
            ok=True,
            bytes=4096,
            log_bytes=0,
            events=12,
            reserve=True,
        ),
        backup=None,
        data_dir="/data",
        stored_sets=2,
        runs=[],
        weights={"volatility": 0.4},
    )
    return found.model_copy(update=changes)
