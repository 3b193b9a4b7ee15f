"""A sign of life to a watcher outside: silence is the alarm, so nothing here may fake one."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from fin_agent.adapters.http.outbound import Outbound
from fin_agent.domain.errors import Refused, Unavailable

_TIMEOUT_S = 10.0
_PATIENCE = 3  # failures in a row before a person is told


class DeadMan:
    """Asks one address (such as a healthchecks.io check) every so often while all is well.

    ``is_healthy`` is asked before each ping; ``tell`` is told once of an address that does not
    answer, and again only after it has answered. ``sent`` and ``failed`` count since the start.
    """

    def __init__(
        self,
        address: SecretStr,
        every_s: float,
        is_healthy: Callable[[], bool],
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        self._outbound = Outbound(address, _TIMEOUT_S)
        self._every_s = every_s
        self._is_healthy = is_healthy
        self._tell = tell
        self._in_a_row = 0
        self.sent = 0
        self.failed = 0

    async def run(self) -> None:
        """Ping until cancelled."""
        try:
            while True:
                if self._is_healthy():
                    await self.ping()
                await asyncio.sleep(self._every_s)
        finally:
            await self._outbound.close()

    async def ping(self) -> None:
        """One sign of life."""
        try:
            await self._outbound.call("GET")
        except (Refused, Unavailable) as error:
            self.failed += 1
            self._in_a_row += 1
            if self._in_a_row == _PATIENCE:
                await self._tell(f"the dead-man ping does not get through: {error}")
            return
        self.sent += 1
        self._in_a_row = 0
