"""The gate sizes a plan inside every limit, or names every limit it breaks (sections 8 and 9)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.candidate import Grade
from fin_agent.domain.events import canonical, plain
from fin_agent.domain.plan import Levels
from fin_agent.domain.risk import (
    ApprovedPlan,
    Breach,
    PlanAdvised,
    PlanApproved,
    PlanRejected,
    RejectedPlan,
    RiskProfile,
    RiskRules,
    Taken,
    TradingState,
)
from fin_agent.testing.builders import a_candidate, a_plan, an_approval, levels, usd
from tests.domain.worked_examples import MRNA, NKE, ORCL, TRADES, WorkedTrade

LEVELS = levels(20, 19, 23)
FREE = Taken(equity=usd(500), fx=usd(1))
RULES = RiskRules()
LEVERED = replace(RULES, max_exposure=usd(9_000))
REFUSED_GRADE = replace(RULES, grades=frozenset({Grade.A, Grade.B}))
Answer = ApprovedPlan | RejectedPlan


def assess(
    taken: Taken = FREE,
    rules: RiskRules = RULES,
    *,
    at: Levels = LEVELS,
    correlations: dict[str, float | None] | None = None,
    planned: int | None = None,
    kid_missing: bool = False,
    grade: Grade = Grade.B,
) -> Answer:
    plan = a_plan(a_candidate(kid_missing=kid_missing, grade=grade), at=at)
    amount = None if planned is None else usd(planned)
    return RiskProfile(rules, taken).assess(plan, at, correlations or {}, amount)


def breaches(answer: Answer) -> tuple[Breach, ...]:
    return PlanAdvised(answer).breaches


worked = pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.symbol)


@worked
def test_the_sizing_of_the_worked_example(trade: WorkedTrade) -> None:
    profile = RiskProfile(RULES, trade.taken)

    answer = profile.assess(trade.plan, trade.bound, trade.correlations, usd(trade.quantity))

    assert isinstance(answer, ApprovedPlan)
    shown = {breach: round(float(shares), 6) for breach, shares in answer.sizing.allowed.items()}
    assert shown == trade.terms
    assert answer.sizing.bound_by is Breach.POSITION
    assert answer.quantity == trade.quantity


@worked
def test_the_planned_sizing_of_the_worked_example(trade: WorkedTrade) -> None:
    nothing_taken = Taken(equity=usd(500), fx=usd(1))

    answer = RiskProfile(RULES, nothing_taken).assess(trade.plan, trade.plan.levels, {})

    assert isinstance(answer, ApprovedPlan)
    shown = {breach: round(float(shares), 6) for breach, shares in answer.sizing.allowed.items()}
    assert shown == trade.planned_terms
    assert answer.quantity == trade.quantity


@pytest.mark.parametrize(
    ("term", "rules"),
    [
        (Breach.DAILY_LOSS, replace(RULES, daily_loss_cap=usd("7.5"))),
        (Breach.POSITION, replace(RULES, max_position=usd(150))),
        (Breach.EXPOSURE, replace(RULES, max_exposure=usd(150))),
        (Breach.RISK, replace(RULES, risk_per_trade_pct=usd("1.5"))),
    ],
)
def test_the_smallest_term_binds_and_is_floored_to_the_lot(term: Breach, rules: RiskRules) -> None:
    answer = assess(rules=rules)

    assert isinstance(answer, ApprovedPlan)
    assert answer.sizing.bound_by is term
    assert answer.sizing.allowed[term] == usd("7.5")
    assert answer.quantity == 7


def test_an_advice_of_nothing_is_refused_by_what_bound_it() -> None:
    answer = assess(rules=replace(RULES, max_exposure=usd(150)), planned=0)

    assert breaches(answer) == (Breach.EXPOSURE,)


def test_cash_binds_where_nothing_may_be_borrowed() -> None:
    owing = replace(FREE, equity=usd(150))
    plenty = replace(RULES, risk_per_trade_pct=usd(100))

    cash, margin = assess(owing, plenty), assess(owing, replace(plenty, allow_borrowing=True))

    assert [cash.sizing.bound_by, margin.sizing.bound_by] == [Breach.CASH, Breach.POSITION]
    assert [cash.sizing.quantity, margin.sizing.quantity] == [7, 12]
    assert Breach.CASH not in margin.sizing.allowed


def test_fractions_are_floored_to_a_ten_thousandth() -> None:
    answer = assess(rules=replace(RULES, lot=usd("0.0001"), max_position=usd("100.123456")))

    assert isinstance(answer, ApprovedPlan)
    assert answer.quantity == usd("5.0061")
    assert answer.sizing.value == usd("100.122")


def test_with_fractions_less_than_a_share_is_no_breach() -> None:
    tight = replace(RULES, max_position=usd(10))

    assert breaches(assess(rules=tight)) == (Breach.POSITION,)
    assert assess(rules=replace(tight, lot=usd("0.0001"))).sizing.quantity == usd("0.5")


def test_value_and_risk_are_those_of_the_approved_quantity_in_account_currency() -> None:
    answer = assess(replace(FREE, fx=usd("1.25")))

    assert isinstance(answer, ApprovedPlan)
    assert answer.quantity == 12
    assert [answer.sizing.value, answer.sizing.risk] == [192, usd("9.6")]


@pytest.mark.parametrize(
    ("breach", "answer"),
    [
        (Breach.STATE, assess(replace(FREE, state=TradingState.REDUCING))),
        (Breach.STATE, assess(replace(FREE, state=TradingState.HALTED))),
        (Breach.DAILY_LOSS, assess(replace(FREE, day_loss=usd("32.01")))),
        (Breach.DAILY_LOSS, assess(replace(FREE, day_loss=usd(16), open_risk=usd("16.01")))),
        (Breach.POSITION, assess(rules=replace(RULES, max_position=usd("19.99")))),
        (Breach.EXPOSURE, assess(Taken(usd(9_000), usd(1), exposure=usd("480.01")))),
        (Breach.CASH, assess(replace(FREE, exposure=usd("480.01")), LEVERED)),
        (Breach.RISK, assess(rules=replace(RULES, risk_per_trade_pct=usd("0.19")))),
        (Breach.MIN_VALUE, assess(rules=replace(RULES, min_order_value=usd("200.01")))),
        (Breach.CORRELATION, assess(correlations={"NKE": 0.2, "NVDA": 0.700001})),
        (Breach.MAX_ENTRIES, assess(replace(FREE, entries=5))),
        (Breach.MAX_ENTRIES, assess(replace(FREE, entries=1, symbols=frozenset({"ACME"})))),
        (Breach.KID, assess(kid_missing=True)),
        (Breach.GRADE, assess(rules=REFUSED_GRADE, grade=Grade.C)),
    ],
)
def test_each_limit_alone_refuses(breach: Breach, answer: Answer) -> None:
    assert isinstance(answer, RejectedPlan)
    assert answer.breaches == (breach,)


@pytest.mark.parametrize(
    "answer",
    [
        assess(replace(FREE, day_loss=usd(32))),
        assess(rules=replace(RULES, max_position=usd(20))),
        assess(replace(FREE, exposure=usd(480))),
        assess(rules=replace(RULES, risk_per_trade_pct=usd("0.2"))),
        assess(rules=replace(RULES, min_order_value=usd(200))),
        assess(correlations={"NKE": 0.7, "NVDA": None, "RTX": -0.99}),
        assess(replace(FREE, entries=4, symbols=frozenset({"NKE"}))),
        assess(rules=REFUSED_GRADE, grade=Grade.B),
    ],
    ids=["daily", "position", "exposure", "risk", "value", "correlation", "entries", "grade"],
)
def test_each_limit_admits_at_its_edge(answer: Answer) -> None:
    assert isinstance(answer, ApprovedPlan)
    assert answer.quantity > 0


def test_a_refusal_names_every_broken_limit_in_the_order_of_the_strategy() -> None:
    spent = Taken(
        equity=usd(5),
        fx=usd(1),
        exposure=usd(500),
        day_loss=usd(33),
        entries=5,
        state=TradingState.HALTED,
    )
    rules = replace(REFUSED_GRADE, max_position=usd(10), min_order_value=usd(1))

    answer = assess(spent, rules, correlations={"NKE": 0.9}, kid_missing=True, grade=Grade.C)

    expected = [breach for breach in Breach if breach is not Breach.MIN_VALUE]
    assert list(breaches(answer)) == expected


def test_an_order_too_small_for_the_broker_is_named_after_the_terms() -> None:
    rules = replace(REFUSED_GRADE, min_order_value=usd(1_000))

    answer = assess(replace(FREE, entries=5), rules, correlations={"NKE": 0.9}, grade=Grade.C)

    assert breaches(answer) == (
        Breach.MIN_VALUE,
        Breach.CORRELATION,
        Breach.MAX_ENTRIES,
        Breach.GRADE,
    )


def test_the_binding_quantity_is_never_above_the_planned_one() -> None:
    assert assess().sizing.quantity == 10
    assert assess(planned=4).sizing.quantity == 4
    assert assess(planned=11).sizing.quantity == 10


amounts = st.decimals(0, 1_000, places=2)
takens = st.builds(
    Taken,
    equity=st.decimals(1, 5_000, places=2),
    fx=st.sampled_from([Decimal(1), Decimal("1.0837"), Decimal("0.75")]),
    exposure=amounts,
    day_loss=st.decimals(0, 40, places=2),
    open_risk=st.decimals(0, 40, places=2),
)
lots = st.sampled_from([Decimal(1), Decimal("0.0001")])
longs = st.tuples(st.integers(200, 30_000), st.integers(1, 900)).map(
    lambda pair: levels(
        Decimal(pair[0]) / 100, Decimal(max(1, pair[0] - pair[1])) / 100, Decimal(pair[0]) / 50
    )
)


@given(taken=takens, at=longs, lot=lots)
def test_approval_never_risks_more_than_the_day_may_still_lose(
    taken: Taken, at: Levels, lot: Decimal
) -> None:
    answer = assess(taken, replace(RULES, lot=lot), at=at)

    if isinstance(answer, ApprovedPlan):
        sizing, noise = answer.sizing, Decimal("1e-20")
        assert taken.day_loss + taken.open_risk + sizing.risk <= RULES.daily_loss_cap + noise
        assert taken.exposure + sizing.value <= min(RULES.max_exposure, taken.equity) + noise
        assert sizing.value <= RULES.max_position + noise
        assert sizing.risk <= taken.equity / 50 + noise
        assert sizing.quantity >= lot


@given(taken=takens, at=longs, lot=lots, more=amounts)
def test_a_larger_bankroll_never_buys_less(
    taken: Taken, at: Levels, lot: Decimal, more: Decimal
) -> None:
    rules = replace(RULES, lot=lot)

    poor = assess(taken, rules, at=at)
    rich = assess(replace(taken, equity=taken.equity + more), rules, at=at)

    assert rich.sizing.quantity >= poor.sizing.quantity
    assert set(breaches(rich)) <= set(breaches(poor))


def test_advice_says_what_is_approved_and_what_still_fits_after_the_better_ones() -> None:
    yes = PlanAdvised(an_approval(MRNA.plan, 9), (Breach.EXPOSURE,))
    no = PlanAdvised(assess(replace(FREE, entries=5)))

    assert (yes.is_approved, yes.breaches, yes.plan.symbol) == (True, (), "MRNA")
    assert yes.payload()["cumulative"] == ["exposure"]
    assert (no.is_approved, no.payload()["breaches"]) == (False, ["max_entries"])


def test_a_binding_answer_records_every_term_and_what_was_taken() -> None:
    answer = RiskProfile(RULES, ORCL.taken).assess(ORCL.plan, ORCL.bound, ORCL.correlations)
    assert isinstance(answer, ApprovedPlan)

    payload = PlanApproved(answer, "stop", 30).payload()

    assert (payload["plan_id"], payload["kind"], payload["minute"]) == ("plan-ORCL", "stop", 30)
    assert [payload[name] for name in ("trigger", "stop", "target", "quantity")] == [
        usd("190.91"),
        usd("185.19"),
        usd("208.09"),
        1,
    ]
    assert payload["correlations"] == {"NKE": 0.03701}
    assert canonical(plain(payload["allowed"])).startswith('{"cash":1.385144833,')


def test_a_binding_refusal_records_the_broken_limits() -> None:
    answer = RiskProfile(RULES, replace(NKE.taken, entries=5)).assess(NKE.plan, NKE.bound, {})
    assert isinstance(answer, RejectedPlan)

    payload = PlanRejected(answer, "market", 0).payload()

    assert (payload["kind"], payload["minute"]) == ("market", 0)
    assert (payload["symbol"], payload["breaches"]) == ("NKE", ["max_entries"])
