"""Many rows a statement: SQLite then works long without Python's lock, beside the program.

Row by row it would ask for the lock after each, and a busy program lets go of it every 5 ms.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

_ROWS = 1000  # x 21 columns: below the 32,766 values that SQLite takes a statement


def packed(sql: str, rows: Sequence[Sequence[Any]]) -> list[tuple[str, Sequence[Sequence[Any]]]]:
    """An insert of these rows as one of 1,000 rows a statement, and one of the rest."""
    whole = len(rows) - len(rows) % _ROWS
    one = f"({', '.join('?' * len(rows[0]))})" if rows else ""
    if not whole or one not in sql:  # few rows, or no insert
        return [(sql, rows)]
    many = sql.replace(one, ", ".join([one] * _ROWS), 1)
    starts = range(0, whole, _ROWS)
    thousands = [tuple(chain.from_iterable(rows[start : start + _ROWS])) for start in starts]
    return [(many, thousands), (sql, rows[whole:])]
