"""A live session from its tape: its minutes and scans in the order in which they were decided."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from fin_agent.adapters.tape.answers import DUE, MINUTE
from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.reader import tape_lines
from fin_agent.adapters.tape.recording import due_of, untradable_of
from fin_agent.adapters.tape.section import taped_minutes
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import (
    ClockPort,
    FeedItem,
    MinuteBars,
    ScanDue,
    SessionFeedPort,
    Untradable,
)


class TapeClock(ClockPort):
    """Shows when what is told now was received on the live day."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass(slots=True)
class _Day:
    """What the tape holds: bars by minute, and of each minute and scan the last time it came.

    It came again when the agent died before it had decided on it.
    """

    bars: dict[int, dict[str, Bar]] = field(default_factory=dict)
    minutes: dict[int, tuple[datetime, Untradable]] = field(default_factory=dict)
    scans: dict[datetime, tuple[datetime, ScanDue, int]] = field(default_factory=dict)


class TapedFeed(SessionFeedPort):
    """Reads ``<folder>/<date>/agent-NNN.jsonl.zst`` and moves the clock along."""

    def __init__(self, folder: Path, day: date, clock: TapeClock) -> None:
        self._clock = clock
        self._day = _read(folder, day)
        self._scanned: set[datetime] = set()

    def early_scans(self, session: TradingSession) -> Sequence[ScanDue]:
        """The scans that were made before the feed was followed, oldest first."""
        found = [due for _, due, after in self._day.scans.values() if after < 0]
        return sorted((due for due in found if due.at < session.open), key=lambda due: due.at)

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        day = self._day
        early = {due.at for due in self.early_scans(session)}
        left = [scan for at, scan in sorted(day.scans.items()) if at not in early]
        for number in range(-1, session.minutes):
            if number >= 0:
                heard, untradable = day.minutes.get(number, (self._clock.at, Untradable()))
                self._clock.at = heard
                bars = day.bars.get(number, {})
                known = {s: bars[s] for s in symbols if s in bars}
                yield MinuteBars(number, known, untradable)
            for heard, due, after in left:
                if after == number and due.at not in self._scanned:
                    self._scanned.add(due.at)
                    self._clock.at = heard
                    yield due


def _read(folder: Path, day: date) -> _Day:
    found, answers, newest = _Day(), [], -1
    for line in tape_lines(folder, day, AGENT):
        if line.kind == MINUTE:
            told = json.loads(line.payload)
            answers.append(told)
            if not told.get("again"):
                newest = told["minute"]
                found.minutes[newest] = (line.received_at, untradable_of(told))
        elif line.kind == DUE:
            due = due_of(json.loads(line.payload))
            found.scans[due.at] = (line.received_at, due, newest)
    found.bars = taped_minutes(answers)
    return found
