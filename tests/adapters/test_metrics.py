"""Metrics are read when Prometheus asks, each under its own name, and parse as Prometheus wants."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fin_agent.adapters.metrics import PREFIX, PROBED, Metrics, Reading, Spread, names
from fin_agent.adapters.ticks.lags import Lags


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    text = metrics.rendered()[0].decode()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_probe_is_asked_each_time() -> None:
    metrics, counted = Metrics(), [0]

    def probe() -> list[Reading]:
        counted[0] += 1
        return [Reading("dead_letters", counted[0]), Reading("queue_depth", 3, ("desk",))]

    metrics.add_probe(probe)
    first, second = samples(metrics), samples(metrics)

    assert second["fin_agent_dead_letters", ()] == first["fin_agent_dead_letters", ()] + 1
    assert second["fin_agent_queue_depth", ("desk",)] == 3


def test_probes_may_share_a_metric() -> None:
    metrics = Metrics()
    metrics.add_probe(lambda: [Reading("queue_depth", 1, ("a",))])
    metrics.add_probe(lambda: [Reading("queue_depth", 2, ("b",))])

    assert samples(metrics)["fin_agent_queue_depth", ("b",)] == 2
    assert metrics.rendered()[0].count(b"# TYPE fin_agent_queue_depth") == 1


def test_a_probe_may_give_a_histogram() -> None:
    metrics, lags = Metrics(), Lags()
    for seconds in (-0.1, 0.0004, 0.05, 0.05001, 100.0):
        lags.note(seconds)
    spread = Spread("decision_lag_seconds", lags.buckets(), lags.total_s, ("streamed",))
    metrics.add_probe(lambda: [spread])

    found = samples(metrics)

    name = "fin_agent_decision_lag_seconds"
    counts = {bound: found[f"{name}_bucket", (bound, "streamed")] for bound in ("0.05", "+Inf")}
    assert counts == {"0.05": 3, "+Inf": 5}
    assert found[f"{name}_count", ("streamed",)] == 5
    assert found[f"{name}_sum", ("streamed",)] == pytest.approx(100.10041)


def test_a_number_is_no_histogram() -> None:
    numbers, spreads = Metrics(), Metrics()
    numbers.add_probe(lambda: [Reading("print_lag_seconds", 1)])
    spreads.add_probe(lambda: [Spread("dead_letters", Lags().buckets(), 0.0)])

    for metrics in (numbers, spreads):
        with pytest.raises(TypeError, match="histogram"):
            metrics.rendered()


def test_what_is_counted_and_timed_is_shown() -> None:
    metrics = Metrics()
    metrics.events.labels("FillRecorded").inc()
    metrics.processing.labels("desk").observe(0.003)
    metrics.scans.observe(2)

    found = samples(metrics)

    assert found["fin_agent_events_total", ("FillRecorded",)] == 1
    assert found["fin_agent_processing_time_seconds_count", ("desk",)] == 1
    assert found["fin_agent_scan_duration_seconds_sum", ()] == 2


def test_the_process_is_measured_too() -> None:
    found = samples(Metrics())

    assert found["process_resident_memory_bytes", ()] > 1e6
    assert found["process_open_fds", ()] > 0


def test_every_name_is_known_for_dashboards_and_alerts() -> None:
    known = names()

    assert {PREFIX + name for name, about in PROBED.items() if not about.is_histogram} <= known
    assert f"{PREFIX}print_lag_seconds_bucket" in known
    assert "fin_agent_processing_time_seconds_bucket" in known
    assert "process_resident_memory_bytes" in known


def test_two_registries_know_nothing_of_each_other() -> None:
    first, second = Metrics(), Metrics()
    first.events.labels("FillRecorded").inc()

    assert ("fin_agent_events_total", ("FillRecorded",)) not in samples(second)
