"""Writes lines in a thread of its own: a full, slow or read-only place costs lines, never time."""

import contextlib
import json
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import TextIO

from fin_agent.adapters.logs.limits import LineLimiter

_WAITING = 10_000  # lines in memory
_TICK_S = 0.5
_AGAIN_S = 5.0  # between two attempts at a place that cannot be written
_END_S = 2.0


class Sink(ABC):
    """Where lines go; ``level`` is the least that goes there. ``write`` may raise OSError."""

    level: int
    formatter: logging.Formatter

    @abstractmethod
    def write(self, line: str) -> None:
        """Write one line."""

    def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Let go of it."""


@dataclass
class StreamSink(Sink):
    """Standard output or error.

    Written past Python's buffer, whose lock a reader that stalls would hold until the very end.
    """

    stream: TextIO
    formatter: logging.Formatter
    level: int = logging.INFO

    def write(self, line: str) -> None:
        left = (line + "\n").encode("utf-8", "replace")
        try:
            descriptor = self.stream.fileno()
        except (AttributeError, OSError):  # no real stream
            self.stream.write(line + "\n")
            return
        while left:
            left = left[os.write(descriptor, left) :]


@dataclass
class FileSink(Sink):
    """A file that is turned over when it is large; ``keep`` older ones stay beside it."""

    path: Path
    formatter: logging.Formatter
    level: int = logging.INFO
    max_bytes: int = 20 << 20
    keep: int = 5
    _file: TextIO | None = None
    _size: int = 0

    def write(self, line: str) -> None:
        if self._file is None:
            self._open()
        if self._size > self.max_bytes:
            self._turn_over()
        if self._file is None:
            raise OSError("the log file is not open")
        self._file.write(line + "\n")
        self._file.flush()
        self._size += len(line) + 1

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with contextlib.suppress(OSError):
                file.close()

    def _open(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._size = os.fstat(descriptor).st_size

    def _turn_over(self) -> None:
        self.close()
        for number in range(self.keep - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        if self.keep:
            self.path.replace(self._numbered(1))
        else:
            self.path.unlink()
        self._open()

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.stem}.{number}{self.path.suffix}")


@dataclass(slots=True)
class LogCounts:
    """Lines since the start: written, over the limits, without room, and lost at a sink."""

    written: int = 0
    limited: int = 0
    crowded: int = 0
    unwritable: int = 0

    @property
    def dropped(self) -> int:
        return self.limited + self.crowded + self.unwritable


@dataclass(slots=True)
class _Place:
    sink: Sink
    broken_until: float = 0.0
    lost: int = field(default=0)


class LineWriter(logging.Handler):
    """The one handler: limits, formats and redacts where the line is made, writes elsewhere."""

    def __init__(
        self, sinks: Sequence[Sink], limiter: LineLimiter | None = None, waiting: int = _WAITING
    ) -> None:
        super().__init__(min((sink.level for sink in sinks), default=logging.CRITICAL))
        self.counts = LogCounts()
        self._places = [_Place(sink) for sink in sinks]
        self._limiter = limiter or LineLimiter()
        self._lines: Queue[list[tuple[_Place, str]]] = Queue(waiting)
        self._ending = Event()
        self._thread = Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Never waits and never raises."""
        if not self._limiter.admits(record):
            self.counts.limited += 1
            return
        self._put(record)

    def finish(self) -> None:
        """Write what waits, but not for long."""
        self._tell_left_out(self._limiter.rest())
        self._ending.set()
        self._thread.join(_END_S)

    def _put(self, record: logging.LogRecord) -> None:
        try:
            made = [
                (place, place.sink.formatter.format(record))
                for place in self._places
                if record.levelno >= place.sink.level
            ]
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            made = [(place, _unreadable(record, error)) for place in self._places]
        try:
            self._lines.put_nowait(made)
        except Full:
            self.counts.crowded += 1

    def _tell_left_out(self, told: Sequence[tuple[str, int]]) -> None:
        for what, count in told:
            record = logging.LogRecord(
                "fin_agent.logs", logging.WARNING, "", 0, "left out %d lines: %s", None, None
            )
            record.args = (count, what)
            record.left_out = count
            self._put(record)

    def _work(self) -> None:
        while True:
            try:
                made = self._lines.get(timeout=_TICK_S)
            except Empty:
                if self._ending.is_set():
                    break
            else:
                for place, line in made:
                    self._write(place, line)
            self._tell_left_out(self._limiter.due())
        for place in self._places:
            place.sink.close()

    def _write(self, place: _Place, line: str) -> None:
        if monotonic() < place.broken_until:
            self.counts.unwritable += 1
            return
        try:
            place.sink.write(line)
        except (OSError, ValueError):  # ValueError: the stream was closed
            self.counts.unwritable += 1
            place.broken_until = monotonic() + _AGAIN_S
            place.sink.close()
        else:
            self.counts.written += 1


def _unreadable(record: logging.LogRecord, error: Exception) -> str:
    message = f"a line of {record.name} cannot be shown ({type(error).__name__})"
    return json.dumps({"level": "error", "message": message})
