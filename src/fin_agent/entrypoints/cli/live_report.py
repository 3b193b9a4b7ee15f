"""What ``run``, ``halt``, ``resume`` and ``flat`` do and show."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from importlib import import_module

from fin_agent.composition.agent import Agent, agent
from fin_agent.composition.day_end import DayEnd
from fin_agent.composition.doctor import preflight
from fin_agent.composition.flat_alone import can_leave, flat_alone
from fin_agent.composition.logging import logged, writes_json
from fin_agent.composition.person import flat, resume, running
from fin_agent.composition.supervision import supervised
from fin_agent.entrypoints.cli.interpreter import settle
from fin_agent.entrypoints.cli.options import NO, Options

_API = "fin_agent.entrypoints.api.serving"
_RESUME_S = 30.0
_trading = logging.getLogger("fin_agent.trading")


async def run_agent(options: Options, clock: str | None, *, serve: bool = True) -> int | None:
    """Live through sessions until a signal comes or nothing is left to live through."""
    ended: list[DayEnd] = []
    app = options.app()
    await preflight(app)
    shows_json = writes_json(app.settings.logging, as_document=options.as_json)
    is_for_people = not (options.as_json or shows_json)
    async with AsyncExitStack() as held:
        held.enter_context(logged(app, as_document=options.as_json))
        running = await held.enter_async_context(agent(app, clock, options.note))
        if serve and app.settings.api.enabled:
            await asyncio.to_thread(import_module, _API)  # seconds on a busy machine
            from fin_agent.entrypoints.api.serving import api

            address = await held.enter_async_context(
                api(app, running, options.note, metrics_of(running))
            )
            if app.settings.dashboard.enabled:
                from fin_agent.entrypoints.cli.dashboard_process import beside

                await held.enter_async_context(beside(app, address, options.note))
        running.settle = settle
        await held.enter_async_context(supervised(os.environ))
        stopped = _on_signals(running)
        options.note("the agent runs; Ctrl-C stops it, fin-agent halt stops entries")
        living = asyncio.ensure_future(_live(options, running, ended, is_for_people=is_for_people))
        await asyncio.wait({living, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not living.done():
            living.cancel()
            options.note("stopping: everything that happened is on disk")
        await asyncio.gather(living, return_exceptions=True)
        if not living.cancelled():
            living.result()
    if options.as_json:
        options.print_document({"sessions": [_day_document(end) for end in ended]})
    return None if all(end.is_flat for end in ended) else NO


def metrics_of(running: Agent) -> Callable[[], tuple[bytes, str]] | None:
    """What ``/metrics`` shows of an agent."""
    return None if running.observation is None else running.observation.metrics


async def _live(
    options: Options, running: Agent, ended: list[DayEnd], *, is_for_people: bool
) -> None:
    async for end in running.days():
        ended.append(end)
        _trading.info("session ended", extra={"session": _day_document(end)})
        if is_for_people:
            _print_day(options, end)


def _on_signals(running: Agent) -> "asyncio.Future[None]":
    """SIGTERM and SIGINT end the run; SIGUSR1 is a kill switch that needs nothing but a pid."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, stop)
    loop.add_signal_handler(signal.SIGUSR1, running.control.kill, "signal USR1")
    return stopped


def _print_day(options: Options, end: DayEnd) -> None:
    lines = [f"{end.session.date}  {end.state}"]
    lines += [f"  {symbol:<6} {fate}" for symbol, fate in sorted(end.fates.items())]
    lines += [f"  {t.symbol:<6} {t.quantity} {t.exit_reason:<10} {t.pnl:+.2f}" for t in end.trades]
    flatness = "flat" if end.is_flat else "NOT FLAT"
    result = f"result {end.pnl:+.2f}, equity {end.equity:.2f}, hash {end.decision_hash}"
    for line in (*lines, f"  {flatness}, {result}"):
        options.console().print(line, markup=False, highlight=False, soft_wrap=True)


def _day_document(end: DayEnd) -> dict[str, object]:
    return {
        "session_date": end.session.date.isoformat(),
        "state": end.state,
        "flat": end.is_flat,
        "trades": len(end.trades),
        "pnl": float(end.pnl),
        "equity": float(end.equity),
        "decision_hash": end.decision_hash,
    }


async def ask_to_resume(options: Options, reason: str) -> int | None:
    """Allow entries again, or say what stands against it."""
    found = await resume(options.app(), reason, _RESUME_S)
    done = bool(found.get("done"))
    words = f"state {found['state']}"
    _show(options, found, words if done else f"still halted: {found.get('why')}")
    return None if done else NO


async def ask_for_flat(
    options: Options, reason: str, wait_s: float, clock: str | None
) -> int | None:
    """Take everything out and say what is left."""
    app = options.app()
    if running(app) is None and can_leave(app, clock):
        options.note("no agent runs: this command takes everything out at the broker itself")
        found = await flat_alone(app, reason, wait_s, clock, options.note)
    else:
        found = await flat(app, reason, wait_s)
    left = found.get("open")
    if found.get("done"):
        words = "flat: nothing is held, nothing works; entries are off until fin-agent resume"
    else:
        words = f"NOT flat, and no agent runs: {left}; start it, it closes them: fin-agent run"
    _show(options, found, words)
    return None if found.get("done") else NO


def _show(options: Options, document: Mapping[str, object], words: str) -> None:
    if options.as_json:
        options.print_document(document)
    else:
        options.console().print(words, markup=False, highlight=False)
