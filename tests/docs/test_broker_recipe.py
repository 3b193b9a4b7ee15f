"""The broker of the documentation keeps every promise of its port, beside the built-in ones."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from docs.examples.folder_broker import FolderBroker
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.order import OrderState
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import ENTRY, HandClock, an_entry
from tests.contracts.test_order_port import (
    Traded,
    test_a_cancelled_entry_ends_without_a_fill,
    test_a_filled_entry_is_a_position,
    test_a_released_position_goes_out_whole,
    test_a_submitted_order_is_known_by_our_id,
    test_an_order_it_never_saw_is_none,
    test_cancelling_a_filled_entry_changes_nothing,
    test_the_account_has_one_name_and_is_not_live,
    test_the_same_id_twice_is_one_order,
)

__all__ = [
    "test_a_cancelled_entry_ends_without_a_fill",
    "test_a_filled_entry_is_a_position",
    "test_a_released_position_goes_out_whole",
    "test_a_submitted_order_is_known_by_our_id",
    "test_an_order_it_never_saw_is_none",
    "test_cancelling_a_filled_entry_changes_nothing",
    "test_the_account_has_one_name_and_is_not_live",
    "test_the_same_id_twice_is_one_order",
]


class FolderTrade(Traded):
    """The other program: fills what it finds, or only takes back what it is asked to."""

    def __init__(self, folder: Path, *, fills: bool) -> None:
        self.venue = FolderBroker(folder, HandClock())
        self._folder = folder
        self._fills = fills

    def pass_minute(self) -> None:
        for order in self._folder.glob("*.order.json"):
            name = order.name.removesuffix(".order.json")
            report = self._folder / f"{name}.report.json"
            if not report.exists() and self._fills:
                asked = json.loads(order.read_text(encoding="utf-8"))
                report.write_text(json.dumps(_filled(asked)), encoding="utf-8")
            elif not report.exists() and (self._folder / f"{name}.cancel").exists():
                report.write_text(json.dumps({"state": "CANCELLED"}), encoding="utf-8")


def _filled(asked: dict[str, str]) -> dict[str, object]:
    part = "exit" if "closes" in asked else "entry"
    shares = str(abs(Decimal(asked["signed"])))
    done = {"part": part, "filled": shares, "price": "100", "at": OPEN.isoformat()}
    return {"state": "FILLED", "executions": [done]}


@pytest.fixture
def traded(tmp_path: Path) -> Traded:
    return FolderTrade(tmp_path, fills=True)


@pytest.fixture
def waiting(tmp_path: Path) -> Traded:
    return FolderTrade(tmp_path, fills=False)


async def test_a_change_is_drained_once(traded: Traded) -> None:
    await traded.venue.submit(an_entry(), a_session())
    traded.pass_minute()

    [report] = [r for r in traded.venue.drain() if r.executions]

    assert (report.state, report.filled) == (OrderState.FILLED, Decimal(10))
    assert list(traded.venue.drain()) == []


async def test_a_report_that_cannot_be_read_is_no_absence(traded: Traded, tmp_path: Path) -> None:
    await traded.venue.submit(an_entry(), a_session())
    (tmp_path / f"{ENTRY}.report.json").write_text('{"state": "FIL', encoding="utf-8")

    with pytest.raises(Unavailable):
        await traded.venue.find(ENTRY)
