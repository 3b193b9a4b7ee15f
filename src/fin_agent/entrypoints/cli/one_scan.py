"""``scan`` and ``why``: the market as it is now, a stored day, or a live day from its tape."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from fin_agent.application.backtest import RunOutcome
from fin_agent.application.day import DayDriver, DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.composition.bootstrap import App, Scope, memory_store
from fin_agent.domain.errors import CorruptData, UsageError
from fin_agent.domain.events import GENESIS
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.gates import ScanContext
from fin_agent.domain.session import TradingSession
from fin_agent.domain.snapshot import Snapshot
from fin_agent.entrypoints.cli.arguments import instant, names, session_of
from fin_agent.entrypoints.cli.options import Options

if TYPE_CHECKING:
    from fin_agent.composition.live_scan import ScannedNow


@dataclass(frozen=True, slots=True)
class Moment:
    """A stored session with the scope to look at it in."""

    session: TradingSession
    scope: Scope


@dataclass(frozen=True, slots=True)
class Asked:
    """Which day and instant, by which bars, as typed."""

    day: str | None
    at: str | None
    bars: str | None


@dataclass(frozen=True, slots=True)
class ScanChoices:
    """The arguments of ``scan``."""

    at: str | None
    symbols: str | None
    bars: str | None
    second_look: bool
    every_verdict: bool


async def show_scan(options: Options, choices: ScanChoices) -> None:
    """Scan as of a stored instant and print what came of it."""
    app = options.app()
    symbols = names(choices.symbols)
    if _is_now(app, choices.at, choices.bars):
        if (session := app.session_now()) is not None:
            from fin_agent.composition.live_scan import scan_now  # it loads the vendors

            scanned = await scan_now(app, session, symbols, options.note)
            _show_now(options, choices, scanned, app.settings.account.currency)
            return
        options.note("the exchange is closed, so there is nothing live to scan")
    moment = _moment(app, None, choices.at, symbols, choices.bars)
    if choices.second_look and moment.scope.at is None and not moment.scope.daily:
        at = app.second_look(moment.session)
        moment = replace(moment, scope=replace(moment.scope, at=at))
    if choices.at is None:
        options.note(f"as of {moment.session.date}, the latest stored session")
    outcome, fx, rules = await _scanned(app, moment)
    if options.as_json:
        from fin_agent.entrypoints.documents.whole import scan_document

        options.print_document(scan_document(outcome, fx))
        return
    from fin_agent.entrypoints.cli.day_report import print_scan

    console, currency = options.console(), app.settings.account.currency
    print_scan(console, outcome, rules, currency=currency)
    if choices.every_verdict:
        from fin_agent.entrypoints.cli.verdict_table import print_verdicts

        print_verdicts(console, outcome)


def _show_now(options: Options, choices: ScanChoices, scanned: "ScannedNow", currency: str) -> None:
    """Print a live scan; a second look says of positions and plans what they are worth now."""
    outcome, rules = scanned.driver.outcome(), scanned.driver.day.rules
    again = scanned if choices.second_look else None
    if options.as_json:
        from fin_agent.entrypoints.documents.whole import scan_document, second_look_rows

        document = scan_document(outcome, scanned.fx)
        options.print_document(document if again is None else document | second_look_rows(again))
        return
    from fin_agent.entrypoints.cli.day_report import print_scan
    from fin_agent.entrypoints.cli.second_look_table import print_second_look

    console = options.console()
    print_scan(console, outcome, rules, currency=currency)
    if again is not None:
        print_second_look(console, again)
    if choices.every_verdict:
        from fin_agent.entrypoints.cli.verdict_table import print_verdicts

        print_verdicts(console, outcome)


async def show_why(
    options: Options, symbol: str, day: str | None, at: str | None, bars: str | None
) -> None:
    """Explain one symbol on one day: gates, evidence, plan, what became of it."""
    app = options.app()
    symbol = names(symbol)[0]
    universe = {instrument.symbol for instrument in await app.instruments()}
    stored = set(await app.bar_store.symbols())
    if symbol not in universe | stored:
        raise UsageError(
            f"{symbol} is neither in the universe ({len(universe)} symbols) nor in the bar store"
        )
    driver, fx, daily = await _driven(options, app, symbol, Asked(day, at, bars))
    section = driver.day.section
    if section is None:
        raise CorruptData(f"{driver.day.session.date} could not be scanned")
    snapshot: Snapshot = section.snapshot(symbol)
    context = ScanContext(driver.day.rules.scan, section.at, fx)
    from fin_agent.entrypoints.documents.why import why_document

    document = why_document(snapshot, context, driver.outcome(), daily=daily)
    if options.as_json:
        options.print_document(document)
        return
    from fin_agent.entrypoints.cli.why_report import print_why

    print_why(options.console(), document)


def _is_now(app: App, at: str | None, bars: str | None) -> bool:
    """Whether a question without an instant is about the market as it is."""
    return app.settings.data.use == "live" and at is None and bars is None


async def _driven(
    options: Options, app: App, symbol: str, asked: Asked
) -> tuple[DayDriver, Evidence[float], bool]:
    """The day that holds the answer: now, a live day from its tape, or a stored one to its end."""
    symbols = () if symbol in {i.symbol for i in await app.instruments()} else (symbol,)
    if asked.day is None and _is_now(app, asked.at, asked.bars):
        if (session := app.session_now()) is not None:
            from fin_agent.composition.live_scan import scan_now  # it loads the vendors

            scanned = await scan_now(app, session, (symbol,), options.note)
            return scanned.driver, scanned.fx, False
        options.note("the exchange is closed, so there is nothing live to ask about")
    if asked.day is not None and asked.at is None and asked.bars is None and not symbols:
        from fin_agent.composition.taped_day import has_tape, replay_tape

        session = session_of(app.calendar, asked.day)
        if has_tape(app, session.date):
            taped = (await replay_tape(app, session, memory_store())).driver
            at = taped.day.section.at if taped.day.section is not None else session.open
            return taped, await taped.day.desk.fx.rate(at), False
    moment = _moment(app, asked.day, asked.at, symbols, asked.bars)
    replayer = await app.replayer(moment.scope, memory_store())
    bankroll = app.settings.account.bankroll
    run = RunOutcome(bankroll, moment.scope.daily)
    driver = await replayer.prepare(moment.session, bankroll, GENESIS, run)
    await driver.trade()
    at = driver.day.section.at if driver.day.section is not None else moment.session.open
    return driver, await app.fx_rate(at), moment.scope.daily


async def _scanned(app: App, moment: Moment) -> tuple[DayOutcome, Evidence[float], TradingRules]:
    replayer = await app.replayer(moment.scope, memory_store())
    bankroll = app.settings.account.bankroll
    run = RunOutcome(bankroll, moment.scope.daily)
    driver = await replayer.prepare(moment.session, bankroll, GENESIS, run)
    outcome = driver.outcome()
    return outcome, await app.fx_rate(outcome.at), replayer.rules


def _moment(
    app: App, day: str | None, at: str | None, symbols: tuple[str, ...], bars: str | None
) -> Moment:
    """Which stored session is asked about, by which bars, at which time of it.

    Raises:
        UsageError: the date is no session or the instant is none.
        CorruptData: nothing is stored for it.
    """
    if bars not in {None, "minute", "daily"}:
        raise UsageError(f"--bars {bars!r}: choose minute or daily")
    told, clock = (None, None) if at is None else instant(at)
    minutes, days = app.minute_dates(), app.daily_dates()
    if day is not None or told is not None:
        session = session_of(app.calendar, day or str(told))
    else:
        session = _latest(app, minutes if bars != "daily" and minutes else days)
    daily = bars == "daily" or (bars is None and session.date not in minutes)
    if session.date not in (days if daily else minutes):
        kind = "daily" if daily else "minute"
        raise CorruptData(f"no {kind} bars are stored for {session.date}; see fin-agent data list")
    return Moment(session, Scope(symbols, daily=daily, at=None if daily else clock))


def _latest(app: App, dates: frozenset[date]) -> TradingSession:
    session = app.calendar.session(max(dates)) if dates else None
    if session is None:
        raise CorruptData(
            f"no bars are stored in {app.data_dir}; fetch daily ones: fin-agent data sync,"
            " or import some: fin-agent data import FILE"
        )
    return session
