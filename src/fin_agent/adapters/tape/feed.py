"""A live session from its tape: its minutes and scans in the order in which they were decided."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from fin_agent.adapters.tape.answers import CONTROL, DUE, MINUTE
from fin_agent.adapters.tape.control import Word, latches_of, word_of
from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.reader import tape_lines
from fin_agent.adapters.tape.recording import due_of, untradable_of
from fin_agent.adapters.tape.section import taped_minutes
from fin_agent.domain.control import Latch
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

    It came again when the agent died before it had decided on it. ``words`` follow the newest
    minute before them; ``amid`` are those that were heard while a minute or a scan was decided,
    by its number or instant.
    """

    bars: dict[int, dict[str, Bar]] = field(default_factory=dict)
    minutes: dict[int, tuple[datetime, Untradable]] = field(default_factory=dict)
    scans: dict[datetime, tuple[datetime, ScanDue, int]] = field(default_factory=dict)
    words: list[tuple[datetime, Word, int]] = field(default_factory=list)
    amid: dict[int | datetime, list[Word]] = field(default_factory=dict)
    every_word: list[Word] = field(default_factory=list)


class TapedFeed(SessionFeedPort):
    """Reads ``<folder>/<date>/agent-NNN.jsonl.zst`` and moves the clock along.

    ``hear`` is awaited when a person's word has its turn; ``say`` lets it be heard before.
    """

    def __init__(
        self,
        folder: Path,
        day: date,
        clock: TapeClock,
        say: Callable[[Word], None],
        hear: Callable[[datetime], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._day = _read(folder, day)
        self._scanned: set[datetime] = set()
        self._say = say
        self._hear = hear

    def latches(self) -> Sequence[Latch]:
        """What held when the day was taken up first."""
        return latches_of(self._day.every_word)

    async def early_scans(self, session: TradingSession) -> AsyncGenerator[ScanDue, None]:
        """The scans that were made before the feed was followed, and the words between them."""
        found = [s for s in self._day.scans.values() if s[2] < 0 and s[1].at < session.open]
        for heard, due, _ in sorted(found, key=lambda scan: scan[1].at):
            await self._words(-1, heard)
            await self._amid(due.at)
            self._scanned.add(due.at)
            yield due

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        day = self._day
        for number in range(-1, session.minutes):
            if number >= 0:
                amid = day.amid.pop(number, [])
                for word in amid:
                    self._say(word)
                heard, untradable = day.minutes.get(number, (self._clock.at, Untradable()))
                self._clock.at = heard
                bars = day.bars.get(number, {})
                known = {s: bars[s] for s in symbols if s in bars}
                yield MinuteBars(number, known, untradable)
                if amid:
                    await self._hear(self._clock.at)
            for heard, due, after in [scan for _, scan in sorted(day.scans.items())]:
                if after == number and due.at not in self._scanned:
                    await self._words(number, heard)
                    self._scanned.add(due.at)
                    await self._amid(due.at)
                    self._clock.at = heard
                    yield due
            await self._words(number, None)

    async def _words(self, after: int, until: datetime | None) -> None:
        """What was said after a minute and, if given, before an instant; each once."""
        words = self._day.words
        while words and words[0][2] <= after and (until is None or words[0][0] <= until):
            await self._speak(words.pop(0)[1])

    async def _amid(self, scan: datetime) -> None:
        for word in self._day.amid.pop(scan, []):
            await self._speak(word)

    async def _speak(self, word: Word) -> None:
        self._say(word)
        await self._hear(word.at)


def _read(folder: Path, day: date) -> _Day:
    found, answers, newest = _Day(), [], -1
    last: int | datetime = -1
    for line in tape_lines(folder, day, AGENT):
        if line.kind == MINUTE:
            told = json.loads(line.payload)
            answers.append(told)
            if not told.get("again"):
                newest = last = told["minute"]
                found.minutes[newest] = (line.received_at, untradable_of(told))
        elif line.kind == DUE:
            due = due_of(json.loads(line.payload))
            last = due.at
            found.scans[due.at] = (line.received_at, due, newest)
        elif line.kind == CONTROL:
            _take(found, word_of(json.loads(line.payload)), line.received_at, newest, last)
    found.bars = taped_minutes(answers)
    return found


def _take(found: _Day, word: Word, heard: datetime, newest: int, last: int | datetime) -> None:
    found.every_word.append(word)
    if word.is_amid:
        found.amid.setdefault(last, []).append(word)
    else:
        found.words.append((heard, word, newest))
