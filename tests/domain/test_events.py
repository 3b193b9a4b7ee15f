"""One fact has one text, one identifier and one place in the chain, on every machine."""

import json
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.errors import ConfigError, FinAgentError
from fin_agent.domain.events import (
    GENESIS,
    Event,
    canonical,
    chained,
    derived_id,
    hashed_id,
    plain,
    significant,
)
from fin_agent.testing.builders import DAY, OPEN


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (7, "7"),
        ("a", '"a"'),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.3333333333"),
        (123456789.123456789, "123456789.1"),
        (1e300, "1e+300"),
        (Decimal("25.2900"), '"25.29"'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal("0.00"), '"0"'),
        (Decimal("-7.9632"), '"-7.9632"'),
        (OPEN, '"2025-03-12T09:30:00-04:00"'),
        (DAY, '"2025-03-12"'),
        (Colour.RED, '"red"'),
        ((1, 0.5), "[1,0.5]"),
        ([Decimal(1), None], '["1",null]'),
        ({"b": 1, "a": (2.0,)}, '{"a":[2.0],"b":1}'),
        ({Colour.RED: {1: DAY}}, '{"red":{"1":"2025-03-12"}}'),
        (MappingProxyType({"b": 0.1 + 0.2}), '{"b":0.3}'),
    ],
)
def test_a_value_has_one_canonical_text(value: object, text: str) -> None:
    assert canonical(plain(value)) == text


def test_the_canonical_text_knows_decimals_and_times_at_any_depth() -> None:
    payload = {"b": [{"at": OPEN}], "a": {"price": Decimal("25.290")}, "side": Colour.RED}

    assert canonical(payload) == canonical(plain(payload))


class Point(tuple[int, int]):
    __slots__ = ()


def test_a_kind_of_tuple_is_a_list() -> None:
    assert plain(Point((1, 2))) == [1, 2]


@pytest.mark.parametrize("value", [{1, 2}, object(), 1j, b"bytes"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        plain(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_is_no_payload(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(plain({"price": value}))


def test_only_floats_are_cut_at_ten_significant_digits() -> None:
    assert significant(1.23456789012345) == 1.23456789
    assert significant(Decimal("1.23456789012345")) == Decimal("1.23456789012345")
    assert significant("1.23456789012345") == "1.23456789012345"
    assert significant(None) is None


@given(st.floats(-1e300, 1e300, allow_subnormal=False))
def test_cutting_twice_is_cutting_once(value: float) -> None:
    assert significant(significant(value)) == significant(value)
    assert significant(value) == pytest.approx(value, rel=1e-9)


names = st.sampled_from(["a", "b", "symbol", "\u00fc"])
leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-1e9, 1e9) | names
trees = leaves | st.lists(leaves, max_size=3) | st.dictionaries(names, leaves, max_size=3)


@given(st.dictionaries(names, trees))
def test_the_order_of_keys_does_not_matter(payload: dict[str, object]) -> None:
    turned = dict(reversed(payload.items()))

    assert canonical(plain(payload)) == canonical(plain(turned))
    assert canonical(plain(payload)) == json.dumps(
        plain(payload), sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    assert json.loads(canonical(plain(payload))) == plain(payload)


def test_an_identifier_is_the_hash_of_what_it_names() -> None:
    made = derived_id("paper", DAY, "ACME", 1)

    assert made == derived_id("paper", DAY, "ACME", 1)
    assert made == hashed_id(f"paper|{DAY}|ACME|1")
    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")
    assert made != derived_id("paper", DAY, "ACME", 2)
    assert made != derived_id("paper", DAY + timedelta(days=1), "ACME", 1)


def test_the_chain_depends_on_every_line_and_their_order() -> None:
    head = chained(chained(GENESIS, "one"), "two")

    assert len(GENESIS) == len(head) == 64
    assert head == chained(chained(GENESIS, "one"), "two")
    assert head != chained(chained(GENESIS, "two"), "one")
    assert head != chained(chained(GENESIS, "one"), "two ")


def an_event(payload: str, account: str = "paper") -> Event:
    return Event(f"id of {account}", "PlanApproved", DAY, account, OPEN, payload)


def test_the_hashed_line_names_neither_account_nor_identifier() -> None:
    line = an_event('{"a":1}').line

    assert line == (
        '{"at":"2025-03-12T09:30:00-04:00","payload":{"a":1},"type":"PlanApproved","v":1}'
    )
    assert line == an_event('{"a":1}', account="live").line
    assert line != an_event('{"a":2}').line


def test_a_configuration_error_tells_every_problem_at_once() -> None:
    error = ConfigError(["scan.top_n: must be positive", "fx: unknown key"])

    assert error.problems == ("scan.top_n: must be positive", "fx: unknown key")
    assert str(error) == "scan.top_n: must be positive; fx: unknown key"
    assert isinstance(error, FinAgentError)
