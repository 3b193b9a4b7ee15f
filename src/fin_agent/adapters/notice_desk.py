"""Sends what a person is to be told, each channel by itself: a broken one holds nobody up.

What waits lies in the state database, so a crash loses nothing. A channel that stays broken is
told on the others; when two or more lead away from this machine and none works, entries go off.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fin_agent.adapters.acknowledgements import AckFolder
from fin_agent.adapters.persistence.notices import NoticeBox
from fin_agent.adapters.persistence.side_by_side import side_by_side
from fin_agent.application.notify import Level, notice_of, told_types
from fin_agent.application.send_notices import ChannelState, Pace, Sending, next_sending
from fin_agent.domain.control import TradingResumed
from fin_agent.domain.errors import FinAgentError, Refused
from fin_agent.domain.events import Event
from fin_agent.domain.notice import Message, Severity
from fin_agent.ports import ClockPort, NotifierPort, UnitOfWork

_RESUMED = TradingResumed.__name__
_REPORT_AGAIN = timedelta(minutes=10)
_ENOUGH = 2  # channels that lead away: with one alone, nobody could say that it is broken
_TEST = "see fin-agent notify test"


@dataclass(frozen=True, slots=True)
class DeskRules:
    """Times of the desk.

    ``keep`` is how long a notice is worth sending, ``safe_after`` how long a critical one may stay
    unacknowledged before entries go off (None: for ever). ``look_s`` seconds are between two looks
    at what waits, ``send_s`` bound one attempt.
    """

    pace: Pace = field(default_factory=Pace)
    keep: timedelta = timedelta(hours=24)
    safe_after: timedelta | None = timedelta(minutes=30)
    look_s: float = 1.0
    send_s: float = 10.0


@dataclass(slots=True)
class Channel:
    """A channel under its name; it gets what is at least as severe as ``least``."""

    name: str
    port: NotifierPort
    least: Severity = Severity.INFO
    state: ChannelState = field(default_factory=ChannelState)
    reported_at: datetime | None = None


class Alarm(ABC):
    """What the desk may do about trading: tell, and stop entries."""

    @abstractmethod
    async def tell(self, name: str, problem: str, remedy: str, *, critical: bool = False) -> None:
        """Record ErrorRaised once for a name."""

    @abstractmethod
    async def make_safe(self, name: str, problem: str, remedy: str) -> None:
        """Record it too, and take entries off until a person resumes."""

    @abstractmethod
    async def acknowledged(self, by: str) -> None:
        """Record that a person has heard."""


@dataclass(slots=True)
class NoticeDesk:
    """One process's end of all channels; ``outcomes`` counts (channel, outcome) since the start.

    ``unheard`` critical notices wait for a person.
    """

    box: NoticeBox
    channels: Sequence[Channel]
    clock: ClockPort
    alarm: Alarm
    acks: AckFolder
    levels: Mapping[str, Level]
    currency: str
    note: Callable[[str], None]
    rules: DeskRules = field(default_factory=DeskRules)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    types: frozenset[str] = told_types()
    unheard: int = 0
    _trouble: str = ""

    async def take(self, event: Event, work: UnitOfWork) -> None:
        """Write down what an event tells a person, in the transaction that marks it handled."""
        now = self.clock.now()
        if event.type == _RESUMED:  # a person has looked
            work.acknowledge_notices(now)
        notice = notice_of(event, self.levels, self.currency, now)
        if notice is not None:
            work.save_notice(notice)

    async def run(self) -> None:
        """Send until cancelled."""
        serving = [self._repeated(channel) for channel in self.channels]
        await side_by_side(*serving, self._repeated(None))

    async def flush(self, seconds: float) -> None:
        """Send what waits without waiting for more of it, for at most so long: the end of a run."""
        hurried = replace(self.rules.pace, group=timedelta(0), per_minute=10_000)
        sending = [asyncio.create_task(self._emptied(c, hurried)) for c in self.channels]
        if not sending:
            return
        _, unfinished = await asyncio.wait(sending, timeout=seconds)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    async def acknowledge(self, by: str) -> int:
        """A person has heard everything critical so far; how many notices that were."""
        unheard = await self.box.unheard()
        await self.alarm.acknowledged(by)
        return len(unheard)

    async def close(self) -> None:
        """Let the channels go."""
        for channel in self.channels:
            await channel.port.close()

    async def _repeated(self, channel: Channel | None) -> None:
        """Serve a channel, or watch over all of them, again and again."""
        while True:
            try:
                await (self._watch() if channel is None else self._serve(channel, self.rules.pace))
                self._trouble = ""
            except FinAgentError as error:  # the database: trading halts by itself
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    self.note(f"notifications wait: {error}")
            await asyncio.sleep(self.rules.look_s)

    async def _emptied(self, channel: Channel, pace: Pace) -> None:
        while await self._serve(channel, pace):
            pass

    async def _serve(self, channel: Channel, pace: Pace) -> bool:
        """Send what a channel owes now; True when something was sent."""
        now = self.clock.now()
        if not channel.state.may_try(now, pace):
            return False
        waiting = await self.box.waiting(
            channel.name, now - self.rules.keep, now - pace.repeat, now
        )
        wanted = [w for w in waiting if w.notice.severity.rank >= channel.least.rank]
        below = [w.notice.notice_id for w in waiting if w not in wanted]
        if below:  # not for this channel: they must not fill what is looked at
            await self.box.sent(channel.name, below, now)
        sending = next_sending(wanted, channel.state.sent, pace, now)
        if sending is None:
            return False
        error = await attempted(channel.port, sending.message, self.rules.send_s)
        return await self._noted(channel, sending, error, pace)

    async def _noted(
        self, channel: Channel, sending: Sending, error: Exception | None, pace: Pace
    ) -> bool:
        now, name = self.clock.now(), channel.name
        if error is None:
            await self.box.sent(name, sending.notices, now)
            self.outcomes[name, "sent"] += 1
            if channel.state.worked(now, sending):
                self.note(f"notifications: {name} works again")
            return True
        self.outcomes[name, "failed"] += 1
        for_good = isinstance(error, Refused)
        if channel.state.failed(now, words_of(error), pace, for_good=for_good):
            await self._report(channel, now)
        return False

    async def _report(self, channel: Channel, now: datetime) -> None:
        """Tell that a channel is dead, and take entries off when nobody can be reached at all."""
        last = channel.reported_at
        if last is None or not timedelta(0) <= now - last < _REPORT_AGAIN:
            channel.reported_at = now
            problem = f"notifications: {channel.name} does not work: {channel.state.problem}"
            await self.alarm.tell(f"{channel.name}|{now}", problem, _TEST)
        away = [one for one in self.channels if one.port.is_away]
        if len(away) >= _ENOUGH and all(one.state.is_dead for one in away):
            names = ", ".join(one.name for one in away)
            problem = f"nobody can be told anything: {names} do not work"
            remedy = f"mend one of them ({_TEST}), then: fin-agent resume --reason TEXT"
            await self.alarm.make_safe(f"all|{now}", problem, remedy)

    async def _watch(self) -> None:
        """Hear acknowledgements, and act on critical notices that moved nobody."""
        heard = self.acks.waiting()
        if heard:
            await self.acknowledge("person")
            for path in heard:
                path.unlink(missing_ok=True)
        self.unheard = len(await self.box.unheard())
        if self.rules.safe_after is None:
            return
        now = self.clock.now()
        overdue = await self.box.overdue(now - self.rules.safe_after)
        if overdue:
            problem = f"nobody acknowledged: {overdue[0].title}"
            remedy = "fin-agent ack, then: fin-agent resume --reason TEXT"
            await self.alarm.make_safe(overdue[0].notice_id, problem, remedy)
            await self.box.escalated(overdue, now)


async def attempted(port: NotifierPort, message: Message, seconds: float) -> Exception | None:
    """What went wrong with sending a message; a channel may raise anything and may hang."""
    task = asyncio.create_task(port.send(message))
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done() or task.cancelled():
            return TimeoutError(f"not sent within {seconds:g} s")
        error = task.exception()
        return error if isinstance(error, Exception) else None
    finally:
        task.cancel()


def words_of(error: Exception) -> str:
    """An error of ours in its own words; any other by its name, because its text may hold keys."""
    known = isinstance(error, FinAgentError | TimeoutError)
    return str(error) if known else type(error).__name__
