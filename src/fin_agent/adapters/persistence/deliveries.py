"""The tables of the event bus: statements that go into a transaction, and questions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps
from typing import Any, NamedTuple, Protocol

from fin_agent.adapters.persistence.envelope import envelope_of, event_in
from fin_agent.adapters.persistence.rows import event_of, instant, micros
from fin_agent.adapters.persistence.transactions import Batch
from fin_agent.adapters.persistence.window import Entry
from fin_agent.domain.delivery import DeadLetter
from fin_agent.domain.events import Event

_REGISTER = (
    "INSERT INTO consumer (name, cursor, owner, epoch, token, lease_until) VALUES"
    " (?, CASE WHEN ? THEN (SELECT coalesce(max(seq), 0) FROM event_log) ELSE 0 END,"
    " NULL, 0, 0, 0) ON CONFLICT (name) DO NOTHING"
)
_ACQUIRE = (
    "UPDATE consumer SET owner = ?, epoch = ?, token = token + 1, lease_until = ? WHERE name = ?"
    " AND (owner IS NULL OR owner = ? OR epoch < ? OR lease_until < ? OR lease_until > ?)"
)
_MOVE = (  # another owner has another token: NULL is refused, and with it the whole transaction
    "UPDATE consumer SET cursor = CASE WHEN token = ? THEN max(cursor, ?) END, lease_until = ?"
    " WHERE name = ?"
)
_RELEASE = "UPDATE consumer SET owner = NULL, lease_until = 0 WHERE name = ? AND token = ?"
_INBOX = "INSERT INTO inbox (consumer, event_id, done_at) VALUES (?, ?, ?)"
_FORGET = "DELETE FROM delivery WHERE consumer = ? AND event_id = ?"
_FAILED = (
    "INSERT INTO delivery (consumer, event_id, seq, state, attempts, due_at, failed_at, reason,"
    " trace, payload_hash, envelope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (consumer, event_id) DO UPDATE SET state = excluded.state,"
    " attempts = excluded.attempts, due_at = excluded.due_at, failed_at = excluded.failed_at,"
    " reason = excluded.reason, trace = excluded.trace"
)
_REQUEUE = (
    "UPDATE delivery SET state = 'retry', attempts = 0, due_at = 0"
    " WHERE consumer = ? AND event_id = ? AND state = 'dead'"
)
_UNREAD = (  # one statement, so that head and rows are of the same instant
    "SELECT head.last, unread.* FROM"
    " (SELECT min(coalesce(max(seq), 0), ?) AS last FROM event_log) AS head LEFT JOIN"
    " (SELECT log.*, delivery.attempts, delivery.due_at FROM event_log AS log"
    " LEFT JOIN delivery ON delivery.consumer = ? AND delivery.event_id = log.event_id"
    " WHERE log.seq > ? AND log.seq <= ?"
    " AND (? = '[]' OR log.type IN (SELECT value FROM json_each(?)))"
    " AND coalesce(delivery.state, 'retry') = 'retry'"
    " AND NOT EXISTS"
    " (SELECT 1 FROM inbox WHERE inbox.consumer = ? AND inbox.event_id = log.event_id)"
    " ORDER BY log.seq LIMIT ?) AS unread ON true ORDER BY unread.seq"
)
_FATES = (
    "SELECT ids.value AS event_id, delivery.state, delivery.attempts, delivery.due_at,"
    " inbox.event_id IS NOT NULL AS is_done FROM json_each(?) AS ids"
    " LEFT JOIN delivery ON delivery.consumer = ? AND delivery.event_id = ids.value"
    " LEFT JOIN inbox ON inbox.consumer = ? AND inbox.event_id = ids.value"
)
_RETRIES = "SELECT * FROM delivery WHERE state = 'retry' AND consumer = ? AND seq <= ? ORDER BY seq"
_DEAD = "SELECT * FROM delivery WHERE state = 'dead' ORDER BY failed_at, consumer, seq"


class Unread(NamedTuple):
    """Entries for a consumer, and the place of the log up to which there are no others."""

    entries: list[Entry]
    position: int


class Rows(Protocol):
    """Whatever answers a query: the writer's database or a reader beside it."""

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Every row of a query as a mapping."""


@dataclass(frozen=True, slots=True)
class Fence:
    """What proves that a consumer's place is still ours."""

    consumer: str
    token: int


@dataclass(frozen=True, slots=True)
class Place:
    """A consumer's row."""

    cursor: int
    owner: str | None
    token: int


