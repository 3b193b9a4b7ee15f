"""When which notices go out over a channel: grouped and paced, critical ones at once and again.

Pure: no clock, no channel. Nothing waiting is ever dropped by the pace, it is only grouped more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fin_agent.domain.notice import Message, Notice, Severity

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of sending.

    Notices that are not critical wait ``group`` for others, and go in at most ``per_minute``
    messages. A critical one goes again every ``repeat`` until a person acknowledges it. A channel
    is tried again after ``first_retry``, doubled up to ``longest_retry``; it is dead after
    ``dead_after`` without success. A message shows ``lines`` notices and counts the rest.
    """

    group: timedelta = timedelta(seconds=5)
    per_minute: int = 6
    repeat: timedelta = timedelta(minutes=5)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(seconds=30)
    dead_after: timedelta = timedelta(seconds=90)
    lines: int = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that a channel owes the person; ``times`` it was sent there already."""

    notice: Notice
    times: int = 0

    @property
    def is_critical(self) -> bool:
        return self.notice.severity is Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes out next, and which notices are sent with it."""

    message: Message
    notices: Sequence[str]


def next_sending(
    waiting: Sequence[Waiting], sent: Sequence[datetime], pace: Pace, now: datetime
) -> Sending | None:
    """The next message of a channel, None when nothing is due yet.

    ``sent`` are the times of its last messages that were not critical.
    """
    critical = [one for one in waiting if one.is_critical]
    if critical:
        return _joined(critical, pace.lines)
    if not waiting:
        return None
    oldest = min(one.notice.made_at for one in waiting)
    is_young = timedelta(0) <= now - oldest < pace.group  # a clock set back holds nothing up
    is_paced = sum(now - _MINUTE < at <= now for at in sent) >= pace.per_minute
    return None if is_young or is_paced else _joined(waiting, pace.lines)


def _joined(waiting: Sequence[Waiting], lines: int) -> Sending:
    """One message of several notices; the same words are said once, with their count."""
    ids = [one.notice.notice_id for one in waiting]
    severity = max((one.notice.severity for one in waiting), key=lambda s: s.rank)
    silent = all(one.notice.silent for one in waiting)
    counts: dict[str, int] = {}
    for one in waiting:
        line = _line(one, alone=len(waiting) == 1)
        counts[line] = counts.get(line, 0) + 1
    said = [line if n == 1 else f"{line} [{n} times]" for line, n in counts.items()]
    shown, left = said[:lines], len(said) - lines
    if left > 0:
        shown.append(f"and {left} more: fin-agent events tail")
    repeats = max(one.times for one in waiting)
    return Sending(Message(_title(waiting, repeats), "\n".join(shown), severity, silent), ids)


def _line(one: Waiting, *, alone: bool) -> str:
    notice = one.notice
    return notice.text if alone else f"{notice.title}: {notice.text}"


def _title(waiting: Sequence[Waiting], repeats: int) -> str:
    if not waiting[0].is_critical:
        return waiting[0].notice.title if len(waiting) == 1 else f"{len(waiting)} messages"
    titles = {one.notice.title for one in waiting}
    title = titles.pop() if len(titles) == 1 else f"{len(waiting)} critical messages"
    return f"{title} (said {repeats + 1} times; fin-agent ack)" if repeats else title


@dataclass(slots=True)
class ChannelState:
    """How a channel does, from success to success."""

    sent: list[datetime] = field(default_factory=list)
    failures: int = 0
    failing_since: datetime | None = None
    retry_at: datetime | None = None
    problem: str = ""
    is_dead: bool = False

    def may_try(self, now: datetime, pace: Pace) -> bool:
        """Whether it is time; what is due later than the longest wait is from another clock."""
        due = self.retry_at
        return due is None or not now < due <= now + pace.longest_retry

    def worked(self, now: datetime, sending: Sending) -> bool:
        """Note a success; True when the channel was dead before."""
        if sending.message.severity is not Severity.CRITICAL:
            self.sent = [at for at in self.sent if now - _MINUTE < at <= now] + [now]
        was_dead, self.is_dead = self.is_dead, False
        self.failures, self.failing_since, self.retry_at, self.problem = 0, None, None, ""
        return was_dead

    def failed(self, now: datetime, problem: str, pace: Pace, *, for_good: bool) -> bool:
        """Note a failure; True when the channel is dead from now on and was not before."""
        self.failures += 1
        self.problem = problem
        self.failing_since = self.failing_since or now
        wait = pace.first_retry * 2.0 ** min(self.failures - 1, 16)
        self.retry_at = now + min(wait, pace.longest_retry)
        was_dead = self.is_dead
        over = now - self.failing_since >= pace.dead_after
        self.is_dead = self.is_dead or for_good or over
        return self.is_dead and not was_dead
