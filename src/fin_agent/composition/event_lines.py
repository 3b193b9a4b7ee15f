"""A log line for each event of the running agent: a consumer of the bus, beside the terminal."""

import json
import logging
from collections.abc import Collection

from fin_agent.adapters.logs.formats import ids_of
from fin_agent.adapters.persistence.payloads import event_types
from fin_agent.domain.control import ErrorRaised, TradingHalted, TradingResumed
from fin_agent.domain.events import Event
from fin_agent.domain.provider import ProviderFellBack, ProviderSuspended, QuotaWarning
from fin_agent.domain.session import SessionClosed, SessionLocked, SessionOpened
from fin_agent.ports import EventBusPort, UnitOfWork

_audit = logging.getLogger("fin_agent.audit")
_trading = logging.getLogger("fin_agent.trading")
_program = logging.getLogger("fin_agent.events")

_AUDITED = frozenset(
    kind.__name__
    for kind in (TradingHalted, TradingResumed, SessionOpened, SessionClosed, SessionLocked)
)
_TOLD = frozenset(kind.__name__ for kind in (ProviderFellBack, ProviderSuspended, QuotaWarning))
_WARNED = frozenset(kind.__name__ for kind in (TradingHalted, SessionLocked, ProviderSuspended))
_LONGEST = 200  # characters of a value
_LARGE = 50_000  # characters of a payload
_MOST = 24  # values of a payload


class EventLines:
    """What happened, with the ids that lead to its cause; long payloads stay in the event log."""

    def __init__(self) -> None:
        self.types: Collection[str] = event_types().names

    async def write(self, event: Event, _work: UnitOfWork) -> None:
        """Write one line; a line that cannot be written is no reason to stop."""
        level = logging.ERROR if event.type == ErrorRaised.__name__ else logging.INFO
        if event.type in _WARNED:
            level = logging.WARNING
        is_short = len(event.payload) <= _LARGE  # a whole market's verdicts would hold up the loop
        payload = json.loads(event.payload) if is_short else {}
        _logger_of(event.type).log(level, event.type, extra=_extra(event, payload))


def write_lines(bus: EventBusPort) -> None:
    """Write a line for every event from now on."""
    lines = EventLines()
    bus.subscribe("log", lines.types, lines.write, from_now=True, observes=True)


def _logger_of(kind: str) -> logging.Logger:
    """Errors and what a person or a rule decided are audited, orders and plans are trading."""
    if kind in _AUDITED or kind == ErrorRaised.__name__:
        return _audit
    return _program if kind in _TOLD else _trading


def _extra(event: Event, payload: dict[str, object]) -> dict[str, object]:
    found: dict[str, object] = {**ids_of(event), "occurred_at": event.occurred_at.isoformat()}
    plan_id = payload.get("plan_id") or payload.get("signal_id")
    if plan_id:
        found["plan_id"] = plan_id
    return {**found, "facts": _facts(payload)}


def _facts(payload: dict[str, object]) -> dict[str, object]:
    """The short values of a payload: a day's verdicts or settings are no log line."""
    found: dict[str, object] = {}
    for name, value in payload.items():
        if isinstance(value, str) and len(value) > _LONGEST:
            found[name] = f"{value[:_LONGEST]}..."
        elif isinstance(value, str | int | float | bool):
            found[name] = value
        if len(found) >= _MOST:
            break
    return found
