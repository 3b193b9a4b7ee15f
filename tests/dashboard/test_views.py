"""Every page, drawn from the small day, from nothing, and while nobody answers."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fin_agent.entrypoints.api.models import commands, journal, log, scan, system, trading
from fin_agent.entrypoints.api.models.base import Page
from fin_agent.entrypoints.dashboard.client import Client, Kept
from fin_agent.entrypoints.dashboard.pages import VIEWS
from fin_agent.entrypoints.dashboard.views.journal import _newer
from tests.dashboard.answers import PERFORMANCE, answers
from tests.dashboard.documents import SCAN, a_status
from tests.dashboard.fake_wire import CONTROL_TOKEN, FakeWire

_S = 60


def page(render: "Callable[[Client], None]", client: "Client") -> None:
    render(client)  # AppTest runs this text alone: no other name is known in it


def drawn(path: str, wire: FakeWire, *, unlocked: bool = False) -> tuple[AppTest, Client]:
    client = Client(wire)
    client.control_token = CONTROL_TOKEN if unlocked else None
    render = next(view.render for view in VIEWS if view.path == path)
    test = AppTest.from_function(page, kwargs={"render": render, "client": client})
    return test.run(timeout=_S), client


def said(test: AppTest) -> str:
    """Everything that the page says, as it is sent to the browser."""
    return "\n".join(_texts(test._tree))


def _texts(block: Any) -> list[str]:
    found = []
    for child in getattr(block, "children", {}).values():
        found += [*_texts(child), str(getattr(child, "proto", ""))]
    return found


def _html(block: Any) -> list[str]:
    found = []
    for child in getattr(block, "children", {}).values():
        found += _html(child)
        if getattr(child, "type", "") == "html":
            found.append(child.proto.body)
    return found


PATHS = [view.path for view in VIEWS]
SHOW_IT = {"today", "pre-mortem", "system"}


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_drawn_from_the_day(path: str) -> None:
    test, _ = drawn(path, FakeWire())

    assert not test.exception
    assert test.title[0].value == next(view.title for view in VIEWS if view.path == path)


@pytest.mark.parametrize("path", PATHS)
def test_no_text_from_outside_becomes_markup(path: str) -> None:
    test, _ = drawn(path, FakeWire())

    pages = _html(test._tree)
    assert any("&lt;img src=x" in html for html in pages) or path not in SHOW_IT
    for read in (*test.markdown, *test.caption, *test.subheader, *test.title):
        assert "](javascript" not in read.value
        assert "<img src=x" not in read.value
    for kind in ("info", "warning", "error", "success", "expander"):
        assert not any("](javascript" in str(found.proto) for found in test.get(kind))
    assert not any("<img" in html for html in pages)


def nothing() -> dict[str, Any]:
    """A new data directory: no scan, no trade, no event."""
    session: Any = {"session_date": None, "phase": "none", "state": "ACTIVE"}
    none: Any = {"items": [], "count": 0, "next_cursor": None}
    figures = PERFORMANCE.figures.model_copy(
        update={"trades": 0, "win_rate": None, "expectancy_r": None}
    )
    return {
        "/v1/status": a_status(errors=[], positions=[], orders=[], session=None, database=None),
        "/v1/scans": Page[scan.Scan](**none),
        "/v1/plans": scan.Plans(**none, **session),
        "/v1/orders": trading.Orders(**none, **session),
        "/v1/positions": trading.Positions(**none, **session),
        "/v1/fills": trading.Fills(**none),
        "/v1/premortem": scan.PreMortem(
            session_date=None,
            plans=0,
            loss_at_stops=0,
            loss_at_gaps=None,
            daily_loss_cap=33,
            effective_bets=None,
            unknown_correlations=0,
            binds_first=None,
            limits=[],
            events_today=[],
            missing=[],
        ),
        "/v1/journal": journal.Journal(**none, run="live"),
        "/v1/performance": PERFORMANCE.model_copy(update={"figures": figures, "equity": []}),
        "/v1/backtests": commands.Backtests(items=[], count=0),
        "/v1/quotas": Page[system.Quota](**none),
        "/v1/dead-letters": log.DeadLetters(**none),
        "/v1/events": log.Events(**none, last_seq=0),
        "/v1/health/doctor": answers()["/v1/health/doctor"],
        "/v1/settings": answers()["/v1/settings"],
        "/v1/logs": system.LogTail(file=None, lines=[]),
    }


NEXT_STEPS = {
    "today": "the Live page can scan now",
    "why-not": "the Live page can scan now",
    "live": "They come with the scan",
    "pre-mortem": "This page fills with the scan",
    "journal": "Trades come here by themselves",
    "performance": "Look again after a session",
    "backtest": "Start one above",
    "system": "make room",
}


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_page_says_what_to_do_next(path: str) -> None:
    test, _ = drawn(path, FakeWire(nothing()))

    assert not test.exception
    assert NEXT_STEPS[path] in said(test)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_without_an_agent_says_how_to_start_it(path: str) -> None:
    wire = FakeWire()
    wire.is_there = False

    test, _ = drawn(path, wire)

    assert not test.exception
    if path != "backtest":
        assert "fin-agent run" in said(test)


def test_old_data_is_shown_with_its_age_while_the_agent_restarts() -> None:
    now = [100.0]
    wire = FakeWire()
    client = Client(wire, Kept(lambda: now[0]))
    render = next(view.render for view in VIEWS if view.path == "live")
    test = AppTest.from_function(page, kwargs={"render": render, "client": client}).run(timeout=_S)
    wire.is_there, now[0] = False, 112.0

    test.run(timeout=_S)

    assert "from 12 s ago" in said(test)
    assert "AXLO" in said(test)


def test_a_missing_value_is_a_dash_with_its_reason() -> None:
    test, _ = drawn("performance", FakeWire())

    assert "no losing trade to divide by" in said(test)


def test_the_nearest_miss_names_the_change_that_would_have_admitted_it() -> None:
    test, _ = drawn("why-not", FakeWire())

    test.text_input(key="why-symbol").input("holmq").run(timeout=_S)

    assert not test.exception
    assert "ordinary volume" in said(test)
    assert "rvol" in said(test)


def test_another_scan_is_shown_when_it_is_chosen() -> None:
    wire = FakeWire()
    older = SCAN.model_copy(update={"session_date": date(2026, 3, 2)})
    wire.documents["/v1/scans"] = Page[scan.Scan](items=[SCAN, older], count=2, next_cursor=None)
    test, _ = drawn("why-not", wire)

    test.selectbox(key="why-scan").select_index(1).run(timeout=_S)

    assert wire.asked[-1].query["session_date"] == "2026-03-02"


def test_a_scan_asked_for_by_hand_can_be_chosen_and_is_never_the_first() -> None:
    wire = FakeWire()
    own = SCAN.model_copy(update={"scan_id": "asked-1", "origin": "on_demand"})
    wire.documents["/v1/scans"] = Page[scan.Scan](items=[own, SCAN], count=2, next_cursor=None)
    test, _ = drawn("today", wire)
    assert not any("scan_id" in question.query for question in wire.asked)

    chosen = test.selectbox(key="today-scan")
    assert "asked for by hand" in chosen.options[0]
    chosen.select_index(0).run(timeout=_S)

    by_id = {q.path for q in wire.asked if q.query.get("scan_id") == "asked-1"}
    assert by_id == {"/v1/candidates", "/v1/plans", "/v1/verdicts"}


def test_providers_are_asked_when_somebody_wants_to_know() -> None:
    wire = FakeWire()
    test, _ = drawn("system", wire)
    test.session_state["system-tab"] = "Providers"
    assert "not asked" in said(test.run(timeout=_S))
    doctor = answers()["/v1/health/doctor"]
    assert isinstance(doctor, system.Doctor)
    able = doctor.capabilities[0].model_copy(update={"works": {"prices": True, "news": False}})
    wire.documents["/v1/health/doctor"] = doctor.model_copy(update={"capabilities": [able]})

    test.button(key="ask-providers").click().run(timeout=_S)

    assert [q.query for q in wire.asked if q.query.get("outside")] == [{"outside": "true"}]
    assert "prices, news: NO" in said(test)


@pytest.mark.parametrize(("fewer", "offers"), [(0, False), (1, True)])
def test_trades_that_came_since_are_offered_and_not_pushed_under_the_notes(
    fewer: int, offers: bool
) -> None:
    client = Client(FakeWire())
    found = client.read_all(journal.Journal, "/v1/journal", {}).value
    assert found is not None

    def newer(client: Client) -> None:
        _newer(client, {}, len(found.items) - fewer)

    test = AppTest.from_function(page, kwargs={"render": newer, "client": client}).run(timeout=_S)

    assert [button.label for button in test.button] == (["Show 1 newer trade"] if offers else [])
