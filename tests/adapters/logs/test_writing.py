"""A storm, a full disk or a stalled reader costs lines, never time, and every loss is counted."""

import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from time import monotonic

import pytest

from fin_agent.adapters.logs.formats import JsonLines, PlainLines
from fin_agent.adapters.logs.limits import LineLimiter, LogLimits
from fin_agent.adapters.logs.redaction import Redaction
from fin_agent.adapters.logs.writing import FileSink, LineWriter, Sink, StreamSink

DISTINCT = "the provider failed: {}"
STORM = int(os.environ.get("FIN_AGENT_LOG_STORM", "20000"))


@dataclass
class Listed(Sink):
    """Keeps its lines; ``hinder`` is called before each."""

    hinder: Callable[[], None] = lambda: None
    lines: list[str] = field(default_factory=list)
    level: int = logging.INFO
    formatter: logging.Formatter = field(default_factory=lambda: PlainLines(Redaction()))

    def write(self, line: str) -> None:
        self.hinder()
        self.lines.append(line)


@contextmanager
def a_logger(writer: LineWriter, name: str = "x") -> Iterator[logging.Logger]:
    logger = logging.getLogger(f"tests.logs.{name}")
    logger.propagate, logger.handlers = False, [writer]
    logger.setLevel(logging.DEBUG)
    yield logger
    writer.finish()
    logger.handlers = []


@pytest.mark.parametrize("same", [True, False])
def test_a_storm_of_errors_is_a_hundred_lines_and_an_exact_count(same: bool) -> None:
    sink = Listed()
    limiter = LineLimiter(LogLimits(), seconds=lambda: 0.0)
    writer = LineWriter([sink], limiter)

    with a_logger(writer) as logger:
        for number in range(STORM):
            if same:
                logger.error("the provider failed: %d", number)
            else:
                logger.error(DISTINCT.format(number))

    told = [line for line in sink.lines if "left out" in line]
    counted = sum(int(line.split("left out ")[1].split()[0]) for line in told)
    assert len(sink.lines) <= 100
    assert counted == limiter.dropped == writer.counts.limited
    assert counted + len(sink.lines) - len(told) == STORM


def test_each_minute_begins_anew() -> None:
    now = [0.0]
    limiter = LineLimiter(LogLimits(per_key=2, total=20), seconds=lambda: now[0])
    record = logging.LogRecord("x", logging.ERROR, "", 0, "again", None, None)

    first = [limiter.admits(record) for _ in range(5)]
    early = limiter.due()
    now[0] = 60.0
    due = limiter.due()

    assert first == [True, True, False, False, False]
    assert (early, due) == ([], [("x: again", 3)])
    assert limiter.admits(record)


def test_more_kinds_than_are_kept_are_counted_together() -> None:
    limiter = LineLimiter(LogLimits(per_key=1, total=100_000), seconds=lambda: 0.0)
    for number in range(5000):
        for _ in range(2):
            limiter.admits(logging.LogRecord("x", 40, "", 0, f"kind {number}", None, None))

    told = limiter.rest()

    assert sum(count for _, count in told) == limiter.dropped == 10_000 - 1001


def test_what_was_decided_is_never_limited() -> None:
    sink = Listed()
    writer = LineWriter([sink], LineLimiter(LogLimits(per_key=1, total=10)))
    for name in ("fin_agent.audit", "fin_agent.trading"):
        for _ in range(50):
            writer.handle(logging.LogRecord(name, logging.INFO, "", 0, "same", None, None))
    writer.finish()

    assert len(sink.lines) == 100


def test_a_reader_that_stalls_costs_lines_and_no_time() -> None:
    may_go_on = threading.Event()

    def stall() -> None:
        may_go_on.wait(30)

    sink = Listed(stall)
    writer = LineWriter([sink], LineLimiter(LogLimits(10_000, 10_000)), waiting=10)
    logger = logging.getLogger("tests.logs.stall")
    logger.propagate, logger.handlers = False, [writer]

    slowest = 0.0
    for number in range(500):
        began = monotonic()
        logger.error("line %d", number)
        slowest = max(slowest, monotonic() - began)
    crowded = writer.counts.crowded
    may_go_on.set()
    writer.finish()

    assert slowest < 1.0
    assert crowded >= 480
    assert crowded + len(sink.lines) == 500


def test_a_place_that_cannot_be_written_costs_its_lines_only(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where a folder should be")
    broken = FileSink(tmp_path / "logs" / "agent.jsonl", JsonLines(Redaction()))
    sink = Listed()
    writer = LineWriter([sink, broken])
    with a_logger(writer) as logger:
        for number in range(10):
            logger.error("line %d", number)

    assert len(sink.lines) == 10
    assert (writer.counts.written, writer.counts.unwritable) == (10, 10)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_costs_its_lines_only() -> None:
    full = FileSink(Path("/dev/full"), JsonLines(Redaction()))
    writer = LineWriter([full])
    with a_logger(writer) as logger:
        logger.error("line")

    assert writer.counts.unwritable == 1


def test_a_file_is_turned_over_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "agent.jsonl"
    sink = FileSink(path, JsonLines(Redaction()), max_bytes=1000, keep=2)
    writer = LineWriter([sink], LineLimiter(LogLimits(1000, 1000)))
    with a_logger(writer) as logger:
        for number in range(60):
            logger.info("line %d", number)

    files = sorted(file.name for file in path.parent.iterdir())
    texts = [file.read_text().splitlines() for file in path.parent.iterdir()]
    lines = [json.loads(line) for text in texts for line in text]
    assert files == ["agent.1.jsonl", "agent.2.jsonl", "agent.jsonl"]
    assert "line 59" in {line["message"] for line in lines}
    assert path.stat().st_mode & 0o777 == 0o600


def test_levels_are_of_each_place() -> None:
    all_lines, warnings = Listed(), Listed(level=logging.WARNING)
    writer = LineWriter([all_lines, warnings])
    with a_logger(writer) as logger:
        logger.info("one")
        logger.warning("two")

    assert Counter(len(sink.lines) for sink in (all_lines, warnings)) == {2: 1, 1: 1}


def test_a_line_that_cannot_be_made_is_still_a_line() -> None:
    class Odd:
        def __str__(self) -> str:
            raise TypeError("no text")

    stream = StringIO()
    writer = LineWriter([StreamSink(stream, JsonLines(Redaction()))])
    with a_logger(writer, "odd") as logger:
        logger.error("value %s", Odd())
        logger.error("too few %s", *(1, 2))

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == [
        "a line of tests.logs.odd cannot be shown (TypeError)"
    ] * 2
