"""``events``: the log, one event, the dead letters and their way back."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.composition.state import Recorded
from fin_agent.domain.control import Latch, LatchKind
from fin_agent.domain.delivery import DeadLetter
from fin_agent.domain.events import Event
from fin_agent.entrypoints.cli.event_line import event_line
from fin_agent.testing.builders import DAY
from tests.acceptance.command_line import document, fin_agent, refusal
from tests.entrypoints.test_schemas import check

AT = datetime(2025, 3, 12, 14, tzinfo=UTC)
LATER = datetime(2099, 1, 1, tzinfo=UTC)


def an_event(number: int, kind: str = "FillRecorded", until: datetime | None = None) -> Event:
    return Event(
        event_id=f"e{number}-{kind}",
        type=kind,
        session_date=DAY,
        account="paper",
        occurred_at=AT,
        payload=f'{{"number":{number}}}',
        valid_until=until,
    )


FINE = an_event(1, "SessionClosed")
ORDER = an_event(2, "OrderIntentCreated", LATER)
STALE = an_event(3, "OrderIntentCreated", AT)
EVENTS = (FINE, ORDER, STALE, an_event(4))


async def filled(path: Path, latches: tuple[Latch, ...] = ()) -> None:
    database = await open_database(path, durable=True)
    store, deliveries = EventStore(database, SystemClock(), batched=False), Deliveries(database)
    work = store.unit()
    work.append(EVENTS)
    for latch in latches:
        work.save_latch(latch)
    letters = [
        DeadLetter("desk", seq, event, 6, AT, "ValueError: no [bold]way[/bold]", "Traceback ...")
        for seq, event in enumerate((FINE, ORDER, STALE), start=1)
    ]
    await store.write(work, [deliveries.failed(letter, None) for letter in letters])
    await store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asyncio.run(filled(tmp_path / "state.db"))
    return tmp_path


def test_without_a_database_every_command_says_so(tmp_path: Path) -> None:
    for words in (["tail"], ["show", "x"], ["dead"], ["requeue", "--all"]):
        (problem,) = refusal(65, "events", *words, "--data-dir", tmp_path)
        assert "no such database; the first run of the agent makes one" in problem
    (problem,) = refusal(65, "events", "requeue", "--all", "--yes", "--data-dir", tmp_path)
    assert not (tmp_path / "state.db").exists()


def test_the_newest_events_are_shown_oldest_first(folder: Path) -> None:
    shown = document("events", "tail", "--lines", 2, "--data-dir", folder)
    check("events", shown)
    assert [event["event_id"] for event in shown["events"]] == [STALE.event_id, "e4-FillRecorded"]
    assert shown["events"][1]["payload"] == {"number": 4}

    person = fin_agent("events", "tail", "--data-dir", folder)
    assert [line.split()[:5] for line in person.out.splitlines()] == [
        [str(seq), "03-12", "10:00", event.event_id[:8], event.type]
        for seq, event in enumerate(EVENTS, start=1)
    ]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (
            '{"symbol":"AXLO","quantity":"9","price":"28.5","reason":"entry","fees":"0"}',
            "FillRecorded AXLO entry quantity 9 price 28.5",
        ),
        (
            '{"symbol":"AXLO","exit_reason":"stop","pnl":"-7.2372222222","r_multiple":-1.0}',
            "FillRecorded AXLO exit reason stop pnl -7.2372 r multiple -1",
        ),
        ('{"symbol":"AXLO","breaches":["cash","exposure"]}', "AXLO breaches cash,exposure"),
        ('{"problem":"no\\u001b[31m price","critical":true}', "FillRecorded no[31m price"),
    ],
)
def test_an_event_is_a_line_of_what_a_trader_asks_for(payload: str, said: str) -> None:
    event = an_event(4)._replace(payload=payload)
    recorded = Recorded(1, event, AT)

    assert event_line(recorded, None).endswith(said)
    assert len(event_line(recorded, 60)) <= 60


def test_following_is_no_single_document(folder: Path) -> None:
    assert fin_agent("events", "tail", "--follow", "--json", "--data-dir", folder).code == 2


def test_one_event_is_shown_with_its_deliveries(folder: Path) -> None:
    shown = document("events", "show", ORDER.event_id[:4], "--data-dir", folder)

    check("event", shown)
    assert shown["event"]["event_id"] == ORDER.event_id
    (delivery,) = shown["deliveries"]
    assert (delivery["consumer"], delivery["state"], delivery["attempts"]) == ("desk", "dead", 6)
    assert "desk: dead" in fin_agent("events", "show", ORDER.event_id, "--data-dir", folder).out


def test_an_event_must_be_named_well_enough(folder: Path) -> None:
    (problem,) = refusal(2, "events", "show", "e", "--data-dir", folder)
    assert "more than one event begins so" in problem
    (problem,) = refusal(2, "events", "show", "nothing", "--data-dir", folder)
    assert "no such event" in problem


def test_dead_letters_are_listed_with_reason_and_attempts(folder: Path) -> None:
    shown = document("events", "dead", "--data-dir", folder)
    check("dead-letters", shown)
    assert [letter["event_id"] for letter in shown["dead_letters"]] == [
        FINE.event_id,
        ORDER.event_id,
        STALE.event_id,
    ]
    assert {letter["attempts"] for letter in shown["dead_letters"]} == {6}
    assert "[bold]" in fin_agent("events", "dead", "--data-dir", folder).out


def test_requeueing_changes_nothing_until_it_is_told_to(folder: Path) -> None:
    before = document("events", "dead", "--data-dir", folder)

    done = fin_agent("events", "requeue", "--all", "--json", "--data-dir", folder)

    assert done.code == 1  # one of them has expired
    check("requeue", done.document)
    assert done.document["dry_run"]
    assert [row["event_id"] for row in done.document["requeued"]] == [FINE.event_id, ORDER.event_id]
    (refused,) = done.document["refused"]
    assert refused["refusal"] == f"expired at {AT}"
    assert document("events", "dead", "--data-dir", folder) == before
    assert "--yes does it" in fin_agent("events", "requeue", "--all", "--data-dir", folder).out


def test_requeued_letters_are_no_longer_dead(folder: Path) -> None:
    done = document("events", "requeue", FINE.event_id, "--yes", "--data-dir", folder)
    assert [row["event_id"] for row in done["requeued"]] == [FINE.event_id]

    left = document("events", "dead", "--data-dir", folder)
    assert [letter["event_id"] for letter in left["dead_letters"]] == [
        ORDER.event_id,
        STALE.event_id,
    ]
    (problem,) = refusal(2, "events", "requeue", FINE.event_id, "--yes", "--data-dir", folder)
    assert "no dead letter" in problem


def test_ids_or_all_but_not_both(folder: Path) -> None:
    assert refusal(2, "events", "requeue", "--data-dir", folder)
    assert refusal(2, "events", "requeue", "--all", FINE.event_id, "--data-dir", folder)


def test_no_order_goes_back_while_trading_is_halted(tmp_path: Path) -> None:
    halt = Latch(LatchKind.HALT, DAY, "by hand", AT + timedelta(hours=1))
    asyncio.run(filled(tmp_path / "state.db", (halt,)))

    done = fin_agent("events", "requeue", "--all", "--yes", "--json", "--data-dir", tmp_path)

    assert [row["event_id"] for row in done.document["requeued"]] == [FINE.event_id]
    assert done.document["refused"][0]["refusal"] == "trading is halted; resume first"


def test_a_running_agent_keeps_its_dead_letters(folder: Path) -> None:
    async def beside() -> int:
        database = await open_database(folder / "state.db", durable=True)
        try:
            words = ("events", "requeue", FINE.event_id, "--yes", "--data-dir", folder)
            return (await asyncio.to_thread(fin_agent, *words)).code
        finally:
            await database.close()

    assert asyncio.run(beside()) == 75
