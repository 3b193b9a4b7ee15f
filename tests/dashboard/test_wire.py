"""What any wire does: the real one over a real port, and the fake one of the page tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from socket import create_server
from threading import Thread

import pytest

from fin_agent.entrypoints.api.models.status import Status
from fin_agent.entrypoints.dashboard.wire import (
    HttpWire,
    Question,
    Refused,
    Unreachable,
    WirePort,
)
from tests.dashboard.fake_agent import served
from tests.dashboard.fake_wire import CONTROL_TOKEN, READ_TOKEN, FakeWire

HALT = Question("/v1/halt", {}, b'{"reason": "test"}', "key-1")


@pytest.fixture
def fake() -> FakeWire:
    return FakeWire()


@pytest.fixture(params=["fake", "http"])
def wire(request: pytest.FixtureRequest, fake: FakeWire) -> Iterator[WirePort]:
    with ExitStack() as held:
        if request.param == "fake":
            yield fake
        else:
            yield HttpWire(held.enter_context(served(fake)), lambda: READ_TOKEN)


def test_a_known_path_is_answered_with_its_document(wire: WirePort) -> None:
    found = Status.model_validate_json(wire.ask(Question("/v1/status", {})))

    assert found.state == "ACTIVE"


def test_the_query_arrives(wire: WirePort, fake: FakeWire) -> None:
    wire.ask(Question("/v1/journal/export", {"kind": "csv", "tag": "a b&c"}))

    assert fake.asked[-1].query == {"kind": "csv", "tag": "a b&c"}


def test_an_unknown_path_is_refused_with_a_remedy(wire: WirePort) -> None:
    with pytest.raises(Refused, match="nothing of that name") as refused:
        wire.ask(Question("/v1/nothing", {}))

    assert refused.value.remedy == "look at /docs"
    assert refused.value.status == 404


def test_the_reading_token_cannot_act(wire: WirePort, fake: FakeWire) -> None:
    with pytest.raises(Refused, match="may not"):
        wire.ask(HALT, READ_TOKEN)

    assert fake.done == []


def test_the_same_key_does_nothing_twice(wire: WirePort, fake: FakeWire) -> None:
    first, second = (wire.ask(HALT, CONTROL_TOKEN) for _ in range(2))

    assert first == second
    assert [question.body for question in fake.done] == [HALT.body]


def test_an_act_without_a_key_is_refused(wire: WirePort) -> None:
    with pytest.raises(Refused, match="Idempotency-Key"):
        wire.ask(Question("/v1/halt", {}, b"{}"), CONTROL_TOKEN)


def test_nobody_there_is_unreachable() -> None:
    with create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    wire = HttpWire(f"http://127.0.0.1:{port}", lambda: READ_TOKEN)

    with pytest.raises(Unreachable, match="Connection refused"):
        wire.ask(Question("/v1/status", {}))


def test_a_mute_agent_is_unreachable_after_the_time_out() -> None:
    with create_server(("127.0.0.1", 0)) as mute:
        wire = HttpWire(f"http://127.0.0.1:{mute.getsockname()[1]}", lambda: READ_TOKEN)

        with pytest.raises(Unreachable, match="timed out"):
            wire.ask(Question("/v1/status", {}, timeout_s=0.2))


@pytest.mark.parametrize(
    "bytes_sent", [b"no http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_half_an_answer_is_none(bytes_sent: bytes) -> None:
    with create_server(("127.0.0.1", 0)) as broken:

        def answer() -> None:
            line, _ = broken.accept()
            with line:
                line.recv(4096)
                line.sendall(bytes_sent)

        thread = Thread(target=answer)
        thread.start()
        wire = HttpWire(f"http://127.0.0.1:{broken.getsockname()[1]}", lambda: READ_TOKEN)
        with pytest.raises(Unreachable):
            wire.ask(Question("/v1/status", {}))
        thread.join()


def test_a_refusal_that_is_no_problem_document_is_told_by_its_status() -> None:
    with create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            line, _ = other.accept()
            with line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops")

        thread = Thread(target=answer)
        thread.start()
        wire = HttpWire(f"http://127.0.0.1:{other.getsockname()[1]}", lambda: READ_TOKEN)
        with pytest.raises(Refused, match="502 Bad Gateway"):
            wire.ask(Question("/v1/status", {}))
        thread.join()


def test_before_there_is_a_token_the_agent_is_to_be_started() -> None:
    with pytest.raises(Unreachable, match="fin-agent run"):
        HttpWire("http://127.0.0.1:1", lambda: None).ask(Question("/v1/status", {}))
