"""Leaves a failing provider alone, and asks one probe before it is trusted again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.timing import Timing


class CircuitState(StrEnum):
    """Closed: calls pass. Open: none passes. Half-open: one passes, and its fate decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class CircuitRules:
    """Open after ``failures`` in a row, for ``pause_s``, twice as long after each failed probe."""

    failures: int = 5
    pause_s: float = 30.0
    longest_pause_s: float = 300.0


class Circuit:
    """One provider's circuit breaker, on monotonic time."""

    def __init__(self, rules: CircuitRules, timing: Timing) -> None:
        self._rules = rules
        self._timing = timing
        self._failures = 0
        self._pause_s = rules.pause_s
        self._open_until: float | None = None
        self._is_probing = False
        self._quiet_until = timing.monotonic()

    @property
    def state(self) -> CircuitState:
        if self._open_until is None:
            return CircuitState.CLOSED
        is_over = self._timing.monotonic() >= self._open_until
        return CircuitState.HALF_OPEN if is_over else CircuitState.OPEN

    def check(self) -> None:
        """Whether a call may pass.

        Raises:
            Failure: the provider is left alone for now.
        """
        now = self._timing.monotonic()
        left = self._quiet_until - now
        if left > 0:
            reason = f"asked for a pause ({left:.0f} s more)"
            raise Failure(reason, is_transient=True, retry_after_s=left)
        state = self.state
        if state is CircuitState.OPEN or (state is CircuitState.HALF_OPEN and self._is_probing):
            left = max(0.0, (self._open_until or now) - now)
            raise Failure(f"is left alone ({self._failures} failures, {left:.0f} s more)")

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Let one call pass; within it ``succeeded``, ``failed`` or ``pause`` tell its fate.

        A call that is cancelled tells nothing about the provider: the next may be the probe.

        Raises:
            Failure: the provider is left alone for now.
        """
        self.check()
        is_probe = self.state is CircuitState.HALF_OPEN
        self._is_probing |= is_probe
        try:
            yield
        finally:
            if is_probe:
                self._is_probing = False

    def succeeded(self) -> None:
        self._failures = 0
        self._pause_s = self._rules.pause_s
        self._open_until = None

    def failed(self) -> float | None:
        """Count a failure; the seconds of the pause when it opens the circuit."""
        self._failures += 1
        was_probe = self._is_probing
        if not was_probe and (self._failures < self._rules.failures or self._open_until):
            return None
        if was_probe:
            self._pause_s = min(2 * self._pause_s, self._rules.longest_pause_s)
        self._open_until = self._timing.monotonic() + self._pause_s
        return self._pause_s

    def pause(self, seconds: float) -> None:
        """The provider asks to be left alone for so long; that is no failure."""
        self._quiet_until = max(self._quiet_until, self._timing.monotonic() + seconds)
