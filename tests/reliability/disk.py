"""A disk in memory under SQLite, that loses what was not synced, fails, and fills up.

A file is what the running program sees (``seen``) and what a power cut leaves for sure (``safe``).
Between two syncs every write is pending; a cut keeps, drops or tears each of its 512-byte sectors.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import apsw

SECTOR = 512
_names = count()


@dataclass
class Image:
    """One file's bytes, and the writes that are not on the disk for sure."""

    seen: bytearray = field(default_factory=bytearray)
    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut off there

    def write(self, offset: int, data: bytes | None) -> None:
        self.pending.append((offset, data))
        _put(self.seen, offset, data)

    def sync(self) -> None:
        for offset, data in self.pending:
            _put(self.safe, offset, data)
        self.pending.clear()

    def after_cut(self, rng: random.Random) -> bytearray:
        """What is on the disk when the power comes back."""
        left = bytearray(self.safe)
        for offset, data in self.pending:
            if data is None:
                if rng.random() < 0.5:
                    _put(left, offset, None)
                continue
            for start in range(0, len(data), SECTOR):
                piece, chance = data[start : start + SECTOR], rng.random()
                if chance < 0.45:
                    continue  # lost
                if chance < 0.55:
                    piece = piece[: rng.randrange(len(piece))]  # torn
                _put(left, offset + start, piece)
        return left


def _put(image: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del image[offset:]
        return
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """A file system; ``before`` is asked ahead of each write (bytes) and sync, and may raise."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.name = f"disk{next(_names)}"
        self.files = {
            name: Image(bytearray(data), bytearray(data)) for name, data in (files or {}).items()
        }
        self.operations = 0
        self.before: Callable[[str, Image, int], None] = lambda *_: None
        super().__init__(self.name, "")

    def asked(self, kind: str, image: Image, size: int) -> None:
        self.operations += 1
        self.before(kind, image, size)

    def contents(self) -> dict[str, bytes]:
        """What a program that starts again sees."""
        return {name: bytes(image.seen) for name, image in self.files.items()}

    def after_cut(self, rng: random.Random) -> dict[str, bytes]:
        """What a machine that starts again sees."""
        return {name: bytes(image.after_cut(rng)) for name, image in self.files.items()}

    @property
    def used(self) -> int:
        return sum(len(image.seen) for image in self.files.values())

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - apsw's name
        return name

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - apsw's name; it asks for no base class
        if name is None:
            return OpenFile(self, Image())
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        flags[1] = flags[0]
        return OpenFile(self, self.files.setdefault(path, Image()))

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802 - apsw's name
        self.asked("delete", self.files.get(name, Image()), 0)
        self.files.pop(name, None)

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802 - apsw's name
        return name in self.files


class OpenFile:
    """An open file of a disk; there is one connection, so locks are nobody's business."""

    def __init__(self, disk: Disk, image: Image) -> None:
        self._disk = disk
        self._image = image

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - apsw's name
        return bytes(self._image.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        grown = max(offset + len(data) - len(self._image.seen), 0)
        self._disk.asked("write", self._image, grown)
        self._image.write(offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - apsw's name
        self._disk.asked("truncate", self._image, 0)
        self._image.write(size, None)

    def xSync(self, flags: int) -> None:  # noqa: N802 - apsw's name
        self._disk.asked("sync", self._image, 0)
        self._image.sync()

    def xFileSize(self) -> int:  # noqa: N802 - apsw's name
        return len(self._image.seen)

    def xLock(self, level: int) -> None:  # noqa: N802 - apsw's name
        """Granted."""

    def xUnlock(self, level: int) -> None:  # noqa: N802 - apsw's name
        """Granted."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802 - apsw's name
        return False

    def xFileControl(self, operation: int, pointer: int) -> bool:  # noqa: N802 - apsw's name
        return False

    def xSectorSize(self) -> int:  # noqa: N802 - apsw's name
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802 - apsw's name
        return 0

    def xClose(self) -> None:  # noqa: N802 - apsw's name
        """Nothing to let go."""


def io_error(code: int) -> apsw.IOError:
    """An error as a disk driver gives it."""
    error = apsw.IOError("simulated")
    error.extendedresult = code  # type: ignore[attr-defined] # set as apsw's page on VFS says
    return error


def full_error() -> apsw.FullError:
    """An error as a file system without space gives it."""
    error = apsw.FullError("simulated")
    error.extendedresult = apsw.SQLITE_FULL  # type: ignore[attr-defined] # as above
    return error
