"""Pages of rows that fit into memory anyway: the cursor is how many came before."""

from collections.abc import Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")


def paged(rows: Sequence[Item], cursor: str | None, limit: int) -> dict[str, Any]:
    """The fields of a page."""
    begin = int(cursor or 0)
    items = list(rows[begin : begin + limit])
    after = begin + len(items)
    return {
        "items": items,
        "count": len(items),
        "next_cursor": str(after) if items and after < len(rows) else None,
    }
