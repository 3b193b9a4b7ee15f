"""Buttons: off until the token is entered, typed words where money moves, once for two clicks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fin_agent.entrypoints.api.models import commands
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.note_editor import changed
from fin_agent.entrypoints.dashboard.frame import show
from fin_agent.entrypoints.dashboard.pages import VIEWS
from fin_agent.entrypoints.dashboard.views.backtest import asked_of
from tests.dashboard.documents import DAY, LOST, TRADE, a_status
from tests.dashboard.fake_wire import CONTROL_TOKEN, FakeWire
from tests.dashboard.test_views import _S, drawn, page, said


def body_of(wire: FakeWire, place: int = -1) -> Any:
    body = wire.done[place].body
    assert body is not None
    return json.loads(body)


def by_hand() -> FakeWire:
    """An agent whose orders a person carries to the broker."""
    wire = FakeWire()
    wire.documents["/v1/status"] = a_status(broker="manual")
    return wire


def paths(wire: FakeWire) -> list[str]:
    return [question.path for question in wire.done]


@pytest.mark.parametrize("key", ["scan", "second", "halt"])
def test_a_button_is_off_before_the_token_is_entered(key: str) -> None:
    test, _ = drawn("live", FakeWire())

    assert test.button(key=key).disabled


def test_halt_is_one_click() -> None:
    wire = FakeWire()
    test, _ = drawn("live", wire, unlocked=True)

    test.button(key="halt").click().run(timeout=_S)

    assert paths(wire) == ["/v1/halt"]


def test_a_second_click_does_nothing_a_second_time() -> None:
    wire = FakeWire()
    test, _ = drawn("live", wire, unlocked=True)

    for _ in range(2):
        test.button(key="scan").click().run(timeout=_S)

    assert paths(wire) == ["/v1/scans"]
    posts = [question for question in wire.asked if question.body is not None]
    assert len({question.key for question in posts}) == 1


def test_a_click_that_nobody_answered_is_asked_again_with_its_key() -> None:
    wire = FakeWire()
    test, _ = drawn("live", wire, unlocked=True)
    wire.is_there = False
    test.button(key="halt").click().run(timeout=_S)
    wire.is_there = True

    test.button(key="halt").click().run(timeout=_S)

    posts = [question for question in wire.asked if question.body is not None]
    assert len(posts) == 2
    assert posts[0].key == posts[1].key


def test_flat_needs_the_typed_word() -> None:
    wire = FakeWire()
    test, _ = drawn("live", wire, unlocked=True)

    test.text_input(key="flat-word").input("yes")
    test.button(key="flat").click().run(timeout=_S)
    assert wire.done == []
    assert "type FLAT" in said(test)

    test.text_input(key="flat-word").input("flat")
    test.button(key="flat").click().run(timeout=_S)
    assert paths(wire) == ["/v1/flat"]
    assert body_of(wire)["confirm"] == "FLAT"


def test_resume_needs_the_typed_word_and_a_reason() -> None:
    wire = FakeWire()
    test, _ = drawn("live", wire, unlocked=True)

    test.text_input(key="resume-word").input("RESUME")
    test.text_input(key="resume-why").input(" ")
    test.button(key="resume").click().run(timeout=_S)
    assert wire.done == []

    test.text_input(key="resume-why").input("it was a feed problem")
    test.button(key="resume").click().run(timeout=_S)
    assert body_of(wire) == {"reason": "it was a feed problem"}


def test_what_is_not_finished_is_not_called_done() -> None:
    left = commands.Acted(done=False, state="HALTED", open={"AXLO": "9"}, agent=None)
    wire = FakeWire(done={"/v1/flat": left})
    client = Client(wire)
    client.control_token = CONTROL_TOKEN

    test = AppTest.from_function(whole, kwargs={"show": show, "client": client}).run(timeout=_S)
    render = next(view.render for view in VIEWS if view.path == "live")
    test = AppTest.from_function(page, kwargs={"render": render, "client": client}).run(timeout=_S)
    test.text_input(key="flat-word").input("FLAT")
    test.button(key="flat").click().run(timeout=_S)

    words, ok = test.session_state["fa_told"]
    assert not ok
    assert "AXLO 9" in words


def whole(show: "Callable[[Client], None]", client: "Client") -> None:
    show(client)


def test_the_frame_shows_state_and_errors_and_takes_the_token() -> None:
    client = Client(FakeWire())
    test = AppTest.from_function(whole, kwargs={"show": show, "client": client}).run(timeout=_S)

    assert not test.exception
    assert "ACTIVE: entries are allowed" in said(test)
    assert "cap used 22 %" in said(test)

    test.text_input[0].input(CONTROL_TOKEN)
    next(button for button in test.button if button.label == "Unlock").click().run(timeout=_S)
    assert client.control_token == CONTROL_TOKEN

    test.button(key="lock").click().run(timeout=_S)
    assert client.control_token is None


def test_weights_of_the_next_scan_are_set() -> None:
    wire = FakeWire()
    test, _ = drawn("system", wire, unlocked=True)
    test.session_state["system-tab"] = "Settings"
    test.run(timeout=_S)
    sliders = [found for found in test.slider if found.key and "volatility" in found.key]

    sliders[0].set_value(0.8)
    test.button(key="weights").click().run(timeout=_S)

    assert body_of(wire)["weights"] == {"volatility": 0.8, "catalyst": 0.6}


def test_a_fill_by_hand_is_recorded_after_the_typed_word() -> None:
    wire = by_hand()
    test, _ = drawn("journal", wire, unlocked=True)
    for key, text in (("fill-order", "AXLO"), ("fill-shares", "9"), ("fill-price", "28.52")):
        test.text_input(key=key).input(text)
    test.button(key="fill").click().run(timeout=_S)
    assert wire.done == []

    test.text_input(key="fill-word").input("fill")
    test.button(key="fill").click().run(timeout=_S)

    assert body_of(wire) == {
        "order": "AXLO",
        "quantity": "9",
        "price": "28.52",
        "cancelled": False,
    }


def test_a_broker_that_tells_its_fills_needs_none_by_hand() -> None:
    test, _ = drawn("journal", FakeWire(), unlocked=True)

    assert "tells its fills itself" in said(test)
    assert not [field for field in test.text_input if field.key == "fill-word"]


@pytest.mark.parametrize(
    ("order", "shares", "price", "told"),
    [
        ("", "9", "28", "Name the order"),
        ("AXLO", "nine", "28", "are numbers"),
        ("AXLO", "9", "", "quantity and price belong together"),
        ("AXLO", "", "", "say quantity and price, or cancelled"),
    ],
)
def test_a_fill_that_says_too_little_is_not_sent(
    order: str, shares: str, price: str, told: str
) -> None:
    wire = by_hand()
    test, _ = drawn("journal", wire, unlocked=True)
    for key, text in (("order", order), ("shares", shares), ("price", price), ("word", "FILL")):
        test.text_input(key=f"fill-{key}").input(text)

    test.button(key="fill").click().run(timeout=_S)

    assert wire.done == []
    assert told in said(test)


def test_edited_rows_become_notes() -> None:
    edits = {0: {"own grade": "A"}, 1: {"tag": "early", "note": "entered too early"}}

    asked = changed([LOST, TRADE], edits)

    assert [(trade, note.grade, note.tag) for trade, note in asked] == [
        ("t2", "A", ""),
        ("t1", "B", "early"),
    ]
    assert [note.text for _, note in asked] == ["grade A", "entered too early"]


def test_a_row_that_is_edited_back_is_no_note() -> None:
    assert changed([LOST, TRADE], {1: {"own grade": "B", "tag": "late"}}) == []


def test_a_backtest_is_asked_for_with_its_symbols() -> None:
    found = asked_of(DAY, DAY, "daily", "axlo, breva ,")

    assert isinstance(found, commands.BacktestAsked)
    assert found.symbols == ["AXLO", "BREVA"]


@pytest.mark.parametrize(
    ("first", "last", "symbols"), [(None, DAY, ""), (DAY, None, ""), (DAY, DAY, "<b>")]
)
def test_an_impossible_backtest_is_told_in_words(first: object, last: object, symbols: str) -> None:
    assert isinstance(asked_of(first, last, "daily", symbols), str)
