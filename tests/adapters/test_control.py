"""The control folder: the flag, requests and answers, whatever lies in it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fin_agent.adapters.control import FolderControl, FolderDesk
from fin_agent.domain.control import Act
from fin_agent.domain.errors import StateUnavailable

AT = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)


def ends(folder: Path) -> tuple[FolderDesk, FolderControl]:
    return FolderDesk(folder), FolderControl(folder)


def test_the_flag_holds_while_it_is_there(tmp_path: Path) -> None:
    desk, control = ends(tmp_path)
    assert control.kill_reason() is None

    desk.halt("I saw something")
    assert control.kill_reason() == "I saw something"
    assert desk.lower()
    assert control.kill_reason() is None
    assert not desk.lower()


@settings(max_examples=20)
@given(st.text() | st.just("bytes of a shell: \udcff"))
def test_any_reason_raises_the_flag(reason: str) -> None:
    with TemporaryDirectory() as folder:
        desk, control = ends(Path(folder))

        desk.halt(reason)

        assert control.kill_reason()


def test_an_empty_or_unreadable_flag_is_a_flag(tmp_path: Path) -> None:
    _, control = ends(tmp_path)
    (tmp_path / "halt").touch()
    assert control.kill_reason() == "the halt file is there"

    (tmp_path / "halt").unlink()
    (tmp_path / "halt").mkdir()
    assert "cannot be read" in (control.kill_reason() or "")


def test_a_signal_stops_until_a_person_resumes(tmp_path: Path) -> None:
    desk, control = ends(tmp_path)
    control.kill("signal USR1")
    desk.ask(Act.RESUME, "looked", AT)
    (request,) = control.requests()

    control.answer(request, {"done": False, "why": "positions differ"})
    assert control.kill_reason() == "signal USR1"
    control.answer(request, {"done": True})
    assert control.kill_reason() is None


def test_a_request_is_answered_once(tmp_path: Path) -> None:
    desk, control = ends(tmp_path)
    request_id = desk.ask(Act.FLAT, "out", AT)
    assert desk.answer(request_id) is None

    (request,) = control.requests()
    assert (request.request_id, request.act, request.reason) == (request_id, Act.FLAT, "out")
    assert request.at == AT
    control.answer(request, {"done": True, "open": {}})

    assert control.requests() == []
    assert desk.answer(request_id) == {"done": True, "open": {}}
    assert desk.answer(request_id) is None


def test_requests_come_oldest_first_and_long_ones_whole(tmp_path: Path) -> None:
    desk, control = ends(tmp_path)
    long = "\U0001f4c9" * 2_000
    desk.ask(Act.FLAT, long, AT + timedelta(seconds=1))
    desk.ask(Act.NOTE, "first", AT, {"trade_id": "fa-x", "tag": "t"})

    note, flat = control.requests()

    assert (note.reason, note.details) == ("first", {"trade_id": "fa-x", "tag": "t"})
    assert flat.reason == long


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no json",
        b"[1]",
        b"[" * 20_000,
        b'{"act": "buy", "reason": "", "at": "2026-03-04T14:30:00+00:00"}',
        b'{"act": "flat", "reason": "", "at": "today"}',
        b'{"act": "flat", "reason": "", "at": "2026-03-04T14:30:00+00:00", "details": [1]}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_request_is_put_aside(tmp_path: Path, text: bytes) -> None:
    desk, control = ends(tmp_path)
    good = desk.ask(Act.HALT, "stop", AT)
    (tmp_path / "requests" / "bad.json").write_bytes(text)

    assert [request.request_id for request in control.requests()] == [good]

    assert (tmp_path / "requests" / "bad.unreadable").read_bytes() == text
    assert len(control.requests()) == 1


def test_a_folder_in_place_of_a_request_harms_nobody(tmp_path: Path) -> None:
    _, control = ends(tmp_path)
    (tmp_path / "requests" / "strange.json").mkdir(parents=True)

    assert control.requests() == []


def test_a_new_agent_obeys_no_old_wish_to_resume(tmp_path: Path) -> None:
    desk, control = ends(tmp_path)
    desk.ask(Act.RESUME, "yesterday", AT)
    flat = desk.ask(Act.FLAT, "yesterday", AT)
    resume = desk.ask(Act.RESUME, "now", AT + timedelta(minutes=5))
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "nobody.json").write_text(json.dumps({"done": True}))

    control.begin(AT + timedelta(minutes=1))

    assert {request.request_id for request in control.requests()} == {flat, resume}
    assert not list((tmp_path / "answers").iterdir())
    assert len(list((tmp_path / "requests").glob("*.late"))) == 1


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    desk, control = ends(tmp_path / "file" / "control")

    with pytest.raises(StateUnavailable, match="cannot be written"):
        desk.halt("stop")
    with pytest.raises(StateUnavailable, match="cannot be removed"):
        desk.lower()
    assert "cannot be read" in (control.kill_reason() or "")
    assert control.requests() == []


def test_nothing_is_ever_seen_half_written(tmp_path: Path) -> None:
    desk, control = ends(tmp_path)
    desk.ask(Act.HALT, "stop", AT)
    for path in (tmp_path / "requests").iterdir():
        path.rename(path.with_suffix(".new"))

    assert control.requests() == []
