"""Every event of the domain writes its canonical text: floats at 10 significant digits, no NaN."""

import json
from dataclasses import replace

import pytest

from fin_agent.domain.candidate import CandidatesRanked, FactorScore, rank
from fin_agent.domain.control import ErrorRaised, TradingHalted, TradingResumed, WeightsChanged
from fin_agent.domain.delivery import SignalExpired
from fin_agent.domain.entry import Expiry, PlanExpired
from fin_agent.domain.events import DomainEvent, Event, canonical, plain
from fin_agent.domain.exits import ExitIntent, ExitOrdered
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.journal import TradeNote, TradeNoted, TradeRecorded
from fin_agent.domain.notice import NoticesAcknowledged
from fin_agent.domain.order import (
    FillRecorded,
    OrderIntentCreated,
    OrderMoved,
    OrderState,
)
from fin_agent.domain.plan import SignalGenerated
from fin_agent.domain.position import Position, PositionReviewed
from fin_agent.domain.provider import ProviderFellBack, ProviderSuspended, QuotaWarning
from fin_agent.domain.risk import (
    PlanAdvised,
    PlanApproved,
    PlanRejected,
    RejectedPlan,
    RiskProfile,
    RiskRules,
    Taken,
)
from fin_agent.domain.session import ScanRequested, SessionClosed, SessionLocked, SessionOpened
from fin_agent.domain.verdict import UniverseJudged, Verdict, Verdicts
from fin_agent.testing.builders import (
    OPEN,
    SCAN,
    a_candidate,
    a_fill,
    a_plan,
    a_session,
    a_trade,
    an_approval,
    an_intent,
    usd,
)
from tests.domain.worked_examples import NKE, ORCL

THIRD, SEVENTH = 100 / 3, 1e9 / 7
NOISY = a_candidate(
    price=THIRD * 1.05,
    prev_close=THIRD,
    rvol=7 / 3,
    atr14=SEVENTH / 1e9,
    atr5=THIRD / 100,
    adv=SEVENTH,
    factors={"volatility": FactorScore(57.13631, 0.4), "catalyst": FactorScore(None, 0.3, "no")},
)
PLAN = a_plan(NOISY, reference="35.12")
REJECTED = RiskProfile(RiskRules(), Taken(usd(500), usd("1.0837"), entries=5)).assess(
    PLAN, PLAN.levels, {"NKE": 0.03701, "RTX": None}
)
VERDICTS = Verdicts(
    {"B": Verdict("B", "gap_min", SEVENTH, 4.0), "A": Verdict("A", "quote", None, 900.0)}, ["C"]
)


def rejected() -> RejectedPlan:
    assert isinstance(REJECTED, RejectedPlan)
    return REJECTED


EVENTS: tuple[DomainEvent, ...] = (
    SessionOpened(a_session(), usd("500.00"), canonical({"fx": {"fixed": 1.0}}), "hash"),
    ScanRequested("refresh", SCAN, SCAN),
    SessionLocked(47, usd("-33.5"), usd(33)),
    SessionClosed(usd("466.5"), usd("-33.5"), 2, flat=True, kpi_hits=1),
    UniverseJudged(SCAN, 1.0836999893188477, VERDICTS),
    UniverseJudged(SCAN, None, VERDICTS),
    CandidatesRanked(rank([NOISY], ScanRules())[0], (Verdict("D", "evidence", 0.333333, 0.4),)),
    SignalGenerated(PLAN),
    SignalGenerated(NKE.plan),
    PlanAdvised(an_approval(PLAN)),
    PlanAdvised(rejected(), rejected().breaches),
    PlanApproved(an_approval(ORCL.plan, 1), "market", 6),
    PlanRejected(rejected(), "stop", 30),
    PlanExpired(PLAN, Expiry.CHASE, 1),
    OrderIntentCreated(an_intent(plan=PLAN)),
    ErrorRaised("the disk is full", "free space", critical=True),
    QuotaWarning("finnhub", "rest", 48, 60, 60),
    ProviderFellBack("quote", "alpaca", "yahoo", 3, "no such symbol"),
    ProviderSuspended("yahoo", 30, "five failures"),
    TradingHalted("a position nobody can explain", "agent"),
    TradingResumed("looked at the broker"),
    NoticesAcknowledged("person"),
    WeightsChanged({"catalyst": 0.5}, "news count more today"),
    QuotaWarning("finnhub", "*", 48, 60, 60),
    ProviderFellBack("last trade", "alpaca", "yahoo", 3, "alpaca cannot be reached"),
    ProviderSuspended("yahoo", 30, "is in trouble"),
    ExitOrdered(ExitIntent("fa-x", "fa-e", "ACME", usd(10), "flat", OPEN)),
    OrderMoved("fa-x", "ACME", OrderState.ACKED, usd(0)),
    FillRecorded(a_fill(10, "100.0510", fees="0.3333333333333333")),
    SignalExpired(
        "desk",
        Event("e", "SignalGenerated", SCAN.date(), "paper", SCAN, "{}", valid_until=SCAN),
        OPEN,
    ),
    TradeNoted(TradeNote("fa-x", OPEN, "sold too early", "discipline", "B")),
    PositionReviewed(
        Position(an_intent(plan=PLAN), usd("1.08")).filled(a_fill(10, "35.12")),
        Verdict("ACME", "gap_max", SEVENTH, 20.0),
        THIRD,
        None,
    ),
    PositionReviewed(
        Position(an_intent(plan=PLAN), usd("1.08")).filled(a_fill(10, "35.12")),
        Verdict("ACME", "quote"),
        None,
        61.5,
    ),
    TradeRecorded(replace(a_trade(r_multiple=SEVENTH), mae_r=-1 / 3, mfe_r=THIRD)),
)
named = pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)


@named
def test_the_text_of_an_event_is_its_canonical_payload(event: DomainEvent) -> None:
    assert event.text() == canonical(plain(event.payload()))


@named
def test_the_text_of_an_event_reads_back_as_the_same_text(event: DomainEvent) -> None:
    assert canonical(json.loads(event.text())) == event.text()


def test_no_event_of_the_domain_is_left_out() -> None:
    known = {
        kind.__name__
        for kind in DomainEvent.__subclasses__()
        if kind.__module__.startswith("fin_agent.domain.")
    }

    assert known == {type(event).__name__ for event in EVENTS}
