"""The dashboard has words for every name that the agent uses, and units for what it measures."""

import pytest

from fin_agent.domain.gates import RULES
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import Breach
from fin_agent.entrypoints.dashboard.trader_words import (
    change_words,
    fate_words,
    limits,
    measured_words,
    order_words,
    rule_words,
)
from fin_agent.entrypoints.dashboard.words import DASH
from fin_agent.entrypoints.figures.candles import level_names


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_said_in_words(rule: str) -> None:
    assert " " in rule_words(rule)


@pytest.mark.parametrize("state", OrderState)
def test_every_state_of_an_order_is_said_in_words(state: OrderState) -> None:
    assert order_words(state) != state


@pytest.mark.parametrize("limit", Breach)
def test_every_limit_is_said_in_words(limit: Breach) -> None:
    assert limits([limit]) != limit or limit == "cash"


@pytest.mark.parametrize(
    ("fate", "said"),
    [
        ("not filled: order rejected", "ordered, never filled: order rejected"),
        ("refused: exposure, cash", "refused at its trigger: exposure cap, cash"),
        (None, "nothing yet"),
    ],
)
def test_a_fate_is_said_in_words(fate: str | None, said: str) -> None:
    assert fate_words(fate) == said


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        ("gap_min", -1.8913, "-1.89 %"),
        ("relative_volume", 1.5, "1.5 x"),
        ("history", 10.0, "10 bars"),
        ("price_range", 0.1234, "0.1234"),
        ("fx", "no rate", "no rate"),
        ("quote", None, DASH),
        ("halted", True, "yes"),
    ],
)
def test_what_was_measured_has_its_unit(rule: str, value: object, said: str) -> None:
    assert measured_words(rule, value) == said


def test_what_would_have_admitted_a_symbol_names_no_raw_rule() -> None:
    told = change_words("no single change: also fails gap_min, relative_volume")

    assert told == "no single change: also gap too small, ordinary volume"
    assert change_words("price >= 20.81") == "price >= 20.81"


def test_names_of_levels_that_are_near_stand_side_by_side() -> None:
    said = [(10.0, "stop 10.00"), (10.1, "entry 10.10"), (15.0, "target 15.00"), (4.0, "low 4.00")]

    stop, entry, target, low = level_names(said, (9.9, 20.0))

    assert target["xshift"] == entry["xshift"] == 0
    assert stop["xshift"] == -(6 * len("entry 10.10") + 10)
    assert (low["text"], low["y"]) == ("low 4.00 (below)", 9.9)
    assert isinstance(low["xshift"], int)
    assert isinstance(stop["xshift"], int)
    assert low["xshift"] < stop["xshift"]
