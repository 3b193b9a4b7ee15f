"""The client keeps what it was told, says how old it is, and acts only when unlocked."""

import pytest

from fin_agent.entrypoints.api.models.base import Page
from fin_agent.entrypoints.api.models.commands import Acted, HaltAsked
from fin_agent.entrypoints.api.models.scan import Scan, Verdicts
from fin_agent.entrypoints.api.models.status import Health, Status
from fin_agent.entrypoints.dashboard.client import Client, Kept
from fin_agent.entrypoints.dashboard.wire import Question, Refused, WirePort
from tests.dashboard.answers import answers
from tests.dashboard.documents import AXLO, HOLMQ, SCAN, a_status
from tests.dashboard.fake_wire import CONTROL_TOKEN, FakeWire


class Hours:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
def client(wire: FakeWire, hours: Hours) -> Client:
    return Client(wire, Kept(hours))


def test_an_answer_from_now_has_no_age(client: Client) -> None:
    seen = client.read(Status, "/v1/status")

    assert seen.value == a_status()
    assert seen.age_s is None


def test_the_last_answer_is_shown_with_its_age(
    client: Client, wire: FakeWire, hours: Hours
) -> None:
    client.read(Status, "/v1/status")
    wire.is_there, hours.now = False, 90.0

    seen = client.read(Status, "/v1/status")

    assert seen.value == a_status()
    assert seen.age_s == pytest.approx(90.0)
    assert seen.is_unreachable


def test_without_a_last_answer_there_is_none(client: Client, wire: FakeWire) -> None:
    wire.is_there = False

    seen = client.read(Status, "/v1/status")

    assert seen.value is None
    assert seen.is_unreachable


def test_another_query_has_its_own_last_answer(client: Client, wire: FakeWire) -> None:
    client.read(Verdicts, "/v1/verdicts", {"at": "a"})
    wire.is_there = False

    assert client.read(Verdicts, "/v1/verdicts", {"at": "b"}).value is None


def test_the_parts_of_one_look_ask_once(client: Client, wire: FakeWire, hours: Hours) -> None:
    for at in (0.0, 0.3, 2.0):
        hours.now = at
        client.read(Status, "/v1/status")

    assert len(wire.asked) == 2


def test_what_was_done_is_seen_at_once(client: Client, wire: FakeWire) -> None:
    client.control_token = CONTROL_TOKEN
    client.read(Status, "/v1/status")
    wire.documents["/v1/status"] = a_status(state="HALTED")

    client.act(Acted, "/v1/halt", HaltAsked(), "key")

    found = client.read(Status, "/v1/status").value
    assert found is not None
    assert found.state == "HALTED"


def test_only_so_many_answers_are_kept(client: Client, wire: FakeWire) -> None:
    for place in range(200):
        client.read(Verdicts, "/v1/verdicts", {"at": place})
    wire.is_there = False

    kept = [client.read(Verdicts, "/v1/verdicts", {"at": n}).value for n in range(200)]
    assert sum(1 for value in kept if value is not None) == 48


def test_a_refusal_is_told_with_its_remedy(client: Client) -> None:
    seen = client.read(Status, "/v1/nothing")

    assert seen.value is None
    assert seen.problem == "there is nothing of that name; look at /docs"
    assert not seen.is_unreachable


def test_an_answer_of_another_version_is_told_as_that(client: Client, wire: FakeWire) -> None:
    wire.documents["/v1/status"] = Health()

    seen = client.read(Status, "/v1/status")

    assert seen.value is None
    assert "different versions" in (seen.problem or "")


class PagedWire(WirePort):
    """Two pages of verdicts."""

    def ask(self, question: Question, token: str | None = None) -> bytes:
        rows, cursor = ([AXLO], "1") if "cursor" not in question.query else ([HOLMQ], None)
        page = answers()["/v1/verdicts"].model_copy(update={"items": rows, "next_cursor": cursor})
        return page.model_dump_json().encode()


def test_all_pages_are_one_list() -> None:
    found = Client(PagedWire()).read_all(Verdicts, "/v1/verdicts").value

    assert found is not None
    assert [verdict.symbol for verdict in found.items] == ["AXLO", "HOLMQ"]
    assert found.count == 2
    assert found.next_cursor is None


def test_a_page_of_scans_is_read(client: Client) -> None:
    found = client.read(Page[Scan], "/v1/scans").value

    assert found is not None
    assert found.items == [SCAN]


def test_nothing_is_done_before_the_token_is_entered(client: Client, wire: FakeWire) -> None:
    with pytest.raises(Refused, match="control token"):
        client.act(Acted, "/v1/halt", HaltAsked(), "key")

    assert wire.asked == []
