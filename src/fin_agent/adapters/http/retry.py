"""When to ask again: exponential back-off with full jitter, and what the provider asks for."""

from collections.abc import Callable
from dataclasses import dataclass

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_base

from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.timing import Timing

_A_LITTLE_S = 0.05  # timers may fire a little early, and so may the provider's


@dataclass(frozen=True, slots=True)
class RetryRules:
    """``attempts`` in all; pauses grow from ``first_wait_s`` and never exceed ``longest_wait_s``.

    A provider that asks for a longer pause is not asked again: the caller has other sources.
    """

    attempts: int = 3
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0


def retrying(rules: RetryRules, timing: Timing, *, is_idempotent: bool) -> AsyncRetrying:
    """Attempts at one request; only one when the request may not be sent twice."""

    def may_help(error: BaseException) -> bool:
        if not isinstance(error, Failure) or not error.is_transient:
            return False
        return (error.retry_after_s or 0.0) <= rules.longest_wait_s

    return AsyncRetrying(
        stop=stop_after_attempt(rules.attempts if is_idempotent else 1),
        wait=_Wait(rules, timing.chance),
        retry=retry_if_exception(may_help),
        sleep=timing.sleep,
        reraise=True,
    )


class _Wait(wait_base):
    def __init__(self, rules: RetryRules, chance: Callable[[], float]) -> None:
        self._rules = rules
        self._chance = chance

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.retry_after_s if isinstance(error, Failure) else None
        if asked is not None:
            return asked + _A_LITTLE_S + self._chance() * self._rules.first_wait_s
        growing = self._rules.first_wait_s * 2.0 ** (retry_state.attempt_number - 1)
        return self._chance() * min(growing, self._rules.longest_wait_s)
