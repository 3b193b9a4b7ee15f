"""A lived day as one trace: every fill leads back over its order and plan to the scan."""

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fin_agent.adapters.persistence.rows import event_of
from fin_agent.adapters.persistence.work import Work
from fin_agent.adapters.tracing import Tracing
from fin_agent.composition.agent import agent
from fin_agent.composition.bootstrap import start
from fin_agent.composition.loading import Choices
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.events import Event
from tests.acceptance.demo_days import DemoDays, demo_days, laid_out
from tests.entrypoints.live_days import MID_DAY, after_day, eventually, lived
from tests.servers.faults import FaultyServer, served, text

__all__ = ["after_day", "demo_days", "laid_out", "lived"]


def events_of(days: DemoDays) -> list[Event]:
    with closing(sqlite3.connect(days.folder / "state.db")) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM event_log ORDER BY seq").fetchall()
    return [event_of(dict(row)) for row in rows]


async def traced(events: Sequence[Event]) -> list[ReadableSpan]:
    exporter = InMemorySpanExporter()
    tracing = Tracing(SimpleSpanProcessor(exporter), "1")
    for event in events:
        await tracing.take(event, Work())
    return list(exporter.get_finished_spans())


def ids(span: ReadableSpan) -> tuple[int, int]:
    context = span.get_span_context()
    assert context is not None
    return context.trace_id, context.span_id


def way_back(span: ReadableSpan, spans: Sequence[ReadableSpan]) -> list[str]:
    """The names from a span up to the root."""
    by_id = {ids(s)[1]: s for s in spans}
    names = [span.name]
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        names.append(span.name)
    return names


async def test_every_fill_leads_back_to_the_scan(after_day: DemoDays) -> None:
    spans = await traced(events_of(after_day))

    fills = [span for span in spans if span.name == "FillRecorded"]
    assert len(fills) >= 4
    for fill in fills:
        way = way_back(fill, spans)
        assert way[-2:] == ["CandidatesRanked", "SessionOpened"]
        assert {"OrderIntentCreated", "PlanApproved", "SignalGenerated"} <= set(way)


async def test_a_session_is_one_trace_and_every_event_is_in_it(after_day: DemoDays) -> None:
    events = events_of(after_day)
    spans = await traced(events)

    assert len(spans) == len(events)
    assert len({ids(span)[0] for span in spans}) == 1
    assert len({ids(span) for span in spans}) == len(events)
    assert all((s.start_time or 0) <= (s.end_time or 0) for s in spans)


async def test_a_restart_in_the_middle_goes_on_in_the_same_trace(after_day: DemoDays) -> None:
    events = events_of(after_day)
    half = len(events) // 2

    whole = await traced(events)
    parts = await traced(events[:half]) + await traced(events[half:])

    told = [span.parent.span_id for span in parts if span.parent is not None]
    assert {ids(s) for s in whole} == {ids(s) for s in parts}
    caused = [event for event in events if event.causation_id]
    assert len(told) >= len(caused)


async def test_traces_go_to_the_collector(demo_days: DemoDays) -> None:
    async with served(FaultyServer(routes={"/v1/traces": text("").answer})) as server:
        assigned = ("tracing.exporter=otlp", f"tracing.endpoint={server.base_url}/v1/traces")
        choices = Choices(demo_days.folder / "config.yaml", None, assigned)
        app = start(choices, demo_days.folder, {})
        async with agent(app, MID_DAY, lambda _: None) as running:
            days = running.days()
            living = asyncio.ensure_future(anext(days))
            await eventually(lambda: running.driver is not None and running.driver.day.advice)
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)

    assert "/v1/traces" in server.paths


async def test_without_the_package_one_line_says_what_to_install(
    demo_days: DemoDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "fin_agent.adapters.tracing")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    choices = Choices(demo_days.folder / "config.yaml", None, ("tracing.exporter=otlp",))
    app = start(choices, demo_days.folder, {})

    with pytest.raises(ConfigError, match=r"pip install fin-agent\[otel\]"):
        async with agent(app, MID_DAY, lambda _: None):
            pass
