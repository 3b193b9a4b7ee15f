"""What is, now: read beside a running agent from its state database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from fin_agent.adapters.control import FolderControl
from fin_agent.adapters.persistence.log_reader import LogReader, Recorded, reading
from fin_agent.adapters.persistence.rows import event_of, latch_of
from fin_agent.adapters.persistence.stored_day import stored_day
from fin_agent.application.book import SessionBook
from fin_agent.application.decisions import DecisionLog
from fin_agent.application.recover import fates_of
from fin_agent.composition.bootstrap import App
from fin_agent.composition.kill_switch import agent_in, control_folder
from fin_agent.composition.maintenance import newest_backup, state_path
from fin_agent.domain.control import Latch, StoredDay, state_under
from fin_agent.domain.errors import CorruptData, FinAgentError, StateUnavailable
from fin_agent.domain.events import Event
from fin_agent.domain.position import Position
from fin_agent.domain.risk import TradingState
from fin_agent.domain.session import NEW_YORK

_NEWEST = "SELECT max(session_date) AS day FROM event_log WHERE type = 'SessionOpened'"
_PNL = "SELECT json_extract(document, '$.pnl') AS pnl FROM trade WHERE session_date IS NOT ?"
_LEFT = (  # sessions that hold shares, by their executions and no comparison with a venue since
    "SELECT session_date FROM execution GROUP BY session_date, client_order_id"
    " HAVING abs(sum(CASE json_extract(document, '$.is_entry') WHEN 1 THEN 1 ELSE -1 END"
    " * CAST(quantity AS REAL))) > 1e-9"
)
_LAST_CLOSED = "SELECT * FROM event_log WHERE type = 'SessionClosed' ORDER BY seq DESC LIMIT 1"
_RESUMED = "SELECT max(seq) AS seq FROM event_log WHERE type = 'TradingResumed'"
_LAST_OF = "SELECT max(seq) AS seq FROM event_log WHERE session_date = ?"


@dataclass(frozen=True, slots=True)
class Held:
    """A position and the session it was taken in."""

    session_date: date
    position: Position


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The state file from outside; ``problem`` says why it cannot be read.

    ``has_reserve`` is False when its space was given up to a full disk.
    """

    file: Path
    is_there: bool = False
    size: int = 0
    log_size: int = 0
    events: int = 0
    has_reserve: bool = False
    problem: FinAgentError | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest session in the state database, and what holds beyond it.

    ``equity`` is the bankroll and every realised result, ``realised`` the session's part of it;
    ``killed`` is the text of the halt flag, ``agent`` what runs.
    """

    state: TradingState
    killed: str | None
    agent: str | None
    equity: Decimal
    database: DatabaseState
    session_date: date | None = None
    day: StoredDay = field(default_factory=StoredDay)
    positions: Sequence[Held] = ()
    latches: Sequence[Latch] = ()
    realised: Decimal = Decimal(0)
    last_event: Recorded | None = None
    last_closed: Event | None = None
    backup: Path | None = None

    @property
    def fates(self) -> Mapping[str, str]:
        """What became of each plan, by symbol."""
        return fates_of(self.day)

    @property
    def decision_hash(self) -> str | None:
        """Over the session's decisions so far."""
        if self.session_date is None:
            return None
        log = DecisionLog("", self.session_date)
        log.restore(self.day.events)
        return log.head

    @property
    def phase(self) -> str:
        """How far the agent has lived the session."""
        kinds = {event.type for event in self.day.events}
        if self.session_date is None:
            return "none"
        if "SessionClosed" in kinds:
            return "closed"
        if self.day.minute is not None:
            return "trading"
        return "scanned" if "UniverseJudged" in kinds else "opened"


async def standing(app: App) -> Standing:
    """What the state database says; an empty standing while there is none.

    Raises:
        CorruptData: it is damaged or of another version.
        StateUnavailable: it is locked or cannot be read.
    """
    path, killed = state_path(app), _killed(app)
    database = _from_outside(path)
    if not database.is_there:
        return _nothing(app, killed, database)
    async with reading(path) as reader:
        await reader.hold_still()
        return await _Reading(app, reader, killed, database).standing()


