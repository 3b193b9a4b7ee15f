"""A tape is never in the way, loses at most its last second, and stays readable."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.tape.files import TapeRules
from fin_agent.adapters.tape.line import TapeLine, decoded
from fin_agent.adapters.tape.reader import tape_lines, taped_days
from fin_agent.adapters.tape.recorder import Tape
from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import DomainEvent
from tests.servers.networks import HandClock

DAY = date(2025, 11, 21)
NOISE = bytes(range(256))


def payloads(folder: Path, source: str = "*") -> list[bytes]:
    return [line.payload for line in tape_lines(folder, DAY, source)]


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


@given(st.binary(max_size=300), st.text(max_size=50))
def test_a_line_keeps_every_byte(payload: bytes, key: str) -> None:
    line = TapeLine(datetime(2025, 11, 21, 13, tzinfo=UTC), "yahoo", "http", key, payload)
    text = line.encoded()

    assert decoded(text) == line
    assert text.count(b"\n") == 1


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"payload":5}', b"\xff"])
def test_what_is_no_line_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(CorruptData):
        decoded(text)


async def test_lines_lie_by_day_and_source_in_their_order(tmp_path: Path) -> None:
    clock = HandClock()
    async with Tape(tmp_path, clock, list[DomainEvent]().append) as tape:
        tape.record("yahoo", "http", "quote A", b"1")
        tape.record("finnhub", "frame", "trades", NOISE)
        tape.record("yahoo", "http", "quote B", lambda: b"2")
        clock.pass_(16 * 3600)  # 00:00 in New York
        tape.record("yahoo", "http", "quote A", b"3")

    assert taped_days(tmp_path) == [DAY, DAY + timedelta(days=1)]
    assert payloads(tmp_path, "yahoo") == [b"1", b"2"]
    assert payloads(tmp_path, "finnhub") == [NOISE]
    path = tmp_path / "2025-11-21" / "yahoo-001.jsonl.zst"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tape.statistics.written, tape.statistics.dropped) == (4, 0)


async def test_a_restart_begins_a_new_file(tmp_path: Path) -> None:
    for number in range(3):
        async with Tape(tmp_path, HandClock(), list[DomainEvent]().append) as tape:
            tape.record("yahoo", "http", "key", str(number).encode())

    assert len([*(tmp_path / "2025-11-21").iterdir()]) == 3
    assert payloads(tmp_path) == [b"0", b"1", b"2"]


async def test_files_rotate_and_a_day_is_bounded(tmp_path: Path) -> None:
    told: list[DomainEvent] = []
    rules = TapeRules(file_bytes=2000, day_bytes=6000)
    async with Tape(tmp_path, HandClock(), told.append, rules) as tape:
        for _ in range(20):
            tape.record("yahoo", "http", "key", os.urandom(500))
            await tape.flush()

    files = [f.stat().st_size for f in (tmp_path / "2025-11-21").iterdir()]
    assert max(files) <= 2000
    assert sum(files) <= 6000
    assert len(payloads(tmp_path)) == tape.statistics.written == 20 - tape.statistics.dropped
    assert [type(event) for event in told] == [ErrorRaised]


async def test_old_days_go(tmp_path: Path) -> None:
    for name in ("2025-11-20", "2025-01-02", "notes"):
        (tmp_path / name).mkdir()
    async with Tape(tmp_path, HandClock(), list[DomainEvent]().append) as tape:
        tape.record("yahoo", "http", "key", b"1")

    assert names(tmp_path) == {"2025-11-21", "2025-11-20", "notes"}


async def test_a_queue_that_grows_too_long_drops_and_tells_once(tmp_path: Path) -> None:
    told: list[DomainEvent] = []
    rules = TapeRules(queue_bytes=10_000, every_s=60)
    async with Tape(tmp_path, HandClock(), told.append, rules) as tape:
        for _ in range(100):
            tape.record("yahoo", "http", "key", b"x" * 1000)
        assert tape.statistics.dropped == 93

    assert len(payloads(tmp_path)) == 7
    assert len(told) == 1


async def test_secrets_that_a_provider_repeats_are_blotted_out(tmp_path: Path) -> None:
    tell = list[DomainEvent]().append
    async with Tape(tmp_path, HandClock(), tell, secrets=("canary-key", "")) as tape:
        tape.record("yahoo", "http", "url?token=canary-key", b'{"token":"canary-key"}')

    (line,) = tape_lines(tmp_path, DAY)
    assert (line.key, line.payload) == ("url?token=[redacted]", b'{"token":"[redacted]"}')


async def test_a_full_disk_blocks_nobody_and_is_told_once(tmp_path: Path) -> None:
    told: list[DomainEvent] = []
    async with Tape(tmp_path, HandClock(), told.append) as tape:
        tape.record("yahoo", "http", "key", b"1")
        await tape.flush()
        _replace_with_full_disk(tape)
        for _ in range(2):
            tape.record("yahoo", "http", "key", b"lost")
            await tape.flush()
            _replace_with_full_disk(tape)
        tape._files.close()
        tape.record("yahoo", "http", "key", b"2")

    assert payloads(tmp_path) == [b"1", b"2"]
    assert tape.statistics.dropped == 2
    (event,) = told
    assert isinstance(event, ErrorRaised)
    assert "No space left" in event.problem


async def test_a_decision_waits_for_its_line_but_not_for_a_slow_disk(tmp_path: Path) -> None:
    rules = TapeRules(every_s=60, patience_s=0.05)
    async with Tape(tmp_path, HandClock(), list[DomainEvent]().append, rules) as tape:
        tape.record("agent", "minute", "key", b"1")
        await tape.settle()
        assert payloads(tmp_path) == [b"1"]

        disk = Event()

        def slow() -> bytes:
            disk.wait(5)
            return b"2"

        tape.record("agent", "minute", "key", slow)
        began = monotonic()
        await tape.settle()
        await tape.settle()
        assert monotonic() - began < 2
        assert payloads(tmp_path) == [b"1"]
        tape.record("agent", "minute", "key", b"3")
        disk.set()

    assert payloads(tmp_path) == [b"1", b"2", b"3"]


def _replace_with_full_disk(tape: Tape) -> None:
    """Every further write of the open file fails as it does on a full disk."""
    from io import FileIO

    name = (DAY, "yahoo")
    tape._files._give_up(name)
    tape._files._open[name] = FileIO("/dev/full", "w")
    tape._files._sizes.setdefault(DAY, 0)


async def test_a_file_that_was_cut_is_read_to_its_cut(tmp_path: Path) -> None:
    async with Tape(tmp_path, HandClock(), list[DomainEvent]().append) as tape:
        for number in range(3):
            tape.record("yahoo", "http", "key", str(number).encode() * 500)
            await tape.flush()
    path = tmp_path / "2025-11-21" / "yahoo-001.jsonl.zst"
    whole = path.read_bytes()

    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        found = payloads(tmp_path)
        assert [payload[:1] for payload in found] == [b"0", b"1", b"2"][: len(found)]


async def test_a_file_that_was_changed_is_not_trusted(tmp_path: Path) -> None:
    async with Tape(tmp_path, HandClock(), list[DomainEvent]().append) as tape:
        tape.record("yahoo", "http", "key", b"1" * 500)
    path = tmp_path / "2025-11-21" / "yahoo-001.jsonl.zst"
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0x10
    path.write_bytes(bytes(whole))

    with pytest.raises(CorruptData, match="yahoo-001"):
        payloads(tmp_path)


_CHILD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from fin_agent.adapters.clock import FixedClock
from fin_agent.adapters.tape.recorder import Tape

async def main():
    clock = FixedClock(datetime(2025, 11, 21, 14, 0, tzinfo=UTC))
    async with Tape(Path(sys.argv[1]), clock, print) as tape:
        for number in range(10**9):
            tape.record("finnhub", "frame", "trades", b"%d" % number)
            if number % 100 == 0:
                print(number, flush=True)
            await asyncio.sleep(0.001)

asyncio.run(main())
"""


def test_kill_9_loses_at_most_the_last_second(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    seen: list[tuple[float, int]] = []
    while not seen or seen[-1][0] - seen[0][0] < 2.0:
        seen.append((monotonic(), int(child.stdout.readline())))
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    found = [int(payload) for payload in payloads(tmp_path)]
    older = [number for at, number in seen if seen[-1][0] - at > 1.0]

    assert found == list(range(len(found)))
    assert found[-1] >= older[-1]
