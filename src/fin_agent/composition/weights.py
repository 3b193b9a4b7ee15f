"""The weights that a person gave the factors, as the log of the state database remembers them."""

import json
from collections.abc import Mapping
from datetime import date, datetime

from fin_agent.adapters.persistence.deliveries import Rows
from fin_agent.adapters.persistence.log_reader import reading
from fin_agent.composition.bootstrap import App
from fin_agent.composition.maintenance import state_path
from fin_agent.domain.control import WeightsChanged
from fin_agent.domain.verdict import UniverseJudged

_NEWEST = (
    f"SELECT payload FROM event_log WHERE type = '{WeightsChanged.__name__}'"  # noqa: S608 - ours
    " AND seq < ? ORDER BY seq DESC LIMIT 1"
)
_SCAN = (
    f"SELECT seq FROM event_log WHERE type = '{UniverseJudged.__name__}'"  # noqa: S608 - ours
    " AND session_date = ? AND occurred_at = ? ORDER BY seq LIMIT 1"
)
_NO_END = 1 << 62


async def weights_in_force(rows: Rows, before: int = _NO_END) -> dict[str, float]:
    """What the next scan weighs by, where it differs from the settings; empty when it does not."""
    found = await rows.rows(_NEWEST, [before])
    return dict(json.loads(found[0]["payload"])["weights"]) if found else {}


async def weights_recorded(app: App, session_date: date, at: datetime) -> Mapping[str, float]:
    """What the agent weighed by when it scanned at this instant; empty when it did not scan."""
    if not state_path(app).is_file():
        return {}
    async with reading(state_path(app)) as reader:
        scans = await reader.rows(_SCAN, [session_date.isoformat(), at.isoformat()])
        return await weights_in_force(reader, scans[0]["seq"]) if scans else {}
