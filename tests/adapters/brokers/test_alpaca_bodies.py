"""What is sent is what Alpaca takes: on its tick, inside the collar, never worse than asked."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from fin_agent.adapters.alpaca_wire.bodies import entry_body, exit_body
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.market import Side
from fin_agent.domain.money import tick_size
from fin_agent.domain.plan import Levels, PlanRules, levels_at
from fin_agent.testing.builders import a_candidate
from tests.adapters.brokers.alpaca_worlds import an_entry, an_exit
from tests.broker_simulator import replies

COLLAR = Decimal("1.5")
ENTRIES = st.decimals("0.02", "3000", places=2) | st.decimals("0.02", "0.9999", places=4)
RULES = st.builds(
    PlanRules,
    stop_rule=st.sampled_from(["tighter", "legacy"]),
    target_rule=st.sampled_from(["fixed", "r_multiple", "legacy"]),
    stop_max_pct=st.floats(0.6, 5.0),
    reward_r=st.floats(0.1, 5.0),
    target_pct=st.floats(0.5, 15.0),
)


@st.composite
def drawn_levels(draw: st.DrawFn) -> Levels:
    side = draw(st.sampled_from(Side))
    entry = draw(ENTRIES)
    candidate = a_candidate(price=105.0 if side is Side.LONG else 95.0, atr5=None)
    try:
        return levels_at(candidate, entry, draw(RULES))
    except InvalidValue:  # stop or target falls on the entry's tick: no plan, so no order
        assume(condition=False)
        raise


@given(at=drawn_levels(), kind=st.sampled_from(OrderKind))
def test_every_entry_is_taken_and_stays_inside_its_collar(at: Levels, kind: OrderKind) -> None:
    body: dict[str, Any] = json.loads(json.dumps(entry_body(an_entry(kind, at), COLLAR)))

    assert replies.problem(body) is None
    limit, sign = Decimal(body["limit_price"]), at.side.sign
    assert limit % tick_size(limit) == 0
    assert abs(limit / at.entry - 1) * 100 <= COLLAR + Decimal("1e-9")
    assert (at.target - limit) * sign > 0
    assert (Decimal(body["stop_loss"]["stop_price"]) - at.stop) * sign >= 0
    if kind is not OrderKind.LIMIT:
        assert (limit - at.entry) * sign >= 0  # it can fill at the trigger
    assert body["type"] != "market"


@given(at=drawn_levels(), quantity=st.integers(1, 10**6))
def test_every_way_out_closes_what_is_held(at: Levels, quantity: int) -> None:
    sides = {"sell": Side.LONG, "buy": Side.SHORT}
    exits = [
        an_exit(quantity),
        an_exit(quantity, stop=str(at.stop)),
        an_exit(quantity, stop=str(at.stop), target=str(at.target)),
    ]
    for intent in exits:
        body = json.loads(json.dumps(exit_body(intent, at.side)))

        assert replies.problem(body) is None
        assert sides[body["side"]] is at.side
        assert Decimal(body["qty"]) == quantity
    assert [exit_body(intent, at.side)["type"] for intent in exits] == ["market", "stop", "limit"]


def test_large_and_whole_numbers_have_no_exponent() -> None:
    assert exit_body(an_exit(1_000_000), Side.LONG)["qty"] == "1000000"
