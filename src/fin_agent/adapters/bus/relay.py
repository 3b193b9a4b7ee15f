"""Copies the event log into a Redis stream: the log is the truth, the stream can be filled again.

The stream's own last id says what it holds. When it is less than what was sent (wiped, restarted
without its last second, restored from an old file), the relay sends the rest again.
"""

from collections.abc import Mapping

from fin_agent.adapters.bus.stream import Stream, entry_id, seq_of
from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.envelope import envelope_of
from fin_agent.adapters.persistence.office import Office
from fin_agent.adapters.persistence.rows import event_of
from fin_agent.domain.errors import Inconsistent

_TOGETHER = 500  # events in one command
_TRIM_AFTER = 1_000  # acknowledged entries that may stay in the stream
_KNOWN = "SELECT cursor, trimmed FROM relay WHERE name = ?"
_NEXT = "SELECT * FROM event_log WHERE seq > ? ORDER BY seq LIMIT ?"
_KEEP = (
    "INSERT INTO relay (name, cursor, trimmed) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, trimmed = excluded.trimmed"
)
_NOWHERE = "?"  # no stream ends here: asks for the truth


class Relay:
    """Fills one stream from one log; ``refilled`` counts events that had to be sent again."""

    def __init__(self, stream: Stream, database: Database, office: Office) -> None:
        self._stream = stream
        self._database = database
        self._office = office
        self._last = _NOWHERE
        self._position = 0
        self._trimmed = 0
        self._is_known = False
        self.refilled = 0

    async def trimmed(self) -> int:
        """Everything up to here was acknowledged by every consumer and may be gone."""
        await self._recall()
        return self._trimmed

    async def fill(self) -> int:
        """Send everything that the stream lacks; how many events that was.

        Raises:
            Unavailable: Redis does not answer; the log keeps everything.
            Inconsistent: the stream holds events that the log does not know.
        """
        await self._recall()
        sent = 0
        while True:
            rows = await self._database.rows(_NEXT, [self._position, _TOGETHER])
            entries = [(row["seq"], envelope_of(event_of(row))) for row in rows]
            reached = entry_id(rows[-1]["seq"]) if rows else self._last
            last = await self._stream.add(self._last, entries)
            if last != reached or (not rows and self._last == _NOWHERE):
                await self._start_over(last)
                continue
            if not rows:
                return sent
            sent += len(rows)
            self._last, self._position = last, rows[-1]["seq"]
            await self._keep()

    async def trim(self) -> None:
        """Drop what every group and every consumer is done with."""
        groups = await self._stream.groups()
        cursors: Mapping[str, int] = await self._office.deliveries.cursors()
        done = [*(group.acknowledged for group in groups.values()), *cursors.values()]
        if not done or min(done) - self._trimmed < _TRIM_AFTER:
            return
        self._trimmed = min(done) - 1  # the last acknowledged entry stays
        await self._keep()
        await self._stream.trim(self._trimmed + 1)

    async def _start_over(self, last: str) -> None:
        """Go on behind what the stream really holds."""
        held, head = seq_of(last), await self._office.deliveries.head()
        if held > head:
            raise Inconsistent(
                f"redis stream {self._stream.name} ends with event {held}, the log with {head}:"
                f" it belongs to another or a newer log; delete it: DEL {self._stream.name}"
            )
        position = held or self._trimmed
        self.refilled += max(0, self._position - position)
        self._last, self._position = last, position

    async def _recall(self) -> None:
        if not self._is_known:
            for row in await self._database.rows(_KNOWN, [self._stream.name]):
                self._position, self._trimmed = row["cursor"], row["trimmed"]
            self._is_known = True

    async def _keep(self) -> None:
        row = (self._stream.name, self._position, self._trimmed)
        await self._office.write([(_KEEP, [row])])
