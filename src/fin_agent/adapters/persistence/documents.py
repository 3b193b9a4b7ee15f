"""Aggregates as JSON documents and back: what a restart arms, sends and folds again.

Pydantic reads them, so a document that does not fit the aggregate is refused, not guessed.
"""

import json
from datetime import date
from decimal import Decimal
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from fin_agent.domain.errors import CorruptData
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.risk import ApprovedPlan, Breach, PlanAdvised, RejectedPlan

T = TypeVar("T")

INTENTS = TypeAdapter(OrderIntent)
EXITS = TypeAdapter(ExitIntent)
FILLS = TypeAdapter(Fill)
_APPROVED = TypeAdapter(tuple[ApprovedPlan, tuple[Breach, ...]])
_REJECTED = TypeAdapter(tuple[RejectedPlan, tuple[Breach, ...]])


def written(adapter: TypeAdapter[T], value: T) -> str:
    """A value as its one JSON document: sorted keys, sorted sets, the same in every process."""
    plain = adapter.dump_python(value)
    return json.dumps(plain, default=_written, sort_keys=True, separators=(",", ":"))


def _written(value: object) -> object:
    """What JSON does not know by itself."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a document")


def read(adapter: TypeAdapter[T], document: str, what: str) -> T:
    """A value back from its document.

    Raises:
        CorruptData: the document is not one of these.
    """
    try:
        return adapter.validate_json(document)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"])) or "document"
        msg = f"{what}: {place}: {problem['msg']}; restore a backup: fin-agent db restore"
        raise CorruptData(msg) from error


def advice_written(advice: PlanAdvised) -> str:
    """The advice on a plan as its document; the first letter says which of the two words it was."""
    if isinstance(advice.assessment, ApprovedPlan):
        return "+" + written(_APPROVED, (advice.assessment, advice.cumulative))
    return "-" + written(_REJECTED, (advice.assessment, advice.cumulative))


def advice_read(document: str, what: str) -> PlanAdvised:
    """The advice on a plan back from its document.

    Raises:
        CorruptData: the document is not one of these.
    """
    if document.startswith("+"):
        return PlanAdvised(*read(_APPROVED, document[1:], what))
    return PlanAdvised(*read(_REJECTED, document[1:], what))
