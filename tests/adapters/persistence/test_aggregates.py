"""Every aggregate written and read back is equal: a restart folds what the process had."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.persistence.documents import (
    EXITS,
    FILLS,
    INTENTS,
    advice_read,
    advice_written,
    read,
    written,
)
from fin_agent.adapters.persistence.rows import fill_row
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import Fill, OrderIntent, OrderState
from fin_agent.domain.risk import (
    ApprovedPlan,
    Breach,
    PlanAdvised,
    RejectedPlan,
    RiskProfile,
    RiskRules,
    Taken,
)
from fin_agent.testing.builders import (
    OPEN,
    a_candidate,
    a_fill,
    a_headline,
    a_plan,
    an_approval,
    an_intent,
    levels,
    usd,
)
from tests.adapters.persistence.stored_events import a_store

MONEY = st.decimals("0.00000001", 10**9, places=8)
SHARES = st.decimals("0.0001", 10**6, places=4)
TIMES = st.integers(0, 10**10).map(lambda us: OPEN + timedelta(microseconds=us))
MAYBE = st.one_of(st.none(), TIMES)


TEXTS = st.lists(st.text(max_size=40), max_size=2)


@st.composite
def plans(draw: Any) -> Any:
    """Plans whose candidates know much or little."""
    candidate = a_candidate(
        atr14=draw(st.one_of(st.none(), st.floats(0.01, 100))),
        adv=draw(st.one_of(st.none(), st.floats(1, 1e12))),
        composite=draw(st.floats(0, 100)),
        headlines=[a_headline(draw(st.text(max_size=40)), sentiment=0.25)]
        * draw(st.integers(0, 2)),
        degraded=draw(st.lists(st.text(max_size=8), max_size=2)),
    )
    return a_plan(candidate, at=levels())


@st.composite
def intents(draw: Any) -> OrderIntent:
    made = an_intent(draw(st.sampled_from(OrderKind)), draw(SHARES), plan=draw(plans()))
    return replace(
        made,
        state=draw(st.sampled_from(OrderState)),
        send_count=draw(st.integers(0, 9)),
        filled=draw(SHARES),
        broker_id=draw(st.one_of(st.none(), st.text(max_size=40))),
        sent_at=draw(MAYBE),
    )


@st.composite
def exits(draw: Any) -> ExitIntent:
    return ExitIntent(
        draw(st.text(min_size=1, max_size=48)),
        "fa-entry",
        "AAA",
        draw(SHARES),
        draw(st.text(max_size=20)),
        draw(TIMES),
        draw(st.sampled_from(OrderState)),
        generation=draw(st.integers(1, 99)),
        send_count=draw(st.integers(0, 9)),
        filled=draw(SHARES),
        sent_at=draw(MAYBE),
        stop=draw(st.one_of(st.none(), MONEY)),
        target=draw(st.one_of(st.none(), MONEY)),
    )


FILL = st.builds(
    Fill,
    st.text(min_size=1, max_size=48),
    st.just("AAA"),
    SHARES,
    MONEY,
    TIMES,
    st.integers(-330, 390),
    st.text(max_size=20),
    st.booleans(),
    MONEY,
    st.booleans(),
    st.text(max_size=48),
    SHARES,
)


@given(intents())
def test_an_entry(intent: OrderIntent) -> None:
    assert read(INTENTS, written(INTENTS, intent), "it") == intent


@given(exits())
def test_an_exit(exit_: ExitIntent) -> None:
    assert read(EXITS, written(EXITS, exit_), "it") == exit_


@given(FILL)
def test_a_fill(fill: Fill) -> None:
    assert read(FILLS, written(FILLS, fill), "it") == fill


def refused() -> RejectedPlan:
    answer = RiskProfile(RiskRules(), Taken(equity=Decimal(1), fx=Decimal(1))).assess(
        a_plan(at=levels()), levels(), {"BBB": 0.9, "CCC": None}
    )
    assert isinstance(answer, RejectedPlan)
    return answer


@pytest.mark.parametrize("cumulative", [(), (Breach.CASH, Breach.CORRELATION)])
@pytest.mark.parametrize("assessment", [an_approval, refused])
def test_an_advice(
    assessment: Callable[[], ApprovedPlan | RejectedPlan], cumulative: tuple[Breach, ...]
) -> None:
    advice = PlanAdvised(assessment(), cumulative)

    again = advice_read(advice_written(advice), "it")

    assert again == advice
    assert again.is_approved is advice.is_approved
    assert again.payload() == advice.payload()


@pytest.mark.parametrize("document", ["", "{}", "[]", "null", "+{}", "-[]", "+[1, 2]", "\x00"])
def test_what_is_no_aggregate_is_refused(document: str) -> None:
    with pytest.raises(CorruptData):
        read(INTENTS, document, "order x")
    with pytest.raises(CorruptData):
        advice_read(document, "plan x")


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": usd(6)},
        {"price": usd("10.01")},
        {"reason": "stop"},
        {"exit_id": "fa-exit"},
        {"total": usd(10)},
        {"at": OPEN},
    ],
)
def test_two_executions_that_differ_have_two_ids(change: dict[str, Any]) -> None:
    one = replace(a_fill(5, 10, minute=3), total=usd(5))

    assert fill_row(one, documented=True)[0] == fill_row(replace(one), documented=True)[0]
    assert fill_row(one, documented=True)[0] != fill_row(replace(one, **change), documented=True)[0]


async def test_a_day_comes_back_from_the_file_as_it_was(tmp_path: Path) -> None:
    intent = an_intent(state=OrderState.ACKED)
    day = intent.approved.plan.session_date
    exit_ = ExitIntent("fa-x", intent.client_order_id, intent.symbol, usd(3), "flat", OPEN)
    equal = [replace(a_fill(5, 10, minute=3), total=usd(total)) for total in (5, 10)]
    advice = [PlanAdvised(an_approval()), PlanAdvised(refused(), (Breach.CASH,))]

    async with a_store(tmp_path / "state.db") as store:
        async with store.begin() as work:
            work.save_intent(intent)
            work.save_intent(exit_)
            for fill in (*equal, *equal):
                work.save_fill(fill)
            work.save_advice(advice[0])
            work.save_progress(day, 17)
        found = await store.day(day)

    assert list(found.intents) == [intent]
    assert list(found.exits) == [exit_]
    assert list(found.fills) == equal
    assert list(found.advice) == advice[:1]
    assert found.minute == 17