async def standing_or_problem(app: App) -> Standing:
    """The same for someone who wants to see what is wrong: the problem is in ``database``."""
    try:
        return await standing(app)
    except (CorruptData, StateUnavailable) as error:
        outside = _from_outside(state_path(app))
        database = DatabaseState(
            outside.file, outside.is_there, outside.size, outside.log_size, problem=error
        )
        return _nothing(app, _killed(app), database)


def _killed(app: App) -> str | None:
    return FolderControl(control_folder(app.data_dir)).kill_reason()


def _nothing(app: App, killed: str | None, database: DatabaseState) -> Standing:
    state = TradingState.ACTIVE if killed is None else TradingState.HALTED
    return Standing(
        state=state,
        killed=killed,
        agent=agent_in(app.data_dir),
        equity=app.settings.account.bankroll,
        database=database,
        backup=newest_backup(app),
    )


def _from_outside(path: Path) -> DatabaseState:
    return DatabaseState(
        file=path,
        is_there=path.is_file(),
        size=_size(path),
        log_size=_size(path.with_name(f"{path.name}-wal")),
        has_reserve=path.with_name("reserve").is_file(),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class _Reading:
    """One look at a state database that another process may be writing."""

    def __init__(
        self, app: App, reader: LogReader, killed: str | None, database: DatabaseState
    ) -> None:
        self._app = app
        self._reader = reader
        self._killed = killed
        self._database = database

    async def standing(self) -> Standing:
        app, reader = self._app, self._reader
        newest = await self._one(_NEWEST)
        day = None if newest["day"] is None else date.fromisoformat(newest["day"])
        latches = [latch_of(row) for row in await reader.rows("SELECT * FROM latch ORDER BY at")]
        before = await reader.rows(_PNL, [newest["day"]])
        pnl = sum((Decimal(str(row["pnl"])) for row in before), Decimal(0))
        stored = StoredDay() if day is None else await stored_day(reader, day)
        book = _book(stored)
        today = app.clock.now().astimezone(NEW_YORK).date()
        state = state_under(latches, today if day is None or _is_over(stored) else day)
        last = await reader.last(1)
        closed = await reader.rows(_LAST_CLOSED)
        outside, events = self._database, last[-1].seq if last else 0
        return Standing(
            state=state if self._killed is None else TradingState.HALTED,
            killed=self._killed,
            agent=agent_in(app.data_dir),
            equity=app.settings.account.bankroll + pnl + book.realised,
            database=DatabaseState(
                file=outside.file,
                is_there=True,
                size=outside.size,
                log_size=outside.log_size,
                events=events,
                has_reserve=outside.has_reserve,
            ),
            session_date=day,
            day=stored,
            positions=await self._positions(day, book),
            latches=latches,
            realised=book.realised,
            last_event=last[-1] if last else None,
            last_closed=event_of(closed[0]) if closed else None,
            backup=newest_backup(app),
        )

    async def _positions(self, newest: date | None, book: SessionBook) -> Sequence[Held]:
        """What is held, also from sessions that nobody finished and no venue was asked about."""
        resumed = (await self._one(_RESUMED))["seq"] or 0
        found: list[Held] = []
        for row in await self._reader.rows(f"{_LEFT} ORDER BY session_date"):
            day = date.fromisoformat(row["session_date"])
            is_settled = (await self._one(_LAST_OF, row["session_date"]))["seq"] < resumed
            if day == newest or is_settled or any(held.session_date == day for held in found):
                continue
            found += _held(day, _book(await stored_day(self._reader, day)))
        return found + ([] if newest is None else _held(newest, book))

    async def _one(self, sql: str, *values: object) -> dict[str, Any]:
        (row,) = await self._reader.rows(sql, values)
        return row


def _is_over(stored: StoredDay) -> bool:
    return any(event.type == "SessionClosed" for event in stored.events)


def _book(stored: StoredDay) -> SessionBook:
    fx = stored.advice[0].assessment.sizing.taken.fx if stored.advice else Decimal(1)
    book = SessionBook(Decimal(0), fx)
    for intent in stored.intents:
        book.reserve(intent)
    for fill in stored.fills:
        book.fold(fill)
    return book


def _held(day: date, book: SessionBook) -> list[Held]:
    return [Held(day, trade.position) for _, trade in sorted(book.open.items())]
