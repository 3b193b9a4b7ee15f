"""What the terminal shows of the log: what went wrong, what stopped, what is to do by hand."""

import json
from collections.abc import Callable, Collection, Mapping

from fin_agent.domain.control import ErrorRaised, TradingHalted, TradingResumed
from fin_agent.domain.delivery import SignalExpired
from fin_agent.domain.events import Event
from fin_agent.domain.exits import ExitOrdered
from fin_agent.domain.risk import PlanApproved
from fin_agent.ports import EventBusPort, UnitOfWork

_TOLD = frozenset(
    kind.__name__ for kind in (ErrorRaised, TradingHalted, TradingResumed, SignalExpired)
)
_TICKETS = frozenset(kind.__name__ for kind in (PlanApproved, ExitOrdered))


class Terminal:
    """A consumer of the bus; ``tickets`` when orders are placed by hand."""

    def __init__(self, tell: Callable[[str], None], *, tickets: bool) -> None:
        self._tell = tell
        self.types: Collection[str] = _TOLD | _TICKETS if tickets else _TOLD

    def listen(self, bus: EventBusPort) -> None:
        """Show events from now on."""
        bus.subscribe("terminal", self.types, self.show, from_now=True)

    async def show(self, event: Event, _work: UnitOfWork) -> None:
        """Say one event in the person's words."""
        told = json.loads(event.payload)
        if event.type in _TICKETS:
            self._tell(_ticket(event.type, told))
            return
        words = told.get("problem") or told.get("reason", "")
        remedy = f"; {told['remedy']}" if told.get("remedy") else ""
        self._tell(f"{event.type}: {words}{remedy}")


def _ticket(kind: str, told: Mapping[str, object]) -> str:
    """What a person has to do at a broker without an API."""
    record = f"then: fin-agent journal fill {told['symbol']} --quantity N --price P"
    if kind == ExitOrdered.__name__:
        return (
            f"TICKET: cancel every order in {told['symbol']}, then close {told['quantity']} shares"
            f" at market ({told['reason']}); {record}"
        )
    return (
        f"TICKET: {told['quantity']} {told['symbol']}, {told['kind']} at about {told['trigger']},"
        f" stop {told['stop']}, target {told['target']}; {record}"
    )
