"""One stored day, driven and shown; what ``demo`` and ``replay`` share."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fin_agent.application.backtest import RunOutcome
from fin_agent.application.day import DayOutcome
from fin_agent.application.decisions import changed_keys, first_difference
from fin_agent.application.desk import TradingRules
from fin_agent.composition.bootstrap import App, Scope, memory_store
from fin_agent.composition.taped_day import has_tape, live_decisions, replay_tape
from fin_agent.composition.weights import weights_recorded
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import Event
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.entrypoints.cli.arguments import clock_of, names, session_of
from fin_agent.entrypoints.cli.options import NO, Options
from fin_agent.entrypoints.documents.values import moment
from fin_agent.ports import MarketDataPort, StorePort


@dataclass(frozen=True, slots=True)
class ReplayChoices:
    """The arguments of ``replay``."""

    day: str
    at: str | None
    symbols: str | None
    report: Path | None


@dataclass(frozen=True, slots=True)
class Driven:
    """A finished day with its run."""

    run: RunOutcome
    day: DayOutcome
    scope: Scope
    rules: TradingRules
    market: MarketDataPort


async def show_demo(options: Options, number: int, speed: float, report: Path | None) -> None:
    """Lay the demo out in its own folder of the data directory, then replay its day."""
    from fin_agent.composition.demo import demo_app, prepare_demo

    app = demo_app(options.app())
    options.note("laying out the simulated market ...")
    days = await prepare_demo(app.data_dir, app.calendar, app.bar_store)
    session, name = days.demo_sessions[number - 1], f"demo-day-{number}"
    async with app.run_store(name) as store:
        driven = await drive(app, store, session, Scope(speed=speed))
    html = report or app.data_dir / f"{name}.html"
    await show(app, options, driven, html, simulated=True)
    if not options.as_json:
        place = f"--config {app.data_dir / 'config.yaml'} --data-dir {app.data_dir}"
        missed = [symbol for symbol, fate in driven.day.fates.items() if fate != "filled"]
        options.note(f"ask on:  fin-agent why {missed[0]} --date {session.date} {place}")
        options.note(f"         fin-agent journal list --run {name} {place}")
        if number == 1:
            options.note("a second day, with a daily-loss lock:  fin-agent demo --day 2")


async def show_replay(options: Options, choices: ReplayChoices, *, verify: bool) -> int | None:
    """Drive the day and show it, or compare its decisions with the stored ones."""
    app = options.app()
    session = session_of(app.calendar, choices.day)
    scope = Scope(names(choices.symbols), at=clock_of(choices.at, session.date))
    is_taped = scope == Scope() and has_tape(app, session.date)
    if not is_taped and session.date not in app.minute_dates():
        raise CorruptData(_no_bars(app, session.date))
    name = f"replay-{session.date}"
    drives = drive_tape if is_taped else drive
    if verify:
        stored = await live_decisions(app, session.date) if is_taped else None
        stored = stored or await app.stored_decisions(name, session.date)
        return await _verify(app, options, (session, scope), stored, drives)
    async with app.run_store(name) as store:
        driven = await drives(app, store, session, scope)
    await show(app, options, driven, choices.report, simulated=False)
    return None


async def drive(app: App, store: StorePort, session: TradingSession, scope: Scope) -> Driven:
    """One session from scan to result."""
    replayer = await app.replayer(scope, store)
    replayer.weights_of = lambda session, at: weights_recorded(app, session.date, at)
    finished: list[DayOutcome] = []
    run = await replayer.run([session], app.settings.account.bankroll, finished.append)
    run.data_quality.update(await app.data_quality(run, scope))
    return Driven(run, finished[0], scope, replayer.rules, app.market(daily=scope.daily))


async def drive_tape(app: App, store: StorePort, session: TradingSession, scope: Scope) -> Driven:
    """A live day from its tape."""
    again = await replay_tape(app, session, store)
    return Driven(again.run, again.driver.outcome(), scope, again.rules, again.market)


async def show(
    app: App, options: Options, driven: Driven, html: Path | None, *, simulated: bool
) -> None:
    """Print the day as a document or a report, and draw it when asked."""
    from fin_agent.entrypoints.documents.whole import run_document

    currency = app.settings.account.currency
    if html is not None:
        from fin_agent.entrypoints.cli.charts import write_day_html

        bars = await bars_of_plans(driven)
        write_day_html(html, driven.day, bars, driven.rules, currency=currency, simulated=simulated)
    day = driven.day.session.date
    if options.as_json:
        options.print_document(run_document(driven.run, day, day, simulated=simulated))
        return
    from fin_agent.entrypoints.cli.day_report import print_day

    print_day(options.console(), driven.day, driven.rules, currency=currency, simulated=simulated)
    for sentence in driven.run.assumptions:
        options.note(f"assumption: {sentence}")
    if html is not None:
        options.note(f"chart: {html}")


async def bars_of_plans(driven: Driven) -> Mapping[str, Sequence[Bar]]:
    """The day's regular bars of every planned symbol."""
    symbols = [advice.plan.symbol for advice in driven.day.advice]
    found: dict[str, list[Bar]] = {symbol: [] for symbol in symbols}
    async for minute in driven.market.minutes(driven.day.session, symbols):
        for symbol, bar in minute.bars.items():
            found[symbol].append(bar)
    return found


