"""What every answer is made of.

Prices are USD, amounts account currency, times ISO 8601 with New York's offset; a value that nobody
knows is null, never 0. Keys may be added, never renamed.
"""

import re
from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

Item = TypeVar("Item")
Value = float | int | str | bool | None


def _written_out(value: object) -> object:
    """No number of seconds and no number of days: a date is written as one."""
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("write it like 2026-03-03, an instant like 2026-03-03T09:25:00-05:00")
    return value


IsoDate = Annotated[date, BeforeValidator(_written_out)]
IsoInstant = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class Answer(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="null")


class Asked(BaseModel):
    """A body: unknown keys are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Page(Answer, Generic[Item]):
    """Some rows; ask again with ``cursor`` set to ``next_cursor`` until that is null."""

    items: list[Item]
    count: int = Field(description="rows on this page", examples=[2])
    next_cursor: str | None = Field(None, description="null on the last page", examples=["b64.."])


class ProblemField(Answer):
    """One wrong value of a request."""

    where: str = Field(examples=["body.reason"])
    message: str = Field(examples=["must have at most 2000 characters"])


class Problem(Answer):
    """RFC 9457: what went wrong and what to do about it; never a traceback."""

    type: str = Field(description="a stable name of the kind", examples=["urn:fin-agent:not-found"])
    title: str = Field(examples=["There is nothing of that name"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no scan at 09:25; see GET /v1/scans"])
    instance: str = Field(description="the path that was asked for", examples=["/v1/verdicts"])
    remedy: str | None = Field(None, examples=["ask again in 3 s"])
    errors: list[ProblemField] = []


class Told(Answer):
    """An error that a person should know about."""

    seq: int
    at: datetime
    problem: str = Field(examples=["the account cannot be read (time-out)"])
    remedy: str = Field(examples=["look at the broker; then fin-agent resume"])
    critical: bool
