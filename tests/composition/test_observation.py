"""A running agent is watched: measured without naming anything private, healthy or not."""

import asyncio
import re
import time

from prometheus_client.parser import text_string_to_metric_families

from fin_agent.adapters.metrics import PROBED
from fin_agent.adapters.persistence.payloads import MODELS
from fin_agent.adapters.scheduling.loop_watch import LoopLimits, LoopWatch
from fin_agent.composition.agent import agent
from fin_agent.composition.bootstrap import start
from fin_agent.composition.loading import Choices
from fin_agent.composition.observation import Observation, _started
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import TradingState
from tests.acceptance.demo_days import SECOND, DemoDays, demo_days, laid_out
from tests.entrypoints.live_days import agent_on, eventually
from tests.servers.faults import FaultyServer, served, text

__all__ = ["demo_days", "laid_out"]

QUICK = f"{SECOND}T09:29:00-05:00@3000"
_STREAMED = ("provider_", "tick", "stream", "stale", "print_lag", "decision_lag")
WORDS = {
    *MODELS,
    *(state.value for state in (*OrderState, *TradingState)),
    *("terminal", "log", "metrics", "notifications", "file", "sent", "failed", "0.1.0"),
}


def labels_of(text: str) -> set[str]:
    return {
        value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name, value in sample.labels.items()
        if name != "le"
    }


def value(watch: Observation, name: str, **labels: str) -> float | None:
    body = watch.metrics()[0].decode()
    found = [
        sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
        if sample.name == f"fin_agent_{name}" and labels.items() <= sample.labels.items()
    ]
    return found[0] if found else None


async def test_a_lived_day_is_measured_and_names_nothing_private(demo_days: DemoDays) -> None:
    async with agent_on(demo_days, QUICK) as living:
        watch = living.agent.observation
        assert watch is not None
        await living.until(lambda now: any(e.type == "TradeRecorded" for e in now.day.events))
        await watch.measured.look()
        await eventually(lambda: value(watch, "events_total", event="FillRecorded"))
        text_, media = watch.metrics()
        body = text_.decode()

        assert media.startswith("text/plain")
        assert labels_of(body) <= WORDS
        assert value(watch, "scan_duration_seconds_count") == 1
        assert value(watch, "healthy") == 1
        assert (value(watch, "daily_loss_used_ratio") or 0) > 0
        assert (value(watch, "wal_bytes") or 0) > 0
        assert value(watch, "queue_depth", consumer="metrics") is not None
        assert value(watch, "orders", state="FILLED")
        shown = set(re.findall(r"^# TYPE fin_agent_(\w+)", body, re.MULTILINE))
        live_only = {n for n in PROBED if n.startswith(_STREAMED)}
        of_channels = {"notices_total", "notices_unheard", "channel_dead", "dead_man_pings_total"}
        assert set(PROBED) - live_only - of_channels <= shown


async def test_a_blocked_loop_is_unhealthy_and_counted(demo_days: DemoDays) -> None:
    async with agent_on(demo_days, QUICK) as living:
        watch = living.agent.observation
        assert watch is not None
        own = LoopWatch(LoopLimits(0.01, 0.02, 0.1, 30.0, 60.0))
        watch.loop_watch = watch.measured.loop_watch = own
        running = asyncio.create_task(own.run())
        await asyncio.sleep(0.05)

        time.sleep(0.5)  # noqa: ASYNC251, TID251 - this is the fault
        await asyncio.sleep(0.05)

        assert list(watch.vitals().reasons) == ["the event loop was blocked"]
        assert value(watch, "healthy") == 0
        assert (value(watch, "event_loop_late_total") or 0) >= 1
        assert (value(watch, "event_loop_lag_worst_seconds") or 0) >= 0.4
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_watcher_that_dies_is_told_and_trading_goes_on(demo_days: DemoDays) -> None:
    notes: list[str] = []
    app = start(Choices(demo_days.folder / "config.yaml", None, ()), demo_days.folder, {})
    async with agent(app, QUICK, notes.append) as running:
        watch = running.observation
        assert watch is not None

        async def broken() -> None:
            raise ZeroDivisionError("nothing to divide by")

        await asyncio.gather(_started(watch, "measuring", broken()), return_exceptions=True)
        await asyncio.sleep(0)

        told = "measuring ended: ZeroDivisionError: nothing to divide by"
        assert list(watch.vitals().reasons) == [told]
        assert f"error: {told}" in notes


async def test_the_dead_man_is_pinged_while_all_is_well(demo_days: DemoDays) -> None:
    async with served(FaultyServer(routes={"/ping-canary": text("ok").answer})) as server:
        secret = {"DEAD_MAN_URL": f"{server.base_url}/ping-canary"}
        choices = Choices(demo_days.folder / "config.yaml", None, ("notify.dead_man_minutes=0.5",))
        app = start(choices, demo_days.folder, secret)
        async with agent(app, QUICK, lambda _: None) as running:
            watch = running.observation
            assert watch is not None
            assert watch.dead_man is not None
            await eventually(lambda: value(watch, "dead_man_pings_total", outcome="sent"))

            watch.ended["measuring"] = "gone"
            assert not watch.dead_man._is_healthy()
            assert server.paths == ["/ping-canary"]