async def _verify(
    app: App,
    options: Options,
    day: tuple[TradingSession, Scope],
    stored: Sequence[Event],
    drives: Callable[[App, StorePort, TradingSession, Scope], Awaitable[Driven]],
) -> int | None:
    session, scope = day
    if not stored:
        raise CorruptData(
            f"no decisions of {session.date} are stored; record them: "
            f"fin-agent replay {session.date}"
        )
    store = memory_store()
    driven = await drives(app, store, session, scope)
    again = await store.events(session.date, decisions=True)
    difference = first_difference(stored, again)
    document = {
        "session_date": session.date.isoformat(),
        "same": difference is None,
        "decisions": len(again),
        "decision_hash": driven.day.decision_hash,
        "first_difference": None if difference is None else _named(*difference),
    }
    if options.as_json:
        options.print_document(document)
    elif difference is None:
        count, head = len(again), driven.day.decision_hash
        options.console().print(f"{session.date}: all {count} decisions are the same, hash {head}")
    else:
        options.console().print(_told(session.date, _named(*difference)), markup=False)
    return None if difference is None else NO


def _named(stored: Event | None, again: Event | None) -> dict[str, object]:
    """The first record that differs: which, when, about what, and in which values."""
    left = _flat(json.loads(stored.payload)) if stored is not None else {}
    right = _flat(json.loads(again.payload)) if again is not None else {}
    event = stored or again
    keys = changed_keys(left, right)
    return {
        "record": None if event is None else event.type,
        "at": None if event is None else moment(event.occurred_at),
        "symbol": left.get("symbol") or right.get("symbol"),
        "stored": {key: left.get(key) for key in keys} if stored is not None else None,
        "now": {key: right.get(key) for key in keys} if again is not None else None,
    }


def _flat(payload: Mapping[str, object], above: str = "") -> dict[str, object]:
    """Nested keys with dots, so that a difference is named as precisely as it can be."""
    flat: dict[str, object] = {}
    for key, value in payload.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{above}{key}.")
        else:
            flat[f"{above}{key}"] = value
    return flat


def _told(day: date, difference: Mapping[str, object]) -> str:
    about = f" of {difference['symbol']}" if difference["symbol"] else ""
    lines = [f"{day}: the first decision that differs is {difference['record']}{about}"]
    stored, now = difference["stored"], difference["now"]
    if not isinstance(stored, dict) or not isinstance(now, dict):
        lines.append("  it exists only " + ("in the stored run" if now is None else "now"))
        return "\n".join(lines)
    lines += [f"  {key}: stored {_short(stored[key])}, now {_short(now[key])}" for key in stored]
    return "\n".join(lines)


def _short(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


_LONGEST = 200


def _no_bars(app: App, day: date) -> str:
    dates = app.minute_dates()
    if not dates:
        return f"no minute bars are stored in {app.data_dir}; import some: fin-agent data import"
    near = sorted(dates, key=lambda d: abs((d - day).days))[:3]
    there = ", ".join(str(d) for d in sorted(near))
    return f"no minute bars are stored for {day}; the nearest stored sessions are {there}"
