"""Lets what clients said be read one at a time, so that many at once do not hold the loop."""

import asyncio
from collections import deque
from collections.abc import Callable

Reading = Callable[[], None]


class Turnstile:
    """One reading in a turn of the loop; what halts goes before everything else.

    Sixty connections that are ready at once would be read, and their requests begun, in one turn:
    thirty milliseconds in which no order is sent.
    """

    def __init__(self) -> None:
        self._urgent: deque[Reading] = deque()
        self._waiting: deque[Reading] = deque()
        self._is_turning = False

    def wait(self, reading: Reading, *, urgent: bool) -> None:
        """Read when it is its turn; call it in the loop."""
        (self._urgent if urgent else self._waiting).append(reading)
        if not self._is_turning:
            self._is_turning = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        reading = (self._urgent or self._waiting).popleft()
        self._is_turning = bool(self._urgent or self._waiting)
        if self._is_turning:  # before the reading, which may fail
            asyncio.get_running_loop().call_soon(self._turn)
        reading()
