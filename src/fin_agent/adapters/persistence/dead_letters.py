"""What was given up: list it, and give chosen ones another series of attempts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.domain.delivery import DeadLetter, has_expired
from fin_agent.ports import ClockPort

Check = Callable[[DeadLetter], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a dead letter; ``refusal`` says why it stays one."""

    letter: DeadLetter
    refusal: str | None = None

    @property
    def is_requeued(self) -> bool:
        return self.refusal is None


async def no_check(_: DeadLetter) -> str | None:
    """Nothing speaks against it."""
    return None


class DeadLetters:
    """The dead letters of one database.

    An event goes back under its own id, so its consumer's inbox still stands between it and a
    second effect. ``check`` answers why a letter may not go back, or None; the risk gate sits
    there.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        clock: ClockPort,
        check: Check = no_check,
    ) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._check = check

    async def all(self) -> Sequence[DeadLetter]:
        """Every dead letter, oldest failure first."""
        return await self._deliveries.dead_letters()

    async def judged(self, letters: Sequence[DeadLetter]) -> list[Outcome]:
        """What requeueing would do: nothing is changed."""
        now = self._clock.now()
        return [
            Outcome(letter, f"expired at {letter.event.valid_until}")
            if has_expired(letter.event, now)
            else Outcome(letter, await self._check(letter))
            for letter in letters
        ]

    async def requeue(self, letters: Sequence[DeadLetter], store: EventStore) -> list[Outcome]:
        """Let those go back that may; doing it twice is doing it once."""
        outcomes = await self.judged(letters)
        batches = [
            self._deliveries.requeued(outcome.letter.consumer, outcome.letter.event.event_id)
            for outcome in outcomes
            if outcome.is_requeued
        ]
        if batches:
            await store.write(store.unit(), batches)
        return outcomes
