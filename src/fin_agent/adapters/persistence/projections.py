"""What the log says about orders, executions and trades, beside what their tables say.

The log does not hold all of a row: an order's stop, sends and broker id, a fill's minute and the
documents a restart reads are in the tables only. So a wrong value is corrected from the log, and a
row that is missing whole is named: for that there are backups.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from fin_agent.domain.order import OrderState

Values = Mapping[str, Any]

_ROW = ""  # a difference about a whole row has no column
_NUMBERS = frozenset({"quantity", "price", "filled", "fees"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of a table that is not what the log says; ``logged`` None: no such event."""

    table: str
    key: str
    column: str
    stored: Any
    logged: Any
    is_in_the_log: bool = True

    def __str__(self) -> str:
        row = f"{self.table} {self.key}"
        if self.column:
            return f"{row}: {self.column} is {self.stored!r}, the log says {self.logged!r}"
        if self.stored is None:
            return f"{row}: is in the log, but not in the table"
        return f"{row}: is in the table, but not in the log"


@dataclass(frozen=True, slots=True)
class _Projection:
    """How one type of event and one table belong together: column by payload key."""

    event: str
    table: str
    key: str
    columns: Mapping[str, str]
    where: str = "1"
    may_go: bool = False
    row_of: Callable[[Values], Values] = dict
    key_of: Callable[[Values], str] = lambda values: str(values["client_order_id"])


def _execution_key(values: Values) -> str:
    amounts = [
        format(Decimal(str(values[name])).normalize(), "f") for name in ("quantity", "price")
    ]
    return "|".join([str(values[name]) for name in ("client_order_id", "at", "reason")] + amounts)


def _trade(row: Values) -> Values:
    return {**json.loads(row["document"]), **row}


def _same_names(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_PROJECTIONS = (
    _Projection(
        "OrderIntentCreated",
        "intent",
        "client_order_id",
        _same_names("plan_id", "symbol", "side", "kind", "price", "quantity", "valid_until"),
        where="purpose = 'ENTRY'",
    ),
    _Projection(
        "ExitOrdered",
        "intent",
        "client_order_id",
        _same_names("symbol", "quantity", "reason"),
        where="purpose = 'EXIT'",
    ),
    _Projection(
        "FillRecorded",
        "execution",
        "execution_id",
        _same_names("symbol", "fees"),
        may_go=True,
        key_of=_execution_key,
    ),
    _Projection(
        "TradeRecorded",
        "trade",
        "trade_id",
        _same_names(
            *("plan_id", "symbol", "side", "quantity", "entry_price", "exit_time", "exit_price"),
            *("exit_reason", "fees", "pnl", "r_multiple", "mae_r", "mfe_r", "ambiguous"),
        ),
        may_go=True,
        row_of=_trade,
        key_of=lambda values: str(values["trade_id"]),
    ),
    _Projection(
        "TradeNoted",
        "trade_note",
        "note_id",
        _same_names("trade_id", "at", "text", "tag", "grade"),
        may_go=True,
        key_of=lambda values: str(values["note_id"]),
    ),
)
_EVENTS_SQL = "SELECT payload FROM event_log WHERE type = ? ORDER BY seq"


def compare(connection: sqlite3.Connection) -> list[Difference]:
    """Everything in which tables and log differ."""
    found = [d for projection in _PROJECTIONS for d in _differences(connection, projection)]
    return found + list(_moves(connection))


def correct(connection: sqlite3.Connection, difference: Difference) -> None:
    """Make one value, or the absence of a row, what the log says."""
    table, key = difference.table, difference.key
    name = next(p.key for p in _PROJECTIONS if p.table == table)
    if not difference.column:
        connection.execute(f"DELETE FROM {table} WHERE {name} = ?", (key,))  # noqa: S608 - ours
        return
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    if table == "trade":  # the whole record is one document, some of it has columns too
        sql = "UPDATE trade SET document = json_set(document, ?, json(?)) WHERE trade_id = ?"
        value = json.dumps(difference.logged)
        connection.execute(sql, (f"$.{difference.column}", value, key))
    if difference.column in columns:
        sql = f"UPDATE {table} SET {difference.column} = ? WHERE {name} = ?"  # noqa: S608 - ours
        connection.execute(sql, (difference.logged, key))


def _differences(connection: sqlite3.Connection, projection: _Projection) -> Iterator[Difference]:
    table = projection.table
    logged = {
        projection.key_of(values): values for values in _payloads(connection, projection.event)
    }
    sql = f"SELECT * FROM {table} WHERE {projection.where} ORDER BY rowid"  # noqa: S608 - ours
    for stored in _mappings(connection, sql):
        key = str(stored[projection.key])
        try:
            row = projection.row_of(stored)
            said = logged.pop(projection.key_of(row), None)
        except (ValueError, TypeError, ArithmeticError) as error:
            yield Difference(table, key, "document", str(error), "", is_in_the_log=False)
            continue
        if said is None:
            yield Difference(table, key, _ROW, key, None, is_in_the_log=projection.may_go)
            continue
        for column, name in projection.columns.items():
            if name in said and not _equal(column, row[column], said[name]):
                yield Difference(table, key, column, row[column], said[name])
    for key in logged:
        yield Difference(table, key, _ROW, None, key, is_in_the_log=False)


def _moves(connection: sqlite3.Connection) -> Iterator[Difference]:
    """Orders that the log knows to be over, and are not."""
    last: dict[str, str] = {}
    for said in _payloads(connection, "OrderMoved"):
        if OrderState(said["state"]).is_terminal:
            last.setdefault(said["client_order_id"], said["state"])
    for row in _mappings(connection, "SELECT client_order_id, state FROM intent"):
        key, state = row["client_order_id"], row["state"]
        if last.get(key, state) != state:
            yield Difference("intent", key, "state", state, last[key])


def _payloads(connection: sqlite3.Connection, kind: str) -> Iterator[dict[str, Any]]:
    with closing(connection.execute(_EVENTS_SQL, (kind,))) as cursor:
        for (payload,) in cursor:
            yield json.loads(payload)


def _mappings(connection: sqlite3.Connection, sql: str) -> Iterator[dict[str, Any]]:
    with closing(connection.execute(sql)) as cursor:
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


def _equal(column: str, stored: object, logged: object) -> bool:
    if stored == logged or column not in _NUMBERS:
        return stored == logged
    try:
        return Decimal(str(stored)) == Decimal(str(logged))
    except InvalidOperation:
        return False
