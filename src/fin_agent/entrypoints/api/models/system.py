"""Providers, health, settings and log lines."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from fin_agent.entrypoints.api.models.base import Answer, Page


class Quota(Answer):
    """The calls to one group of a provider's endpoints; ``key`` is a digest of whose key it is."""

    provider: str
    group: str
    key: str
    last_minute: int
    last_day: int
    last_call: datetime
    limits: list[str] = Field([], description="as configured", examples=[["200/min"]])


class Quotas(Page[Quota]):
    """The calls that still count against quotas."""


class Check(Answer):
    """One thing that ``doctor`` looked at."""

    name: str = Field(examples=["disk"])
    state: Literal["ok", "warn", "fail"]
    found: str
    remedy: str | None


class Capability(Answer):
    """What a provider can do here; ``has_key`` is null where none is needed."""

    provider: str = Field(examples=["alpaca"])
    used_for: list[str] = Field(examples=[["quotes", "news"]])
    has_key: bool | None
    quotas: list[str]
    note: str | None = Field(None, examples=["no key: it is left out"])
    works: dict[str, bool] | None = Field(
        None, description="by capability whether it answered; null: not asked"
    )


class Doctor(Answer):
    """The health of everything, and who can provide what."""

    at: datetime
    ok: bool
    checks: list[Check]
    capabilities: list[Capability]


class FactorWeight(Answer):
    """A factor's weight as configured and as the next scan uses it."""

    factor: str
    configured: float
    next_scan: float


class Settings(Answer):
    """The settings in force; secrets are no settings and never here."""

    settings: dict[str, Any]
    files: list[str]
    weights: list[FactorWeight]
    plugins: dict[str, list[str]] = Field(examples=[{"brokers": ["paper", "alpaca"]}])


class LogTail(Answer):
    """The newest lines of the log file; ``file`` is null when nothing is logged to one."""

    file: str | None
    lines: list[str]
