"""A supervisor's end of the notify protocol: a real datagram socket that keeps what it is told."""

import os
import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 60.0


class ListeningSupervisor:
    """What was told, a list of lines for each datagram."""

    def __init__(self, own: socket.socket, address: str) -> None:
        self.address = address
        self._own = own

    def heard(self) -> list[str]:
        """The next datagram; waits for one."""
        return self._own.recv(4096).decode().splitlines()

    def drained(self) -> list[str]:
        """Everything that was told and not yet heard, without waiting."""
        found: list[str] = []
        while select.select([self._own], [], [], 0)[0]:
            found += self.heard()
        return found

    def environment(
        self, patience_s: float | None = None, pid: int | None = None
    ) -> dict[str, str]:
        """What systemd gives to the process that it starts; without a pid it is any process."""
        told = {"NOTIFY_SOCKET": self.address}
        if patience_s is not None:
            told["WATCHDOG_USEC"] = str(int(patience_s * 1_000_000))
        if pid is not None:
            told["WATCHDOG_PID"] = str(pid)
        return told


@contextmanager
def listening(folder: Path, *, abstract: bool = False) -> Iterator[ListeningSupervisor]:
    """A socket file in a folder, or a name in Linux's abstract space."""
    address = f"@fin-agent-test-{os.getpid()}" if abstract else str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
        own.settimeout(PATIENCE_S)
        own.bind("\0" + address[1:] if abstract else address)
        yield ListeningSupervisor(own, address)


def without_supervisor(environment: Mapping[str, str]) -> dict[str, str]:
    ours = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
    return {name: value for name, value in environment.items() if name not in ours}
