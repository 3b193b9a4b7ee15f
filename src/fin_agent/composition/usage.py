"""How often providers were asked: the calls that the HTTP adapter counts on disk."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fin_agent.composition.bootstrap import App
from fin_agent.domain.errors import CorruptData

_MINUTE_S, _DAY_S = 60, 86_400
_SQL = (
    "SELECT key, sum(at > ?) AS minute, sum(at > ?) AS day, max(at) AS last FROM calls"
    " GROUP BY key ORDER BY key"
)


@dataclass(frozen=True, slots=True)
class ProviderUse:
    """The counted calls of one group of endpoints; ``key`` is a digest of whose key it is.

    Calls older than the group's longest quota are forgotten.
    """

    provider: str
    group: str
    key: str
    last_minute: int
    last_day: int
    last_call: datetime


def quota_path(app: App) -> Path:
    """Where calls are counted; there is no such file before the first call."""
    return app.data_dir / "network" / "quotas.db"


async def provider_use(app: App) -> Sequence[ProviderUse]:
    """Every counted group; empty when no provider was asked yet.

    Raises:
        CorruptData: the file is damaged.
    """
    path = quota_path(app)
    if not path.is_file():
        return []
    now = app.clock.now().timestamp()
    try:
        return await asyncio.to_thread(_read, path, now)
    except sqlite3.Error as error:
        raise CorruptData(f"{path}: cannot be read ({error})") from error


def _read(path: Path, now: float) -> list[ProviderUse]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute(_SQL, (now - _MINUTE_S, now - _DAY_S)).fetchall()
    return [_use(*row) for row in rows]


def _use(named: str, minute: int, day: int, last: float) -> ProviderUse:
    provider, key, group = (*named.split("/", 2), "", "")[:3]
    return ProviderUse(provider, group, key, minute, day, datetime.fromtimestamp(last, UTC))
