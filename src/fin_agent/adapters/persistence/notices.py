"""What a person is to be told, as it lies in the state database: written with the event's delivery.

A crash after sending and before ``sent`` sends once more; nothing is ever lost in between.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.deliveries import Rows
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.rows import instant, micros
from fin_agent.application.send_notices import Waiting
from fin_agent.domain.notice import Notice, Severity

_MOST = 500  # looked at once; what is behind them comes with the next look
_WAITING = (  # the second half: critical ones that are due once more
    "SELECT notice.*, coalesce(sent.times, 0) AS times FROM notice"
    " LEFT JOIN notice_sent AS sent ON sent.notice_id = notice.notice_id AND sent.channel = ?"
    " WHERE notice.made_at >= ? AND (sent.times IS NULL OR (notice.severity = 'critical'"
    " AND notice.acknowledged_at IS NULL AND (sent.sent_at <= ? OR sent.sent_at > ?)))"
    " ORDER BY notice.made_at, notice.rowid LIMIT ?"
)
_SENT = (
    "INSERT INTO notice_sent VALUES (?, ?, 1, ?) ON CONFLICT (notice_id, channel)"
    " DO UPDATE SET times = times + 1, sent_at = excluded.sent_at"
)
_UNHEARD = (
    "SELECT notice.*, 0 AS times FROM notice WHERE severity = 'critical'"
    " AND acknowledged_at IS NULL ORDER BY made_at LIMIT ?"
)
_OVERDUE = (
    "SELECT notice.*, 0 AS times FROM notice WHERE severity = 'critical'"
    " AND acknowledged_at IS NULL AND escalated_at IS NULL AND EXISTS (SELECT 1 FROM notice_sent"
    " AS sent WHERE sent.notice_id = notice.notice_id AND notice.made_at <= ?)"
    " ORDER BY made_at LIMIT ?"
)
_ESCALATED = "UPDATE notice SET escalated_at = ? WHERE notice_id = ?"
_LEFT = (
    "SELECT count(*) AS n FROM notice LEFT JOIN notice_sent AS sent"
    " ON sent.notice_id = notice.notice_id AND sent.channel = ?"
    " WHERE notice.made_at >= ? AND sent.times IS NULL"
)


class NoticeBox:
    """The notices of one state database."""

    def __init__(self, store: EventStore, database: Database) -> None:
        self._store = store
        self._database = database

    async def waiting(
        self, channel: str, since: datetime, due: datetime, now: datetime
    ) -> list[Waiting]:
        """What a channel has to send: notices since an instant, critical ones sent before ``due``.

        A time of sending in the future is from a clock that was set back: it counts as due.
        """
        values = (channel, micros(since), micros(due), micros(now), _MOST)
        rows = await self._database.rows(_WAITING, values)
        return [Waiting(_notice(row), row["times"]) for row in rows]

    async def count(self, channel: str, since: datetime) -> int:
        """How many notices a channel has never sent."""
        (row,) = await self._database.rows(_LEFT, (channel, micros(since)))
        return int(row["n"])

    async def sent(self, channel: str, notice_ids: Sequence[str], at: datetime) -> None:
        """A channel has these."""
        rows = [(notice_id, channel, micros(at)) for notice_id in notice_ids]
        await self._store.write(self._store.unit(), [(_SENT, rows)])

    async def unheard(self) -> list[Notice]:
        """Critical notices that nobody has acknowledged, oldest first."""
        return await unheard_in(self._database)

    async def overdue(self, made_before: datetime) -> list[Notice]:
        """Critical notices that were sent, are old, and moved nobody; each is given once."""
        rows = await self._database.rows(_OVERDUE, (micros(made_before), _MOST))
        return [_notice(row) for row in rows]

    async def escalated(self, notices: Sequence[Notice], at: datetime) -> None:
        """Something was done about these."""
        rows = [(at.isoformat(), notice.notice_id) for notice in notices]
        await self._store.write(self._store.unit(), [(_ESCALATED, rows)])


async def unheard_in(rows: Rows) -> list[Notice]:
    """The same from whatever answers a query: also beside a running agent."""
    return [_notice(row) for row in await rows.rows(_UNHEARD, (_MOST,))]


def _notice(row: Mapping[str, Any]) -> Notice:
    return Notice(
        notice_id=row["notice_id"],
        kind=row["kind"],
        severity=Severity(row["severity"]),
        title=row["title"],
        text=row["text"],
        made_at=instant(row["made_at"]),
        silent=bool(row["silent"]),
    )
