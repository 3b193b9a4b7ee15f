"""What a person can do over the API; each by the use case that the command line uses too."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Any

from fin_agent.composition import kill_switch, person
from fin_agent.composition.bootstrap import App
from fin_agent.composition.jobs import Job
from fin_agent.composition.journal import LIVE, trades_of, write_note
from fin_agent.composition.tickets import FilledByHand, fill_once
from fin_agent.domain.control import Act
from fin_agent.domain.errors import CorruptData, StateUnavailable, Unavailable, UsageError
from fin_agent.domain.journal import TradeNote
from fin_agent.domain.session import NEW_YORK
from fin_agent.domain.venue import Part
from fin_agent.entrypoints.api.host import Host
from fin_agent.entrypoints.api.models import commands as told
from fin_agent.entrypoints.api.models.scan import ScanResult
from fin_agent.entrypoints.api.views_scan import scan_of_job
from fin_agent.entrypoints.api.views_status import configured_weights
from fin_agent.entrypoints.api.views_system import backtest_of

_RESUME_S = 30.0
_ANSWER_S = 10.0


async def halt(host: Host, asked: told.HaltAsked, by: str) -> told.Acted:
    """Entries are off before anything is written; the file makes it outlive the process."""
    reason = f"{asked.reason} ({by})"
    if host.agent is not None:
        host.agent.control.kill(reason)
    folder = host.app.data_dir
    try:
        found = await asyncio.to_thread(kill_switch.halt, folder, reason)
    except StateUnavailable as error:
        if host.agent is None:
            raise
        why = f"entries are off until the agent ends: {error}"
        return told.Acted(done=True, state="HALTED", why=why, agent=kill_switch.agent_in(folder))
    return told.Acted.model_validate({**found, "done": True})


async def resume(host: Host, asked: told.ResumeAsked, by: str) -> told.Acted:
    """Entries are on again if the venue and the journal agree."""
    reason = f"{asked.reason} ({by})"
    found = await host.elsewhere(lambda app: person.resume(app, reason, _RESUME_S))
    return told.Acted.model_validate(dict(found))


async def flat(host: Host, asked: told.FlatAsked, by: str) -> told.Acted:
    """Everything is taken out; entries stop at once, before the agent hears of it."""
    reason = f"{asked.reason} ({by})"
    if host.agent is not None:
        host.agent.control.kill(reason)
    try:
        found = await host.elsewhere(lambda app: person.flat(app, reason, asked.wait_s))
    except Unavailable as error:
        agent = kill_switch.agent_in(host.app.data_dir)
        if agent is None:
            raise
        why = f"not flat yet, it goes on: {error}"
        return told.Acted(done=False, state="HALTED", why=why, agent=agent)
    return told.Acted.model_validate(dict(found))


async def weigh(host: Host, asked: told.WeightsAsked, by: str) -> told.WeightsSet:
    """The agent records the weights and scans by them from then on.

    Raises:
        UsageError: there is no such factor.
        Unavailable: no agent runs, or it does not answer.
    """
    if host.agent is None:
        raise Unavailable("no agent runs that could change its weights; fin-agent run")
    configured = configured_weights(host.app)
    strange = sorted(asked.weights.keys() - configured.keys())
    if strange:
        raise UsageError(f"no factor {', '.join(strange)}; there are {', '.join(configured)}")
    details = {name: repr(weight) for name, weight in asked.weights.items()}
    found = await host.elsewhere(
        lambda app: person.asked(app, Act.WEIGHTS, f"{asked.reason} ({by})", _ANSWER_S, details)
    )
    weights = found.get("weights") or configured
    return told.WeightsSet.model_validate({**found, "weights": weights})


async def fill(host: Host, asked: told.FillAsked, at: datetime) -> told.FillTaken:
    """A fill by hand goes into the ticket book, where the agent finds it."""
    done = FilledByHand(
        order=asked.order,
        quantity=asked.quantity,
        price=asked.price,
        part=None if asked.part is None else Part(asked.part),
        at=asked.at or at,
        gone=asked.cancelled,
    )

    async def made(app: App) -> told.FillTaken:
        ticket = fill_once(app, done)
        return told.FillTaken(
            client_order_id=ticket.client_order_id,
            symbol=ticket.symbol,
            quantity=_number(done.quantity),
            price=_number(done.price),
            cancelled=done.gone,
        )

    return await host.elsewhere(made)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


async def note(host: Host, trade_id: str, asked: told.NoteAsked, at: datetime) -> told.NoteTaken:
    """A note on a trade of the agent's own journal.

    Raises:
        CorruptData: there is no such trade.
    """

    async def made(app: App) -> told.NoteTaken:
        _, trades = await trades_of(app, LIVE, None, None)
        if all(trade["trade_id"] != trade_id for trade in trades):
            raise CorruptData(f"no trade {trade_id}; see GET /v1/journal")
        found = await write_note(app, TradeNote(trade_id, at, asked.text, asked.tag, asked.grade))
        return told.NoteTaken.model_validate({"note_id": None, **found, "trade_id": trade_id})

    return await host.elsewhere(made)


async def scan(host: Host, asked: told.ScanAsked, name: str, at: datetime) -> ScanResult:
    """A scan in a process of its own, with the weights of the agent's next scan."""
    view = host.view()
    words = ["--second-look"] if asked.second_look else []
    when = asked.at
    if when is None and view.session is not None and view.speed != 1.0:
        when = f"{view.now.astimezone(NEW_YORK):%Y-%m-%dT%H:%M}"  # a fast clock's now, not ours
    words += [] if when is None else ["--at", when]
    words += ["--symbols", ",".join(asked.symbols)] if asked.symbols else []
    configured = configured_weights(host.app)
    weights = {**configured, **view.weights}
    if weights != configured:
        words += ["--set", f"factors=[{', '.join(_factors(host.app, weights))}]"]

    async def made(_: App) -> Job:
        return host.jobs.ask(f"scan-{name[:20]}", "scan", words, at)

    return ScanResult(scan=scan_of_job(await host.elsewhere(made)), result=None)


def _factors(app: App, weights: dict[str, float]) -> list[str]:
    return [
        f"{{use: {choice.use}, weight: {weights[choice.use]!r}, options: {choice.options}}}"
        for choice in app.settings.factors
    ]


async def backtest(
    host: Host, asked: told.BacktestAsked, name: str, at: datetime
) -> told.BacktestResult:
    """A backtest in a process of its own."""
    words: list[Any] = ["--from", asked.first.isoformat(), "--to", asked.last.isoformat()]
    words += ["--bars", asked.bars]
    words += ["--symbols", ",".join(asked.symbols)] if asked.symbols else []

    async def made(_: App) -> Job:
        return host.jobs.ask(f"backtest-{name[:20]}", "backtest", words, at)

    job = await host.elsewhere(made)
    return told.BacktestResult(backtest=backtest_of(job), result=None)
