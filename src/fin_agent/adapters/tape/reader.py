"""Reads what a tape holds of a day, whatever ended its files."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import zstandard

from fin_agent.adapters.tape.line import ENDING, TapeLine, day_folder, decoded
from fin_agent.domain.errors import CorruptData

_CHUNK = 1 << 20


def taped_days(tape: Path) -> list[date]:
    """The days that have a tape, oldest first."""
    if not tape.is_dir():
        return []
    found = [_day(folder) for folder in tape.iterdir() if any(folder.glob(f"*{ENDING}"))]
    return sorted(day for day in found if day is not None)


def tape_lines(tape: Path, day: date, source: str = "*") -> Iterator[TapeLine]:
    """The lines of a day and source as they were received, file after file.

    A file may end in the middle of a frame: everything before that is there.

    Raises:
        CorruptData: a file was changed, not just cut.
    """
    for path in sorted(day_folder(tape, day).glob(f"{source}-[0-9][0-9][0-9]{ENDING}")):
        try:
            yield from _lines(path)
        except (zstandard.ZstdError, OSError, CorruptData) as error:
            raise CorruptData(f"{path}: {error}") from error


def _lines(path: Path) -> Iterator[TapeLine]:
    rest = b""
    with path.open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        while chunk := reader.read(_CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield decoded(line)


def _day(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None
