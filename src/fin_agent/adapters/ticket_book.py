"""The file behind a manual account: tickets, fills and cancels, one JSON line each, never changed.

The agent and the command line both add to it, each line under a lock and on disk before it counts.
"""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from fin_agent.domain.errors import CorruptData, StateUnavailable
from fin_agent.domain.venue import Part


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the person is asked to do. Prices in USD; ``signed`` shares, negative to sell.

    ``entry_id`` is empty for an entry; ``price`` is its limit, stop or last close, None at market.
    """

    client_order_id: str
    entry_id: str
    symbol: str
    signed: Decimal
    kind: str
    price: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket was issued."""

    ticket: Ticket

    @property
    def client_order_id(self) -> str:
        return self.ticket.client_order_id

    @property
    def is_gone(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class FilledLine:
    """The person filled something, at a price in USD."""

    client_order_id: str
    part: Part
    quantity: Decimal
    price: Decimal
    at: datetime

    @property
    def is_gone(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class CancelLine:
    """A cancel is asked for, or (``done``) the person says that the rest is gone."""

    client_order_id: str
    done: bool
    at: datetime

    @property
    def is_gone(self) -> bool:
        return self.done


Line = TicketLine | FilledLine | CancelLine

_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "ticket": TypeAdapter(TicketLine),
    "fill": TypeAdapter(FilledLine),
    "cancel": TypeAdapter(CancelLine),
}


class TicketBook:
    """Reads and extends the book of one data directory."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "book.jsonl"

    def lines(self) -> Sequence[Line]:
        """Every line, oldest first.

        Raises:
            CorruptData: a line is none of ours; it is named by its number.
        """
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return []
        whole = raw[: raw.rfind(b"\n") + 1]  # a line that was cut by a crash never counted
        return [self._line(n, text) for n, text in enumerate(whole.splitlines(), start=1)]

    def tickets(self, lines: Sequence[Line] | None = None) -> dict[str, Ticket]:
        """Every ticket by its order id."""
        found = self.lines() if lines is None else lines
        return {line.client_order_id: line.ticket for line in found if isinstance(line, TicketLine)}

    def issue(self, ticket: Ticket) -> None:
        """Add a ticket."""
        self._add("ticket", TicketLine(ticket))

    def fill(self, line: FilledLine) -> None:
        """Add what the person filled."""
        self._add("fill", line)

    def ask_to_cancel(self, client_order_id: str, at: datetime) -> None:
        """Ask for a cancel, once."""
        asked = any(
            isinstance(line, CancelLine) and line.client_order_id == client_order_id
            for line in self.lines()
        )
        if not asked:
            self._add("cancel", CancelLine(client_order_id, done=False, at=at))

    def gone(self, client_order_id: str, at: datetime) -> None:
        """The person says that the rest of an order is cancelled."""
        self._add("cancel", CancelLine(client_order_id, done=True, at=at))

    def _line(self, number: int, text: bytes) -> Line:
        try:
            told = json.loads(text)
            found: Line = _KINDS[told.pop("line")].validate_python(told)
        except (ValueError, KeyError, AttributeError, ValidationError) as error:
            msg = f"{self._path}, line {number}: not a line of the ticket book; mend it by hand"
            raise CorruptData(msg) from error
        return found

    def _add(self, kind: str, line: Line) -> None:
        document = {"line": kind, **_KINDS[kind].dump_python(line, mode="json")}
        data = json.dumps(document, sort_keys=True).encode() + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(_Locked(self._path)) as file:
                file.append(data)
        except OSError as error:
            msg = f"{self._path}: cannot be written ({error.strerror}); free space or permissions"
            raise StateUnavailable(msg) from error


class _Locked:
    """The file open for adding, by one process at a time."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def append(self, data: bytes) -> None:
        """Add a line behind the last whole one, and wait for the disk."""
        size = os.fstat(self._descriptor).st_size
        tail = os.pread(self._descriptor, size, 0)
        end = tail.rfind(b"\n") + 1
        os.ftruncate(self._descriptor, end)
        os.pwrite(self._descriptor, data, end)
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)
