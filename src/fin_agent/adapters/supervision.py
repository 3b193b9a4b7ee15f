"""Tells the supervisor (systemd) how the agent is: a datagram to the socket that it names.

The words are those of ``sd_notify``. Without a supervisor nothing is sent and nothing fails.
"""

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

READY = "READY=1"
STOPPING = "STOPPING=1"
ALIVE = "WATCHDOG=1"
_MICROSECONDS = 1_000_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Supervisor:
    """``address`` is where it listens; within ``patience_s`` seconds it wants a sign of life."""

    address: str | None = None
    patience_s: float | None = None

    def tell(self, *words: str) -> None:
        """Send words; one that cannot be sent is logged, because trading goes on without it."""
        if self.address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as own:
                own.settimeout(0)  # a supervisor that does not read must not stop the loop
                own.connect(self.address)
                own.send("\n".join(words).encode())
        except OSError as error:
            _log.warning("the supervisor was not told %s: %s", words[0], error)


def supervisor_of(environment: Mapping[str, str]) -> Supervisor:
    """Who started this process, by ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID``."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return Supervisor()
    if address.startswith("@"):  # Linux's abstract names begin with a zero byte
        address = "\0" + address[1:]
    patience = environment.get("WATCHDOG_USEC", "")
    is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if not (patience.isdigit() and int(patience) > 0 and is_ours):
        return Supervisor(address)
    return Supervisor(address, int(patience) / _MICROSECONDS)
