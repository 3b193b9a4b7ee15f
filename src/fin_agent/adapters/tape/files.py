"""The files of a tape: one zstd frame a flush, so that what was flushed is readable for ever.

A frame that was cut off (kill -9, a full disk) is the end of its file: it is never written on.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from io import FileIO
from pathlib import Path

import zstandard

from fin_agent.adapters.tape.line import ENDING, TapeLine, day_folder
from fin_agent.domain.session import NEW_YORK

_LEVEL = 3
_PRIVATE = 0o600


class TapeFull(OSError):
    """The day's tape has reached its size."""


@dataclass(frozen=True, slots=True)
class TapeRules:
    """Bytes, days and seconds; ``queue_bytes`` bounds what waits in memory.

    ``patience_s`` is how long a decision waits at most until what it is made on is written.
    """

    file_bytes: int = 64 << 20
    day_bytes: int = 2 << 30
    keep_days: int = 60
    queue_bytes: int = 16 << 20
    every_s: float = 0.5
    patience_s: float = 0.25


class TapeFiles:
    """Writes lines to ``<tape>/<day>/<source>-NNN.jsonl.zst``; used by one thread at a time."""

    def __init__(self, tape: Path, rules: TapeRules) -> None:
        self._tape = tape
        self._rules = rules
        self._open: dict[tuple[date, str], FileIO] = {}
        self._sizes: dict[date, int] = {}
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)

    def write(self, lines: Sequence[TapeLine]) -> int:
        """Append lines and hand them to the system; how many could not be written.

        Raises nothing of the file system: see ``problem``.
        """
        groups: dict[tuple[date, str], list[TapeLine]] = {}
        first, last = (_day_of(line) for line in (lines[0], lines[-1]))
        for line in lines:
            day = first if first == last else _day_of(line)
            groups.setdefault((day, line.source), []).append(line)
        lost, self.problem = 0, None
        for name, group in groups.items():
            try:
                self._append(name, b"".join(line.encoded() for line in group))
            except OSError as error:
                lost += len(group)
                self.problem = error
                self._give_up(name)
        return lost

    problem: OSError | None = None

    def close(self) -> None:
        for name in [*self._open]:
            self._give_up(name)

    def _append(self, name: tuple[date, str], text: bytes) -> None:
        day = name[0]
        frame = self._compressor.compress(text)
        if self._size(day) + len(frame) > self._rules.day_bytes:
            raise TapeFull(f"the tape of {day} has its {self._rules.day_bytes:,} bytes")
        file = self._open.get(name)
        if file is not None and file.tell() + len(frame) > self._rules.file_bytes:
            self._give_up(name)
            file = None
        if file is None:
            file = self._open[name] = self._next_file(name)
        written = file.write(frame)
        if written != len(frame):
            raise OSError(f"only {written} of {len(frame)} bytes were written")
        self._sizes[day] += len(frame)

    def _size(self, day: date) -> int:
        """The bytes of a day's tape; on its first use old days go."""
        if day not in self._sizes:
            folder = day_folder(self._tape, day)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sizes = {day: sum(f.stat().st_size for f in folder.glob(f"*{ENDING}"))}
            for name in [name for name in self._open if name[0] != day]:
                self._give_up(name)
            self._forget(day - timedelta(days=self._rules.keep_days))
        return self._sizes[day]

    def _forget(self, before: date) -> None:
        for folder in self._tape.iterdir():
            with suppress(ValueError):  # not a day's folder: not ours
                if folder.is_dir() and date.fromisoformat(folder.name) < before:
                    shutil.rmtree(folder)

    def _next_file(self, name: tuple[date, str]) -> FileIO:
        day, source = name
        folder = day_folder(self._tape, day)
        numbers = [
            int(f.name.removesuffix(ENDING)[-3:]) for f in folder.glob(f"{source}-*{ENDING}")
        ]
        path = folder / f"{source}-{max(numbers, default=0) + 1:03d}{ENDING}"
        return FileIO(path, "xb", opener=lambda p, flags: os.open(p, flags, _PRIVATE))

    def _give_up(self, name: tuple[date, str]) -> None:
        file = self._open.pop(name, None)
        if file is not None:
            with suppress(OSError):  # its frames are written; closing a full disk may fail
                file.close()


def _day_of(line: TapeLine) -> date:
    return line.received_at.astimezone(NEW_YORK).date()
