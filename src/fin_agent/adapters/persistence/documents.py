"""Aggregates as JSON documents and back: what a restart arms, sends and folds again.

Pydantic reads them, so a document that does not fit the aggregate is refused, not guessed.
"""

import json
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from fin_agent.domain.errors import CorruptData
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.risk import ApprovedPlan, Breach, PlanAdvised, RejectedPlan

T = TypeVar("T")


class Form(Generic[T]):
    """The document of one kind of aggregate; made when it is needed, for that takes 0.02 s."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - a type or a type form, as pydantic has it
        self._kind = kind

    @cached_property
    def adapter(self) -> TypeAdapter[T]:
        """Pydantic's reader and writer."""
        return TypeAdapter(self._kind)


INTENTS = Form[OrderIntent](OrderIntent)
EXITS = Form[ExitIntent](ExitIntent)
FILLS = Form[Fill](Fill)
_APPROVED = Form[tuple[ApprovedPlan, tuple[Breach, ...]]](tuple[ApprovedPlan, tuple[Breach, ...]])
_REJECTED = Form[tuple[RejectedPlan, tuple[Breach, ...]]](tuple[RejectedPlan, tuple[Breach, ...]])


def written(form: Form[T], value: T) -> str:
    """A value as its one JSON document: sorted keys, sorted sets, the same in every process."""
    plain = form.adapter.dump_python(value)
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


def read(form: Form[T], document: str, what: str) -> T:
    """A value back from its document.

    Raises:
        CorruptData: the document is not one of these.
    """
    try:
        return form.adapter.validate_json(document)
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
