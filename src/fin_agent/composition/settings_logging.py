"""The ``logging`` settings: where lines go, in which form, and how many."""

from typing import Literal

from pydantic import Field

from fin_agent.composition.section import Section


class LoggingSettings(Section):
    """What ``run`` writes about itself; the event log is kept whatever stands here."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level of a line"
    )
    format: Literal["auto", "json", "human"] = Field(
        "auto",
        description="human: warnings as plain lines; json: every line; auto: human on a terminal",
    )
    file: bool = Field(default=True, description="also JSON lines in logs/agent.jsonl")
    file_mb: float = Field(20, gt=0, le=10_000, description="megabytes before it is turned over")
    files: int = Field(5, ge=0, le=1000, description="older files that are kept")
    lines_per_minute: int = Field(
        100, ge=10, le=1_000_000, description="in all, but for the audit and trading channels"
    )
    same_per_minute: int = Field(20, ge=1, le=1_000_000, description="of one kind")
