"""One process per data file: an flock that the kernel releases when the process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fin_agent.domain.errors import AlreadyRunning, StateUnavailable


def holder_of(path: Path) -> str | None:
    """Who holds a lock file now, None when nobody does.

    Raises:
        StateUnavailable: the file may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StateUnavailable(f"{path}: cannot be read ({error.strerror})") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, 200).decode(errors="replace").strip() or "another process"
    finally:
        os.close(descriptor)
    return None


@contextmanager
def exclusive(path: Path, holder: str) -> Iterator[None]:
    """Hold a lock file; ``holder`` (what runs) is written into it for the loser's message.

    Raises:
        AlreadyRunning: another process holds it.
        StateUnavailable: the file cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        msg = f"{path}: cannot be created ({error.strerror}); choose another --data-dir"
        raise StateUnavailable(msg) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = os.read(descriptor, 200).decode(errors="replace").strip() or "another process"
            msg = f"{path.parent} is in use by {other}; wait for it or use another --data-dir"
            raise AlreadyRunning(msg) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{holder} (pid {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(descriptor)
