"""The event log's hash chain: who writes the log links its rows, and anybody can check them."""

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from fin_agent.adapters.persistence.connection import scalar
from fin_agent.domain.events import canonical

Row = tuple[str | int | None, ...]

GENESIS_HASH = "0" * 64
HASHED = (
    "event_id, type, version, session_date, account, occurred_at, recorded_at, valid_until,"
    " correlation_id, causation_id, is_decision, payload"
)
LOG_SQL = f"INSERT INTO event_log ({HASHED}, row_hash) VALUES (?{', ?' * 12})"  # noqa: S608 - ours


def row_hash(previous_hash: str, row: Row) -> str:
    """A link of the chain (BLAKE2b-256) over the hash before it and the row's values.

    JSON tells a number from a text and null from both; a BLOB of equal bytes has no JSON at all.
    """
    return blake2b(f"{previous_hash}{canonical(row)}".encode(), digest_size=32).hexdigest()


def linked(rows: Iterable[Row], head: str) -> Iterator[Row]:
    """The rows with their hashes; the last one's is the new head."""
    for row in rows:
        head = row_hash(head, row)
        yield (*row, head)


def stored_head(connection: sqlite3.Connection) -> str:
    """The hash of the newest row."""
    head = scalar(connection, "SELECT row_hash FROM event_log ORDER BY seq DESC LIMIT 1")
    return GENESIS_HASH if head is None else str(head)
