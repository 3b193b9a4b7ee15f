"""``scan`` and ``why`` on stored data: up to the advice, or the whole day in memory."""

from dataclasses import dataclass, replace
from datetime import date

from fin_agent.application.backtest import RunOutcome
from fin_agent.application.day import DayOutcome
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


@dataclass(frozen=True, slots=True)
class Moment:
    """A stored session with the scope to look at it in."""

    session: TradingSession
    scope: Scope


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
    moment = _moment(app, None, choices.at, names(choices.symbols), choices.bars)
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
    scope_symbols = () if symbol in universe else (symbol,)
    moment = _moment(app, day, at, scope_symbols, bars)
    replayer = await app.replayer(moment.scope, memory_store())
    bankroll = app.settings.account.bankroll
    driver = await replayer.prepare(
        moment.session, bankroll, GENESIS, RunOutcome(bankroll, moment.scope.daily)
    )
    await driver.trade()
    section = driver.day.section
    if section is None:
        raise CorruptData(f"{moment.session.date} could not be scanned")
    snapshot: Snapshot = section.snapshot(symbol)
    fx = await app.fx_rate(section.at)
    context = ScanContext(driver.day.rules.scan, section.at, fx)
    from fin_agent.entrypoints.documents.why import why_document

    document = why_document(snapshot, context, driver.outcome(), daily=moment.scope.daily)
    if options.as_json:
        options.print_document(document)
        return
    from fin_agent.entrypoints.cli.why_report import print_why

    print_why(options.console(), document)


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
            f"no bars are stored in {app.data_dir}; import some: fin-agent data import FILE"
        )
    return session
