"""What a consumer holds of the log at one time: which event may be handled next, and what is done.

Nothing here does I/O or reads a clock.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush

from fin_agent.domain.delivery import ordering_key
from fin_agent.domain.events import Event


@dataclass(slots=True)
class Entry:
    """An event on its way to one consumer; ``mark`` is the transport's own name for it."""

    seq: int
    event: Event
    attempts: int = 0
    due: datetime | None = None
    mark: str = ""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = ordering_key(self.event)


class Window:
    """Unfinished entries by key; the first of a key holds the others back, also while it waits.

    ``longest_wait`` is the most that any entry waits: what is due later than that was written
    before the clock was set back, and is due now.
    """

    def __init__(self, position: int, longest_wait: timedelta) -> None:
        self.position = position
        self._longest_wait = longest_wait
        self._entries: dict[int, Entry] = {}
        self._keys: dict[str, list[int]] = {}
        self._running: set[str] = set()
        self._ready: list[int] = []
        self._waiting: list[tuple[datetime, int]] = []
        self._unfinished: list[int] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Take an entry in; one that is here already is left alone."""
        if entry.seq in self._entries:
            return
        self._entries[entry.seq] = entry
        heappush(self._keys.setdefault(entry.key, []), entry.seq)
        heappush(self._unfinished, entry.seq)
        self._line_up(entry)

    def pass_to(self, seq: int) -> None:
        """Everything up to here was looked at."""
        self.position = max(self.position, seq)

    def take(self, now: datetime) -> Entry | None:
        """The next entry whose turn it is; it runs until ``finish`` or ``postpone``."""
        while self._waiting and self._is_due(self._waiting[0][0], now):
            heappush(self._ready, heappop(self._waiting)[1])
        while self._ready:
            entry = self._entries.get(heappop(self._ready))
            if entry is not None and self._is_first(entry) and entry.key not in self._running:
                if entry.due is not None and not self._is_due(entry.due, now):
                    heappush(self._waiting, (entry.due, entry.seq))
                    continue
                self._running.add(entry.key)
                return entry
        return None

    def finish(self, entry: Entry) -> None:
        """The entry is done or given up: the next of its key may go."""
        self._running.discard(entry.key)
        if self._entries.pop(entry.seq, None) is None:
            return
        seqs = self._keys[entry.key]
        if seqs[0] == entry.seq:
            heappop(seqs)
        else:  # an older one of its key came back while it ran
            seqs.remove(entry.seq)
            seqs.sort()
        if seqs:
            self._line_up(self._entries[seqs[0]])
        else:
            del self._keys[entry.key]

    def postpone(self, entry: Entry, due: datetime) -> None:
        """The entry failed and is tried again; its key waits with it."""
        self._running.discard(entry.key)
        entry.due = due
        self._line_up(self._entries[self._keys[entry.key][0]])

    def next_due(self) -> datetime | None:
        """When the first of the waiting entries is due."""
        return self._waiting[0][0] if self._waiting else None

    def cursor(self, without: Entry | None = None) -> int:
        """Everything up to here is finished, or will be when ``without`` is."""
        kept = []
        while self._unfinished:
            first = self._unfinished[0]
            if without is not None and first == without.seq:
                kept.append(heappop(self._unfinished))
            elif first not in self._entries:
                heappop(self._unfinished)
            else:
                break
        cursor = self._unfinished[0] - 1 if self._unfinished else self.position
        for seq in kept:
            heappush(self._unfinished, seq)
        return cursor

    def _is_first(self, entry: Entry) -> bool:
        return self._keys[entry.key][0] == entry.seq

    def _is_due(self, due: datetime, now: datetime) -> bool:
        return due <= now or due - now > self._longest_wait

    def _line_up(self, entry: Entry) -> None:
        if not self._is_first(entry):
            return
        if entry.due is None:
            heappush(self._ready, entry.seq)
        else:
            heappush(self._waiting, (entry.due, entry.seq))
