"""Whether a killed day lost or doubled anything: its database and tape against the undisturbed day.

The witnesses are the prices that were made up before, and a day of the same prices that nobody
disturbed: orders, executions and trades must be the same, one by one.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from fin_agent.adapters.tape.answers import MINUTE
from fin_agent.adapters.tape.day import TapedDays
from fin_agent.adapters.tape.section import taped_minutes
from tests.live_day.vendors import Told

_TABLES = {
    "orders": "SELECT client_order_id, plan_id, purpose, symbol, side, kind, quantity, price, stop,"
    " target, decided_at, state FROM intent ORDER BY 1",
    "executions": "SELECT execution_id, client_order_id, symbol, quantity, price, at, reason, fees"
    " FROM execution ORDER BY 1",
    "trades": "SELECT trade_id, symbol, entry_time, document FROM trade ORDER BY 1",
}


@dataclass(frozen=True)
class Books:
    """What a data directory holds after its day."""

    rows: dict[str, list[tuple[Any, ...]]]
    sent_again: int
    events: int
    behind: dict[str, int]
    failed: int

    @classmethod
    def of(cls, folder: Path) -> "Books":
        with closing(sqlite3.connect(f"file:{folder / 'state.db'}?mode=ro", uri=True)) as db:
            rows = {name: db.execute(query).fetchall() for name, query in _TABLES.items()}
            ((again,),) = db.execute("SELECT count(*) FROM intent WHERE send_count > 1")
            ((events,),) = db.execute("SELECT count(*) FROM event_log")
            behind = dict(
                db.execute(
                    "SELECT name, (SELECT count(*) FROM event_log WHERE seq > cursor) FROM consumer"
                ).fetchall()
            )
            ((failed,),) = db.execute("SELECT count(*) FROM delivery")
        return cls(rows, again, events, behind, failed)

    def carried(self) -> dict[str, Decimal]:
        """Signed shares that are left by the executions alone."""
        held: Counter[str] = Counter()
        sides = {row[0]: row[4] for row in self.rows["orders"]}
        for _, order, symbol, quantity, _, _, reason, _ in self.rows["executions"]:
            way = 1 if sides.get(order) == "long" else -1
            held[symbol] += (way if reason == "entry" else -way) * Decimal(quantity)  # type: ignore[assignment]  # a Counter of decimals
        return {symbol: Decimal(shares) for symbol, shares in held.items() if shares}


def differences(calm: Books, killed: Books) -> list[str]:
    """What the killed day has otherwise than the undisturbed one, or has not done."""
    found = []
    for name, expected in calm.rows.items():
        ours = killed.rows[name]
        found += [f"lost of {name}: {row}" for row in expected if row not in ours]
        found += [f"not in the undisturbed {name}: {row}" for row in ours if row not in expected]
    for which, books in (("calm", calm), ("killed", killed)):
        waiting = {name: count for name, count in books.behind.items() if count}
        found += [f"{which}: {waiting} events were not consumed"] if waiting else []
        found += [f"{which}: {books.failed} deliveries failed"] if books.failed else []
        found += [f"{which}: carried {books.carried()}"] if books.carried() else []
    return found


def bars_that_differ(folder: Path, day: date, told: Told, symbols: Sequence[str]) -> list[str]:
    """The minutes on the tape that are not what was sent, or are not there."""
    answers = TapedDays(folder / "tape").answers(day, MINUTE).get(str(day), ())
    taped = taped_minutes(answers)
    found = []
    for number in range(told.session.minutes):
        for symbol in symbols:
            true, ours = told.courses[symbol].bars[number], taped.get(number, {}).get(symbol)
            if ours != true:
                found.append(f"{symbol} minute {number}: taped {ours}, sent {true}")
    return found


def followed(folder: Path, day: date) -> list[str]:
    """The symbols that the day asked for in every minute."""
    answers = TapedDays(folder / "tape").answers(day, MINUTE).get(str(day), ())
    return sorted(set.intersection(*({*answer["symbols"]} for answer in answers)))
