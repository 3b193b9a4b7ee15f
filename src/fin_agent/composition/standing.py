"""What is, now: read beside a running agent from its state database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fin_agent.adapters.control import FolderControl
from fin_agent.adapters.persistence.log_reader import reading
from fin_agent.adapters.persistence.rows import latch_of
from fin_agent.adapters.persistence.stored_day import stored_day
from fin_agent.application.book import SessionBook
from fin_agent.composition.bootstrap import App
from fin_agent.composition.maintenance import state_path
from fin_agent.domain.control import Latch, StoredDay, state_under
from fin_agent.domain.position import Position
from fin_agent.domain.risk import TradingState
from fin_agent.domain.session import NEW_YORK

_NEWEST = "SELECT max(session_date) AS day FROM event_log"
_PNL = "SELECT json_extract(document, '$.pnl') AS pnl FROM trade"


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest session in the state database, and what holds beyond it.

    ``equity`` is the bankroll and every realised result; ``killed`` is the text of the halt flag.
    """

    session_date: date | None
    day: StoredDay
    positions: Sequence[Position]
    latches: Sequence[Latch]
    state: TradingState
    killed: str | None
    equity: Decimal


async def standing(app: App) -> Standing:
    """What the state database says; an empty standing while there is none.

    Raises:
        CorruptData: it is damaged.
    """
    killed = FolderControl(app.data_dir / "control").kill_reason()
    state = TradingState.ACTIVE if killed is None else TradingState.HALTED
    bankroll = app.settings.account.bankroll
    if not state_path(app).is_file():
        return Standing(None, StoredDay(), (), (), state, killed, bankroll)
    async with reading(state_path(app)) as reader:
        (newest,) = await reader.rows(_NEWEST)
        latches = [latch_of(row) for row in await reader.rows("SELECT * FROM latch ORDER BY at")]
        pnl = sum((Decimal(str(row["pnl"])) for row in await reader.rows(_PNL)), Decimal(0))
        if newest["day"] is None:
            return Standing(None, StoredDay(), (), latches, state, killed, bankroll + pnl)
        day = date.fromisoformat(str(newest["day"]))
        stored = await stored_day(reader, day)
    today = max(day, app.clock.now().astimezone(NEW_YORK).date())
    if killed is None:
        state = state_under(latches, today)
    positions = _positions(stored, bankroll)
    return Standing(day, stored, positions, latches, state, killed, bankroll + pnl)


def _positions(stored: StoredDay, equity: Decimal) -> Sequence[Position]:
    fx = stored.advice[0].assessment.sizing.taken.fx if stored.advice else Decimal(1)
    book = SessionBook(equity, fx)
    for intent in stored.intents:
        book.reserve(intent)
    for fill in stored.fills:
        book.fold(fill)
    return [trade.position for _, trade in sorted(book.open.items())]
