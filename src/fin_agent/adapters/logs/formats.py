"""A record as one JSON line for programs or one plain line for a person, without secrets."""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from fin_agent.adapters.logs.redaction import Redaction
from fin_agent.domain.events import Event

ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default={})  # noqa: B039 - never changed
"""Ids that every line of a task carries: correlation, causation, plan, session."""


def ids_of(event: Event) -> dict[str, str]:
    """The ids by which lines about an event are found."""
    ids = {
        "event_id": event.event_id,
        "session_date": event.session_date.isoformat(),
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
    }
    return {name: value for name, value in ids.items() if value}


_LONGEST = 16_000  # characters of a line


class JsonLines(JsonFormatter):
    """One JSON object a line: time, level, logger, message, ids, and whatever ``extra`` holds."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(message)s", json_ensure_ascii=True)
        self._redaction = redaction

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        at = datetime.fromtimestamp(record.created, UTC)
        head = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "channel": channel_of(record),
            **ABOUT.get(),
        }
        body = {**log_data}
        log_data.clear()
        log_data.update(head | body)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        cleaned = self._redaction.within(super().process_log_record(log_data))
        return cleaned if isinstance(cleaned, dict) else {}

    def format(self, record: logging.LogRecord) -> str:
        line = self._redaction.of(super().format(record))
        if len(line) <= _LONGEST:
            return line
        shorter = logging.makeLogRecord(
            {
                "name": record.name,
                "levelno": record.levelno,
                "levelname": record.levelname,
                "created": record.created,
                "msg": f"{record.getMessage()[:2000]} ... cut from {len(line):,} characters",
            }
        )
        return self._redaction.of(super().format(shorter))[:_LONGEST]


class PlainLines(logging.Formatter):
    """Time in UTC, level, logger and message; tracebacks follow."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redaction = redaction

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the base class's name
        del datefmt
        return datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return self._redaction.of(super().format(record))[:_LONGEST]


def channel_of(record: logging.LogRecord) -> str:
    """audit, trading or performance; everything else is the program's."""
    head, _, rest = record.name.partition(".")
    first = rest.partition(".")[0]
    is_channel = head == "fin_agent" and first in {"audit", "trading", "performance"}
    return first if is_channel else "program"
