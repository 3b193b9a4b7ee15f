"""A venue: each order is a file, for a program of yours that trades it and reports in files."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fin_agent.domain.errors import AlreadyKnown, Refused, Unavailable
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms, VenueAccount
from fin_agent.ports import ClockPort, OrderPort


class FolderBroker(OrderPort):
    """``ID.order.json`` and ``ID.cancel`` are ours, ``ID.report.json`` is the other program's.

    A report is written whole and again with each change: ``state``, and ``executions`` with
    ``part``, ``filled`` (in all), ``price`` (average, USD), ``at`` and ``live``.
    """

    def __init__(self, folder: Path, clock: ClockPort) -> None:
        self._folder, self._clock = folder, clock
        self._told: dict[str, OrderReport] = {}
        folder.mkdir(parents=True, exist_ok=True)

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        del session
        levels = intent.approved.levels
        asked = {
            "signed": str(intent.side.sign * intent.quantity),
            "kind": intent.kind.value,
            "price": str(intent.price),
            "stop": str(levels.stop),
            "target": str(levels.target),
            "until": intent.valid_until.isoformat(),
        }
        return self._place(intent.client_order_id, intent.symbol, asked)

    async def exit(self, intent: ExitIntent) -> OrderReport:
        entry = self._asked(intent.entry_id)
        if entry is None:
            raise Refused(f"no order {intent.entry_id} was ever placed")
        sign = -1 if Decimal(entry["signed"]) > 0 else 1
        asked = {"signed": str(sign * intent.quantity), "kind": "exit", "closes": intent.entry_id}
        if intent.is_protective:
            asked |= {"stop": str(intent.stop), "target": str(intent.target)}
        return self._place(intent.client_order_id, intent.symbol, asked)

    async def cancel(self, client_order_id: str) -> None:
        (self._folder / f"{client_order_id}.cancel").touch()

    async def release(self, client_order_id: str) -> bool:
        await self.cancel(client_order_id)
        report = await self.find(client_order_id)
        return report is None or (report.state.is_terminal and not report.has_live_legs)

    def drain(self) -> Sequence[OrderReport]:
        new: list[OrderReport] = []
        for name in self._placed():
            with suppress(Unavailable):  # half written: it is read at the next look
                report = self._report(name)
                if report != self._told.get(name):
                    new.append(report)
                self._told[name] = report
        return new

    async def find(self, client_order_id: str) -> OrderReport | None:
        return None if self._asked(client_order_id) is None else self._report(client_order_id)

    async def orders(self, since: datetime) -> Sequence[OrderReport]:
        found = {name: self._asked(name) or {} for name in self._placed()}
        reports = {name: self._report(name) for name in found}
        return [
            report
            for name, report in reports.items()
            if report.state.is_live or datetime.fromisoformat(found[name]["at"]) >= since
        ]

    async def positions(self) -> Mapping[str, Decimal]:
        held: dict[str, Decimal] = {}
        for report in map(self._report, self._placed()):
            terms = report.terms or Terms("", Decimal(0))
            sign = 1 if terms.signed > 0 else -1
            for part in report.executions:
                way = -sign if part.part in {Part.STOP, Part.TARGET} else sign
                held[terms.symbol] = held.get(terms.symbol, Decimal(0)) + way * part.filled
        return {symbol: shares for symbol, shares in sorted(held.items()) if shares}

    async def account(self) -> VenueAccount:
        return VenueAccount("folder", is_live=False)

    def _place(self, name: str, symbol: str, asked: Mapping[str, str]) -> OrderReport:
        """Put the order there whole, or not at all; a name that is there stays what it is."""
        path, fresh = self._folder / f"{name}.order.json", self._folder / f"{name}.new"
        text = json.dumps({"symbol": symbol, **asked, "at": self._clock.now().isoformat()})
        try:
            fresh.write_text(text, encoding="utf-8")
            os.link(fresh, path)
        except FileExistsError as error:
            raise AlreadyKnown(f"order {name} was placed already") from error
        except OSError as error:
            raise Unavailable(f"{path}: cannot be written ({error.strerror})") from error
        finally:
            fresh.unlink(missing_ok=True)
        return self._report(name)

    def _placed(self) -> Sequence[str]:
        files = sorted(self._folder.glob("*.order.json"))
        return [file.name.removesuffix(".order.json") for file in files]

    def _asked(self, name: str) -> dict[str, Any] | None:
        return self._read(f"{name}.order.json")

    def _report(self, name: str) -> OrderReport:
        asked, said = self._asked(name) or {}, self._read(f"{name}.report.json") or {}
        executions = tuple(map(_execution, said.get("executions", ())))
        own = (e.filled for e in executions if e.part in {Part.ENTRY, Part.EXIT})
        return OrderReport(
            name,
            OrderState(said.get("state", OrderState.ACKED)),
            sum(own, Decimal(0)),
            terms=Terms(asked["symbol"], Decimal(asked["signed"])),
            executions=executions,
        )

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self._folder / name
        if not path.is_file():
            return None
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Unavailable(f"{path}: cannot be read ({error})") from error
        return found


def _execution(told: Mapping[str, Any]) -> Execution:
    at = datetime.fromisoformat(told["at"])
    filled, price = Decimal(told["filled"]), Decimal(told["price"])
    return Execution(Part(told["part"]), filled, price, at, told.get("live", False))
