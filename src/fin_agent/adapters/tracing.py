"""The event log as OpenTelemetry traces: one trace a session, from the scan to the last fill.

Every event is a span. Ids are derived from those of the events, so a span's parent is known by the
causation id alone, also after a restart; a span lasts from its cause to the event itself.
"""

import json
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, TraceFlags

from fin_agent.domain.events import Event
from fin_agent.ports import UnitOfWork

_OPENED, _SCANNED, _INTENDED = "SessionOpened", "CandidatesRanked", "OrderIntentCreated"
_ROOTS = frozenset({_OPENED, "ScanRequested", "UniverseJudged", _SCANNED})
_REMEMBERED = 20_000  # events of a day are hundreds
_FLUSH_MS = 3_000
_HERE = "http://127.0.0.1:4318/v1/traces"
_MICROSECOND = timedelta(microseconds=1)


class _Newest(OrderedDict[str, str | datetime]):
    """Forgets the oldest when there are too many."""

    def note(self, key: str, value: str | datetime) -> None:
        self[key] = value
        if len(self) > _REMEMBERED:
            self.popitem(last=False)


class Tracing:
    """A consumer of the whole log that hands a span for each event to a processor."""

    def __init__(self, processor: SpanProcessor, version: str) -> None:
        self._processor = processor
        self._resource = Resource({"service.name": "fin-agent", "service.version": version})
        self._times = _Newest()
        self._causes = _Newest()

    async def take(self, event: Event, _work: UnitOfWork) -> None:
        """Hand one event over; sending happens elsewhere."""
        self._processor.on_end(self._span(event))

    def close(self) -> None:
        """Send what waits; for a thread, because it may take seconds."""
        self._processor.force_flush(_FLUSH_MS)
        self._processor.shutdown()

    def _span(self, event: Event) -> ReadableSpan:
        cause = self._cause(event)
        began = self._times.get(cause, event.occurred_at)
        self._times.note(event.event_id, event.occurred_at)
        end = _nanoseconds(event.occurred_at)
        start = _nanoseconds(began) if isinstance(began, datetime) else end
        return ReadableSpan(
            name=event.type,
            context=_context(event, event.event_id),
            parent=_context(event, cause) if cause else None,
            resource=self._resource,
            attributes={
                "fin_agent.event_id": event.event_id,
                "fin_agent.session_date": event.session_date.isoformat(),
                "fin_agent.correlation_id": event.correlation_id,
                "fin_agent.is_decision": event.is_decision,
            },
            start_time=min(start, end),
            end_time=end,
        )

    def _cause(self, event: Event) -> str:
        """The event that led to this one: told by it, or the last step before it in the day."""
        day = f"{event.account}|{event.session_date}"
        before = event.causation_id or self._found(event.correlation_id)
        scanned, opened = self._found(f"{day}|{_SCANNED}"), self._found(f"{day}|{_OPENED}")
        if event.type == _INTENDED:  # its order goes on under an id of its own
            order_id = str(json.loads(event.payload)["client_order_id"])
            self._causes.note(order_id, event.event_id)
        if event.type in _ROOTS:
            self._causes.note(f"{day}|{event.type}", event.event_id)
            return "" if event.type == _OPENED else opened
        return before or (scanned if event.correlation_id else opened)

    def _found(self, key: str) -> str:
        return str(self._causes.get(key, "")) if key else ""


def _context(event: Event, event_id: str) -> SpanContext:
    trace = sha256(f"{event.account}|{event.session_date}".encode()).digest()
    return SpanContext(
        trace_id=int.from_bytes(trace[:16]),
        span_id=int.from_bytes(sha256(event_id.encode()).digest()[:8]),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _nanoseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, at.tzinfo)) // _MICROSECOND * 1000


def otlp(endpoint: str, version: str) -> Tracing:
    """Traces to a collector over HTTP; while it is away spans are dropped after some tries."""
    exporter = OTLPSpanExporter(endpoint=endpoint or _HERE, timeout=5)
    return Tracing(BatchSpanProcessor(exporter), version)