class Deliveries:
    """The state of every consumer in one database."""

    def __init__(self, database: Rows) -> None:
        self._database = database

    def registered(self, consumer: str, *, from_now: bool) -> Batch:
        return _REGISTER, [(consumer, int(from_now))]

    def acquired(
        self, consumer: str, owner: tuple[str, int], now: datetime, lease: timedelta
    ) -> Batch:
        """Take the place if it is free, ours, of an earlier epoch, or its lease has run out.

        A lease that ends later than a whole one from now was given before the clock was set back.
        """
        name, epoch = owner
        until, at = micros(now + lease), micros(now)
        return _ACQUIRE, [(name, epoch, until, consumer, name, epoch, at, until)]

    def moved(self, fence: Fence, cursor: int, lease_until: datetime) -> Batch:
        return _MOVE, [(fence.token, cursor, micros(lease_until), fence.consumer)]

    def released(self, fence: Fence) -> Batch:
        return _RELEASE, [(fence.consumer, fence.token)]

    def done(self, consumer: str, entry: Entry, now: datetime) -> list[Batch]:
        """The entry in the inbox; a second time breaks the key and undoes the transaction."""
        event_id = entry.event.event_id
        done: Batch = (_INBOX, [(consumer, event_id, now.isoformat())])
        return [done, (_FORGET, [(consumer, event_id)])] if entry.attempts else [done]

    def forgotten(self, consumer: str, event_id: str) -> Batch:
        return _FORGET, [(consumer, event_id)]

    def failed(self, letter: DeadLetter, due: datetime | None) -> Batch:
        """The failure of an attempt; without a time to try again it is a dead letter."""
        event = letter.event
        state, due_at = ("dead", 0) if due is None else ("retry", micros(due))
        at = letter.failed_at.isoformat()
        told = (letter.reason, letter.trace, letter.payload_hash, envelope_of(event))
        names = (letter.consumer, event.event_id, letter.seq)
        return _FAILED, [(*names, state, letter.attempts, due_at, at, *told)]

    def requeued(self, consumer: str, event_id: str) -> Batch:
        return _REQUEUE, [(consumer, event_id)]

    async def place(self, consumer: str) -> Place | None:
        rows = await self._database.rows("SELECT * FROM consumer WHERE name = ?", [consumer])
        return Place(rows[0]["cursor"], rows[0]["owner"], rows[0]["token"]) if rows else None

    async def cursors(self) -> Mapping[str, int]:
        rows = await self._database.rows("SELECT name, cursor FROM consumer")
        return {row["name"]: row["cursor"] for row in rows}

    async def head(self) -> int:
        """The last place of the log."""
        rows = await self._database.rows("SELECT coalesce(max(seq), 0) AS head FROM event_log")
        return int(rows[0]["head"])

    async def unread(
        self, consumer: str, types: Collection[str], span: tuple[int, int], limit: int
    ) -> Unread:
        """What the log holds for a consumer after the first place, up to the second."""
        kinds, (after, up_to) = dumps(sorted(types)), span
        values = (up_to, consumer, after, up_to, kinds, kinds, consumer, limit)
        found = await self._database.rows(_UNREAD, values)
        entries = [
            _entry(row["seq"], row, event_of(row)) for row in found if row["seq"] is not None
        ]
        return Unread(entries, entries[-1].seq if len(entries) == limit else found[0]["last"])

    async def retries(self, consumer: str, up_to: int) -> list[Entry]:
        """What was requeued although the cursor has passed it."""
        found = await self._database.rows(_RETRIES, [consumer, up_to])
        return [_entry(row["seq"], row, event_in(row["envelope"])) for row in found]

    async def open_of(self, consumer: str, entries: Sequence[Entry]) -> list[Entry]:
        """The entries that are neither done nor dead, with what is known of their attempts."""
        ids = dumps([entry.event.event_id for entry in entries])
        rows = await self._database.rows(_FATES, [ids, consumer, consumer])
        fates = {row["event_id"]: row for row in rows}
        left = []
        for entry in entries:
            fate = fates[entry.event.event_id]
            if not fate["is_done"] and fate["state"] != "dead":
                again = _entry(entry.seq, fate, entry.event)
                again.mark = entry.mark
                left.append(again)
        return left

    async def is_done(self, consumer: str, event_id: str) -> bool:
        sql = "SELECT 1 FROM inbox WHERE consumer = ? AND event_id = ?"
        return bool(await self._database.rows(sql, [consumer, event_id]))

    async def dead_letters(self) -> list[DeadLetter]:
        """Everything that was given up and not requeued, oldest failure first."""
        return [letter_of(row) for row in await self._database.rows(_DEAD)]


def letter_of(row: Mapping[str, Any]) -> DeadLetter:
    """A dead letter from its row."""
    failed_at = datetime.fromisoformat(row["failed_at"])
    told = (row["attempts"], failed_at, row["reason"], row["trace"])
    return DeadLetter(row["consumer"], row["seq"], event_in(row["envelope"]), *told)


def _entry(seq: int, row: Mapping[str, Any], event: Event) -> Entry:
    due = None if row["due_at"] is None else instant(row["due_at"])
    return Entry(seq, event, row["attempts"] or 0, due)
