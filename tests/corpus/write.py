"""Adds every type and version of event that the corpus lacks, from the pipeline itself.

    python -m tests.corpus.write

It runs the demo days and takes the smallest payload of each type. What they do not write comes
from the examples of the domain's tests. A file that is there is never changed: it is what some
program has written, and must be readable for as long as its version is accepted.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from fin_agent.adapters.persistence.envelope import envelope_of
from fin_agent.adapters.persistence.rows import event_of
from fin_agent.application.decisions import DecisionLog
from fin_agent.domain.events import Event
from tests.acceptance.command_line import document
from tests.domain.test_event_payloads import EVENTS

FOLDER = Path(__file__).parent / "events"
DAYS = ("1", "2")


def name_of(event: Event) -> str:
    return f"{event.type}.v{event.version}.json"


def events_of_runs(folder: Path) -> Iterator[Event]:
    """Every event of the runs below a data directory."""
    for path in sorted(folder.rglob("runs/*.db")):
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            for row in connection.execute("SELECT * FROM event_log ORDER BY seq"):
                yield event_of(dict(row))


def events_of_examples() -> Iterator[Event]:
    at = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    log = DecisionLog("paper", at.date())
    for event in EVENTS:
        yield log.record(event, at)


def written_by_the_demo() -> Iterator[Event]:
    with tempfile.TemporaryDirectory() as folder:
        for day in DAYS:
            document("demo", "--day", day, "--data-dir", folder)
        yield from events_of_runs(Path(folder))


def add_missing() -> list[str]:
    """Write what is missing; the names of the new files."""
    smallest: dict[str, Event] = {}
    for events in (written_by_the_demo(), events_of_examples()):
        found: dict[str, Event] = {}
        for event in events:
            known = found.setdefault(name_of(event), event)
            if len(event.payload) < len(known.payload):
                found[name_of(event)] = event
        smallest = {**found, **smallest}
    added = []
    for name, event in sorted(smallest.items()):
        path = FOLDER / name
        if not path.exists():
            text = json.dumps(json.loads(envelope_of(event)), indent=1, sort_keys=True)
            path.write_text(text + "\n", encoding="utf-8")
            added.append(name)
    return added


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for added in add_missing():
        print(added)  # noqa: T201 - the program's answer
