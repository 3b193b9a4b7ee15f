"""Publishes new content of the bar store: all of it, or nothing.

New files get new names, made from their content; one rename of the manifest makes them the store.
"""

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from threading import Event

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fin_agent.adapters.bars import manifest as manifests
from fin_agent.adapters.bars.manifest import BarFile, SetKey, SetSummary
from fin_agent.adapters.bars.store import VALUES
from fin_agent.domain.errors import AlreadyRunning, StateUnavailable

_LOCK = "import.lock"
_OURS = re.compile(r"-[0-9a-f]{16}\.parquet(\.partial)?|manifest\.json\.partial")
_POLL_S = 0.05
_ROWS_PER_GROUP = 1 << 24  # one group, so that one dictionary
_WORDS = ["symbol", "date", "timestamp", "source", "resolution", "rule", "at", "file", "action"]


class StoreWriter:
    """The write side of ``<data_dir>/bars``; ``rename`` and ``sync`` are the system's calls."""

    def __init__(
        self,
        root: Path,
        *,
        rename: Callable[[Path, Path], None] = os.replace,
        sync: Callable[[int], None] = os.fsync,
        patience_s: float = 30.0,
    ) -> None:
        self._root = root
        self._rename = rename
        self._sync = sync
        self._patience_s = patience_s

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the store for one import; others wait for it.

        Raises:
            AlreadyRunning: another import held the store all the while.
            StateUnavailable: the directory cannot be made.
        """
        path = self._root / _LOCK
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = path.open("a")
        except OSError as error:
            raise _unwritable(path, error) from error
        with file:
            self._wait_for(file.fileno(), path)
            yield

    def _wait_for(self, descriptor: int, path: Path) -> None:
        for _ in range(max(1, round(self._patience_s / _POLL_S))):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                Event().wait(_POLL_S)
            else:
                return
        raise AlreadyRunning(f"{path}: another import is running; try again when it is done")

    def publish(
        self,
        files: Mapping[str, BarFile],
        tables: Mapping[str, pa.Table],
        sets: Mapping[SetKey, SetSummary],
    ) -> None:
        """Make these tables the content of their partitions; an empty one removes its partition.

        Raises:
            StateUnavailable: something cannot be written; the store is as it was.
        """
        current = dict(files)
        path = self._root
        try:
            for partition, table in tables.items():
                current.pop(partition, None)
                if table.num_rows:
                    content = _parquet(table)
                    name = f"{partition}-{hashlib.sha256(content).hexdigest()[:16]}.parquet"
                    path = self._root / name
                    self._write(path, content)
                    current[partition] = _described(partition, name, table)
            self._sync_directories(current[partition] for partition in tables.keys() & current)
            path = self._root / manifests.NAME
            self._write(path, manifests.encoded(current, sets))
            self._sync_directory(self._root)
        except OSError as error:
            self.tidy(manifests.load(self._root).files)  # whichever manifest is in place
            raise _unwritable(path, error) from error
        self.tidy(current)

    def tidy(self, files: Mapping[str, BarFile]) -> None:
        """Remove what no manifest names: old content, and leftovers of a crash."""
        named = {self._root / file.name for file in files.values()}
        for path in self._root.rglob("*"):
            if _OURS.search(path.name) and path not in named:
                with contextlib.suppress(OSError):  # harmless; the next import tries again
                    path.unlink()

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            self._sync(file.fileno())
        self._rename(partial, path)

    def _sync_directories(self, files: Iterator[BarFile]) -> None:
        directories = {self._root / parent for file in files for parent in Path(file.name).parents}
        for directory in sorted(directories):
            self._sync_directory(directory)

    def _sync_directory(self, directory: Path) -> None:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            self._sync(descriptor)
        finally:
            os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> StateUnavailable:
    reason = error.strerror or str(error)
    return StateUnavailable(f"{path}: cannot be written ({reason}); the bar store is as it was")


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name in _WORDS],
        use_byte_stream_split=[name for name in table.column_names if name in VALUES],
        row_group_size=_ROWS_PER_GROUP,
    )
    return bytes(sink.getvalue())


def _described(partition: str, name: str, table: pa.Table) -> BarFile:
    first = last = None
    if "date" in table.column_names:
        days = pc.min_max(table["date"]).as_py()
        first, last = days["min"], days["max"]
    elif "timestamp" in table.column_names:
        first = last = date.fromisoformat(partition.rpartition("/")[2])
    return BarFile(name, table.num_rows, first, last)
