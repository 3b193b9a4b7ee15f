"""Rows that are stored twice, as columns and as the document a restart reads, must agree."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from fin_agent.adapters.persistence.documents import EXITS, FILLS, INTENTS, advice_read, read
from fin_agent.adapters.persistence.rows import advice_row, fill_row, intent_row, latch_of
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.order import Purpose

Values = Mapping[str, Any]


class _Pair(NamedTuple):
    """A table, its key, and how its rows follow from their documents."""

    table: str
    key: str
    row_of: Callable[[Values], tuple[Any, ...]]


def _intent(row: Values) -> tuple[Any, ...]:
    what = row["client_order_id"]
    if row["purpose"] == Purpose.EXIT:
        return intent_row(read(EXITS, row["document"], what), documented=True)
    return intent_row(read(INTENTS, row["document"], what), documented=True)


def _fill(row: Values) -> tuple[Any, ...]:
    return fill_row(read(FILLS, row["document"], row["execution_id"]), documented=True)


def _advice(row: Values) -> tuple[Any, ...]:
    return advice_row(advice_read(row["document"], row["plan_id"]))


_PAIRS = (
    _Pair("intent", "client_order_id", _intent),
    _Pair("execution", "execution_id", _fill),
    _Pair("plan", "plan_id", _advice),
)


def disagreements(connection: sqlite3.Connection, newest: int) -> Iterator[str]:
    """What is wrong in the newest rows of each table, a line each; files of old schemas have none.

    A value that stands in the document alone is not covered.
    """
    for pair in _PAIRS:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({pair.table})")]
        if "document" not in names:
            continue
        for row in _newest(connection, pair.table, newest):
            if row["document"]:
                yield from _compared(pair, names, row)
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'latch'").fetchone():
        for row in _newest(connection, "latch", newest):
            try:
                latch_of(row)
            except (ValueError, TypeError) as error:
                yield f"latch {row['kind']}: {error}"


def _compared(pair: _Pair, names: list[str], row: Values) -> Iterator[str]:
    place = f"{pair.table} {row[pair.key]}"
    try:
        expected = dict(zip(names, pair.row_of(row), strict=True))
    except (InvalidValue, ValueError, TypeError, ArithmeticError) as error:
        yield f"{place}: {error}"
        return
    for column in names:
        if row[column] != expected[column]:
            yield f"{place}: {column} and the document differ"


def _newest(connection: sqlite3.Connection, table: str, count: int) -> Iterator[dict[str, Any]]:
    sql = f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT {int(count)}"  # noqa: S608 - ours
    with closing(connection.execute(sql)) as cursor:
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))
