"""The trader's journal: of the running agent, or of one replay or backtest."""

from collections.abc import Mapping, Sequence
from datetime import date

from fin_agent.adapters.persistence.log_reader import reading
from fin_agent.adapters.persistence.stored_day import events_in, trades_in
from fin_agent.composition.bootstrap import App
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.person import asked, recorded, running
from fin_agent.domain.control import Act
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import Event
from fin_agent.domain.journal import TradeNote, TradeNoted

LIVE = "live"
_ANSWER_S = 30.0

Trade = Mapping[str, object]


def chosen_run(app: App, run: str | None) -> str:
    """The named run; without a name the agent's own journal, else the newest run.

    Raises:
        CorruptData: nothing has been traded here yet.
    """
    has_state = state_path(app).is_file()
    name = run or (LIVE if has_state else app.newest_run())
    if name is None or (name == LIVE and not has_state):
        raise CorruptData(
            f"nothing has been traded in {app.data_dir} yet;"
            " try fin-agent demo, replay, backtest or run"
        )
    return name


async def trades_of(
    app: App, run: str | None, first: date | None, last: date | None
) -> tuple[str, Sequence[Trade]]:
    """Which journal it is, and its closed trades by session and entry time; beside an agent too.

    Raises:
        CorruptData: there is no such run, or its file is damaged.
    """
    name = chosen_run(app, run)
    if name == LIVE:
        async with reading(state_path(app)) as reader:
            return name, await trades_in(reader, first, last)
    store = await app.open_run(name)
    try:
        return name, await store.trades(first, last)
    finally:
        await store.close()


async def decisions_of(app: App, name: str, day: date) -> Sequence[Event]:
    """The recorded decisions of a session."""
    if name != LIVE:
        return await app.stored_decisions(name, day)
    async with reading(state_path(app)) as reader:
        return await events_in(reader, day, decisions=True)


async def notes_on(app: App, name: str, trade_id: str) -> Sequence[Trade]:
    """What was written about a trade, oldest first; runs have no notes."""
    if name != LIVE:
        return []
    sql = "SELECT at, text, tag, grade FROM trade_note WHERE trade_id = ? ORDER BY at"
    async with reading(state_path(app)) as reader:
        return await reader.rows(sql, [trade_id])


async def write_note(app: App, note: TradeNote) -> Mapping[str, object]:
    """Keep a note: through the running agent, or directly when none runs.

    Raises:
        Unavailable: the running agent does not answer.
    """
    if running(app) is not None:
        words = {"trade_id": note.trade_id, "tag": note.tag, "grade": note.grade}
        details = {**words, "at": note.at.isoformat()}
        return await asked(app, Act.NOTE, note.text, _ANSWER_S, details)
    await recorded(app, TradeNoted(note), lambda work: work.save_note(note))
    return {"done": True, "note_id": note.note_id, "agent": None}
