"""All daily bars as one Arrow file in the cache, in the order they are used in: nothing is decoded.

It is mapped into memory, so a process pays for the columns that it looks at.
"""

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

_MOST_ROWS = 2_000_000  # some 100 MB: a larger store is read from its own files every time
_STATE_DIGITS = 16


class KeptRows:
    """The rows of one state of the store's files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, files: Sequence[Path], decode: Callable[[], pa.Table]) -> pa.Table:
        """What ``decode`` makes of these files; it is asked once for each state of them."""
        path = self._path(files)
        kept = None if path is None else _mapped(path)
        if kept is not None:
            return kept
        table = decode()
        if path is not None and path == self._path(files) and 0 < table.num_rows <= _MOST_ROWS:
            _write(path, table)
        return table

    def _path(self, files: Sequence[Path]) -> Path | None:
        """Named by the files, their sizes and times; None when one cannot be seen."""
        state = sha256()
        try:
            for file in files:
                status = file.stat()
                state.update(f"{file.name} {status.st_size} {status.st_mtime_ns}\n".encode())
        except OSError:
            return None  # who reads it says what is wrong
        return self._folder / f"daily-{state.hexdigest()[:_STATE_DIGITS]}.arrow"


def _mapped(path: Path) -> pa.Table | None:
    try:
        with pa.memory_map(str(path)) as file:
            return pa.ipc.open_file(file).read_all()
    except (OSError, pa.ArrowException):
        return None  # made again


def _write(path: Path, table: pa.Table) -> None:
    """In place of the rows of another state."""
    with contextlib.suppress(OSError):  # the next process decodes the store again
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as beside:
            finished = Path(beside) / path.name
            with pa.OSFile(str(finished), "wb") as file, pa.ipc.new_file(file, table.schema) as to:
                to.write_table(table)
            finished.replace(path)
        for other in path.parent.glob("daily-*.arrow"):
            if other != path:
                other.unlink(missing_ok=True)
