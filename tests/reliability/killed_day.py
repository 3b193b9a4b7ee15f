"""What a day with kills must leave behind: the venue's ledger against the agent's database."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fin_agent.adapters.persistence.verify import Depth, inspect

CLOSES = datetime(2026, 3, 3, 21, 0, tzinfo=UTC)  # what the simulator fills later is no market
_DECLARED_DEAD = {"REJECTED", "DEAD", "EXPIRED", "CANCELLED"}
_NEVER_LIVED = {"rejected"}


def wrong_with(state: Path, ledger: Mapping[str, Any], limit: int = 1_000_000) -> list[str]:
    """Every disagreement, in words; empty when the day is as it must be."""
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        problems = list(inspect(connection, Depth.FULL, limit).problems)
        intents = {r["client_order_id"]: r for r in connection.execute("SELECT * FROM intent")}
        fills = connection.execute("SELECT document FROM execution").fetchall()
        latches = [r["kind"] for r in connection.execute("SELECT kind FROM latch")]
    ours = _own(ledger["orders"])
    problems += [
        f"lost: {cid} is at the venue and not here" for cid in ours.keys() - intents.keys()
    ]
    problems += _duplicates(ours)
    problems += _false_deaths(ours, intents)
    problems += _mismatches(ledger["fills"], [json.loads(row["document"]) for row in fills])
    held = {symbol: q for symbol, q in ledger["positions"].items() if Decimal(q)}
    if held and not {"not_flat", "halt"} & set(latches):
        problems.append(f"carried overnight without a word: {held}")
    problems += [f"violation: {what}" for what in ledger["violations"]]
    return problems


def is_over(state: Path) -> bool:
    """Whether a day's result is durable."""
    if not state.is_file():
        return False
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("SELECT 1 FROM event_log WHERE type = 'SessionClosed'")
            return found.fetchone() is not None
        except sqlite3.OperationalError:  # killed before its first migration was done
            return False


def _own(orders: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for order in orders:
        if order["client_order_id"].startswith("fa-"):
            found.setdefault(order["client_order_id"], []).append(order)
    return found


def _duplicates(ours: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    lived = Counter(
        cid for cid, orders in ours.items() for o in orders if o["status"] not in _NEVER_LIVED
    )
    return [f"duplicate: {cid} lives {number} times" for cid, number in lived.items() if number > 1]


def _false_deaths(
    ours: Mapping[str, Sequence[Mapping[str, Any]]], intents: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    problems = []
    for cid, orders in ours.items():
        if cid in intents and intents[cid]["state"] in _DECLARED_DEAD:
            filled = sum(Decimal(order["filled_qty"]) for order in orders)
            if filled > Decimal(intents[cid]["filled"]):
                problems.append(
                    f"false death: {cid} filled {filled} and is {intents[cid]['state']}"
                )
    return problems


def _mismatches(
    filled: Sequence[Mapping[str, Any]], fills: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Shares bought and sold, by symbol, as the venue and as the journal have them.

    The simulator goes on filling after the close; what it fills then may be known here or not.
    """
    before = _sides(fill for fill in filled if fill["at"] <= CLOSES.timestamp())
    ever = _sides(filled)
    here: Counter[tuple[str, str]] = Counter()
    for fill in fills:
        side = "buy" if fill["is_entry"] else "sell"
        here[fill["symbol"], side] += int(Decimal(fill["quantity"]))
    return [
        f"mismatch: {symbol} {side} {before[symbol, side]} at the venue, {here[symbol, side]} here"
        for symbol, side in sorted(ever.keys() | here.keys())
        if not before[symbol, side] <= here[symbol, side] <= ever[symbol, side]
    ]


def _sides(filled: Iterable[Mapping[str, Any]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for fill in filled:
        shares = int(Decimal(fill["signed"]))
        found[fill["symbol"], "buy" if shares > 0 else "sell"] += abs(shares)
    return found
