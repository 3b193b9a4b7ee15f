"""The way to one provider: every question passes cache, circuit, bulkhead and quota, in order.

What is asked with (aiohttp, a vendor's library in a thread) does not matter here: it raises
``Failure``, and leaves this module as one of the domain's errors.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from fin_agent.adapters.http.allotment import Allotment
from fin_agent.adapters.http.answers import Answer, AnswerCache
from fin_agent.adapters.http.circuit import Circuit, CircuitRules, CircuitState
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.questions import EVERY_CALL, Allowance, Question, Told
from fin_agent.adapters.http.quota import Budget, Quota, QuotaBook
from fin_agent.adapters.http.retry import RetryRules, retrying
from fin_agent.adapters.http.statistics import LaneStatistics
from fin_agent.adapters.http.timing import Timing
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.provider import ProviderSuspended

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LaneRules:
    """How a provider may be asked; quotas are by endpoint group, ``*`` counts every call."""

    provider: str
    quotas: Mapping[str, tuple[Quota, ...]] = field(default_factory=dict)
    parallel: int = 4
    retry: RetryRules = field(default_factory=RetryRules)
    circuit: CircuitRules = field(default_factory=CircuitRules)
    longest_quota_wait_s: float = 20.0


@dataclass(slots=True)
class Shared:
    """What all lanes of a process share.

    ``record`` takes provider, kind (http, kept from an earlier run, failure), question and body.
    """

    timing: Timing
    book: QuotaBook
    cache: AnswerCache
    tell: Callable[[DomainEvent], None]
    record: Callable[[str, str, str, bytes], None] | None = None


class Lane:
    """One provider with one key; ``secret`` only separates the quotas of different keys."""

    def __init__(self, rules: LaneRules, shared: Shared, secret: str = "") -> None:
        self.rules = rules
        self.statistics = LaneStatistics()
        self._shared = shared
        self._circuit = Circuit(rules.circuit, shared.timing)
        self._bulkhead = asyncio.Semaphore(rules.parallel)
        self._flights: dict[str, asyncio.Task[Answer]] = {}
        self._owner = f"{rules.provider}/{sha256(secret.encode()).hexdigest()[:8]}"
        budgets = {
            group: Budget(rules.provider, group, f"{self._owner}/{group}", quotas)
            for group, quotas in rules.quotas.items()
            if quotas
        }
        self._allotment = Allotment(budgets, shared.book, shared.timing)

    @property
    def provider(self) -> str:
        return self.rules.provider

    @property
    def now(self) -> datetime:
        return self._shared.timing.now()

    @property
    def circuit_state(self) -> CircuitState:
        return self._circuit.state

    def plan(
        self, wanted: int, group: str = EVERY_CALL, *, urgent: bool = False
    ) -> AbstractAsyncContextManager[Allowance]:
        """Set aside as many of the wanted calls as the quotas allow now; the rest is not sent.

        What is not used is given back when the block ends.
        """
        return self._allotment.plan(wanted, group, urgent=urgent)

    async def ask(
        self,
        question: Question,
        fetch: Callable[[], Awaitable[bytes]],
        decode: Callable[[bytes], T],
        allowance: Allowance | None = None,
    ) -> Told[T]:
        """The decoded answer, from the cache or from the provider.

        ``fetch`` and ``decode`` raise ``Failure`` for what is no answer; such a body is not kept.

        Raises:
            Unavailable: no answer, and the question may be asked elsewhere.
            Refused: the provider says no.
            Ambiguous: a request that changes something may have been carried out.
        """
        self.statistics.asked += 1
        kept = await self._kept(question, decode)
        if kept is not None:
            return kept
        if not question.is_idempotent:
            return self._decoded(await self._attempt_once(question, fetch, decode), decode)
        flight, values = self._flights.get(question.key), list[T]()
        if flight is None:

            def checked(body: bytes) -> None:
                values[:] = [decode(body)]

            flight = asyncio.ensure_future(self._fly(question, fetch, checked, allowance))
            self._flights[question.key] = flight
            flight.add_done_callback(lambda done: self._landed(question.key, done))
        else:
            self.statistics.coalesced += 1
        try:
            answer = await asyncio.shield(flight)
            return Told(values[0], answer.at) if values else self._decoded(answer, decode)
        except Failure as failure:
            raise self._error(failure) from None

    async def close(self) -> None:
        """Stop what is on its way."""
        flights = [*self._flights.values()]
        for flight in flights:
            flight.cancel()
        if flights:
            await asyncio.wait(flights)

    def _landed(self, key: str, flight: "asyncio.Task[Answer]") -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # retrieved: those who asked may have been cancelled

    async def _kept(self, question: Question, decode: Callable[[bytes], T]) -> Told[T] | None:
        cache, key = self._shared.cache, self._cache_key(question)
        if not question.is_idempotent:
            return None
        answer, statistic = cache.remembered(key, question.kind), "from_memory"
        if answer is None:
            answer, statistic = await cache.stored(key, question.kind), "from_disk"
        if answer is None:
            return None
        try:
            told = self._decoded(answer, decode)
        except Failure:  # the file was damaged: ask again
            self.statistics.failures["damaged cache"] += 1
            return None
        setattr(self.statistics, statistic, getattr(self.statistics, statistic) + 1)
        if statistic == "from_disk":
            self._record("kept", question, answer.body)
        return told

    async def _fly(
        self,
        question: Question,
        fetch: Callable[[], Awaitable[bytes]],
        decode: Callable[[bytes], object],
        allowance: Allowance | None,
    ) -> Answer:
        attempts = retrying(self.rules.retry, self._shared.timing, is_idempotent=True)
        answer: Answer | None = None
        async for attempt in attempts:
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    self.statistics.retried += 1
                answer = await self._attempt(question, fetch, decode, allowance)
        if answer is None:
            raise AssertionError("tenacity ended without an answer or an error")
        await self._shared.cache.keep(self._cache_key(question), question.kind, answer)
        return answer

    async def _attempt_once(
        self,
        question: Question,
        fetch: Callable[[], Awaitable[bytes]],
        decode: Callable[[bytes], object],
    ) -> Answer:
        try:
            return await self._attempt(question, fetch, decode, None)
        except Failure as failure:
            if failure.may_be_done:
                raise Ambiguous(f"{self.provider} {failure.reason}") from None
            raise self._error(failure) from None

    async def _attempt(
        self,
        question: Question,
        fetch: Callable[[], Awaitable[bytes]],
        decode: Callable[[bytes], object],
        allowance: Allowance | None,
    ) -> Answer:
        """One call, counted before it is sent, and what its fate says about the provider."""
        async with self._bulkhead:
            self._circuit.check()
            if allowance is None or not allowance.spend(question.cost):
                # beyond a plan nothing is waited for
                patience_s = self.rules.longest_quota_wait_s if allowance is None else 0.0
                await self._allotment.take(question, patience_s)
            with self._circuit.admitted():
                try:
                    answer = await self._sent(fetch, decode)
                except Failure as failure:
                    self._record("failure", question, failure.reason.encode())
                    self._judge(failure)
                    raise
                self._circuit.succeeded()
            self._record("http", question, answer.body)
            return answer

    async def _sent(
        self, fetch: Callable[[], Awaitable[bytes]], decode: Callable[[bytes], object]
    ) -> Answer:
        statistics, began = self.statistics, self._shared.timing.monotonic()
        statistics.sent += 1
        try:
            body = await fetch()
            decode(body)
        except Failure as failure:
            statistics.failures[failure.category] += 1
            raise
        finally:
            seconds = self._shared.timing.monotonic() - began
            statistics.seconds += seconds
            statistics.slowest_s = max(statistics.slowest_s, seconds)
        statistics.answered += 1
        statistics.bytes += len(body)
        return Answer(body, self._shared.timing.now())

    def _judge(self, failure: Failure) -> None:
        asked = failure.retry_after_s
        if asked is not None:
            self._circuit.pause(asked)
            if asked > self.rules.retry.longest_wait_s:
                self._tell_suspended(asked, failure.reason)
        elif failure.is_outage:
            pause = self._circuit.failed()
            if pause is not None:
                self._tell_suspended(pause, failure.reason)
        else:
            self._circuit.succeeded()  # it said no, which is an answer

    def _record(self, kind: str, question: Question, payload: bytes) -> None:
        if (record := self._shared.record) is not None:
            record(self.provider, kind, question.key, payload)

    def _tell_suspended(self, seconds: float, reason: str) -> None:
        self._shared.tell(ProviderSuspended(self.provider, round(seconds), reason))

    def _error(self, failure: Failure) -> Unavailable | Refused:
        kind = Refused if failure.is_refusal else Unavailable
        return kind(f"{self.provider} {failure.reason}")

    def _cache_key(self, question: Question) -> str:
        return f"{self._owner} {question.key}"

    @staticmethod
    def _decoded(answer: Answer, decode: Callable[[bytes], T]) -> Told[T]:
        return Told(decode(answer.body), answer.at)
