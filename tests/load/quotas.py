"""What a scan of the default universe costs in calls, without a key.

    python -m tests.load.quotas

The real chain asks local servers once on a morning whose last session is missing, and once more
with nothing missing; every call is counted where it arrives, beside the quota that bounds it.
"""

import asyncio
import csv
import sys
import tempfile
from collections import Counter
from pathlib import Path

from fin_agent.composition.live_scan import scan_now
from fin_agent.composition.usage import provider_use
from tests.live_day.made_up import GAPS
from tests.live_day.test_scan_now import an_app

_UNIVERSE = Path("config/universe/default.csv")
_QUIET = 0.2  # percent


def _symbols() -> list[str]:
    with _UNIVERSE.open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [row["symbol"] for row in rows]


async def scans(folder: Path) -> list[str]:
    """A row of a table for each provider."""
    own = len(GAPS)
    GAPS.update(dict.fromkeys(_symbols()[: 150 - own], _QUIET))  # the made-up world is as large
    told: list[Counter[str]] = []
    async with an_app(folder) as (app, _):
        session = app.session_now()
        assert session is not None
        before: Counter[str] = Counter()
        for _ in range(2):
            await scan_now(app, session, (), lambda _: None)
            used = Counter({row.provider: row.last_day for row in await provider_use(app)})
            told.append(used - before)
            before = used
    rows = [
        f"| {name} | {told[0][name]} | {told[1][name]} |" for name in sorted({*told[0], *told[1]})
    ]
    return [f"{len(GAPS)} symbols", *rows]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        sys.stdout.write("\n".join(asyncio.run(scans(Path(place)))) + "\n")
