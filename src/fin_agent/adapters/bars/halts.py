"""Trading halts recorded on disk: one JSON line a halt, one file a session date."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from fin_agent.domain.errors import CorruptData
from fin_agent.domain.evidence import Evidence, Known
from fin_agent.domain.session import NEW_YORK


def halted_at(folder: Path | None, at: datetime) -> Mapping[str, Evidence[bool]]:
    """The symbols halted at an instant, from ``<folder>/<date>.jsonl``; others are not known.

    A line is ``{symbol, from, until}``, times ISO 8601 with offset.

    Raises:
        CorruptData: a line is no halt.
    """
    path = None if folder is None else folder / f"{at.astimezone(NEW_YORK).date()}.jsonl"
    if path is None or not path.is_file():
        return {}
    halted: dict[str, Evidence[bool]] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            start, end = (datetime.fromisoformat(line[key]) for key in ("from", "until"))
            if start <= at < end:
                halted[line["symbol"]] = Known(value=True, source="recorded", as_of=start)
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptData(f"{path}: line {number} is no halt ({error})") from error
    return halted
