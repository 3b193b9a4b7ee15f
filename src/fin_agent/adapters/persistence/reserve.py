"""Disk space kept back: a file that is deleted when the disk is full, so that exits can be kept."""

import os
from pathlib import Path

from fin_agent.domain.errors import StateUnavailable

_CHUNK = 1 << 20


class Reserve:
    """A file of real blocks beside the database; of size 0 it does not exist."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self._size = size

    def make(self) -> None:
        """Take the space.

        Raises:
            StateUnavailable: there is not that much.
        """
        if not self._size or self._is_whole():
            return
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                self._fill(descriptor)
                os.fsync(descriptor)  # blocks may be given out late: now or not at all
            finally:
                os.close(descriptor)
        except OSError as error:
            self.path.unlink(missing_ok=True)
            need = f"{self._size / _CHUNK:.0f} MiB are kept back for exits on a full disk"
            msg = f"{self.path}: cannot be made ({error.strerror}); {need}: free some space"
            raise StateUnavailable(msg) from error

    def _fill(self, descriptor: int) -> None:
        if hasattr(os, "posix_fallocate"):  # not on macOS
            os.posix_fallocate(descriptor, 0, self._size)
            return
        for _ in range(0, self._size, _CHUNK):
            os.write(descriptor, bytes(_CHUNK))
        os.ftruncate(descriptor, self._size)

    def release(self) -> bool:
        """Give the space back; False when that has happened before."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True

    def is_scarce(self) -> bool:
        """Whether less than the reserve's size is free."""
        return self._free() < self._size

    def renew(self) -> bool:
        """Make it again once there is ample space, so that the disk is not full at once again."""
        if not self._is_whole() and self._free() > 2 * self._size:
            self.make()
        return self._is_whole() and not self.is_scarce()

    def _is_whole(self) -> bool:
        return self.path.is_file() and self.path.stat().st_size == self._size

    def _free(self) -> int:
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize
