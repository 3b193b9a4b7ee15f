"""docs/schemas describes every JSON document exactly: what is produced fits, what is added not."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry, Resource

from fin_agent.domain.errors import ConfigError
from fin_agent.domain.evidence import Known
from fin_agent.domain.history import DataIssue, ImportReport, StoredSet
from fin_agent.entrypoints.documents.values import text_of
from fin_agent.entrypoints.documents.whole import (
    Status,
    check_document,
    config_document,
    error_document,
    import_document,
    journal_document,
    listing_document,
    run_document,
    scan_document,
    status_document,
)
from fin_agent.entrypoints.documents.why import why_document
from tests.entrypoints.report_days import (
    CALENDAR,
    DAY,
    SNAPSHOTS,
    TinyRun,
    a_context,
    a_run,
    a_scan,
    an_empty_run,
)

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
NAMES = (
    "ack",
    "agent",
    "config",
    "data-check",
    "data-import",
    "data-list",
    "data-sync",
    "database",
    "db-migrate",
    "dead-letters",
    "doctor",
    "error",
    "event",
    "events",
    "flat",
    "halt",
    "init",
    "journal-export",
    "journal-note",
    "journal",
    "notify-list",
    "notify-test",
    "orders",
    "plans",
    "positions",
    "quotas",
    "replay-verify",
    "requeue",
    "resume",
    "run",
    "scan",
    "status",
    "why",
)
REGISTRY: Registry[Any] = Registry().with_resources(
    [(f"{name}.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()]
)


def check(name: str, document: Any) -> None:
    schema = {"$ref": f"{name}.json"}
    validator = Draft202012Validator(schema, registry=REGISTRY, format_checker=FormatChecker())
    validator.validate(json.loads(text_of(document)))


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return a_run()


def test_every_document_has_a_schema() -> None:
    assert tuple(SCHEMAS) == NAMES
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_scan() -> None:
    check("scan", scan_document(a_scan().outcome(), Known(1.08, "fake")))


def test_scan_that_kept_nothing() -> None:
    check("scan", scan_document(an_empty_run().day, Known(1.08, "fake"), simulated=True))


def test_run(tiny: TinyRun) -> None:
    check("run", run_document(tiny.run, DAY, DAY))
    check("run", run_document(an_empty_run().run, DAY, DAY))


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda snapshot: snapshot.symbol)
def test_why(tiny: TinyRun, snapshot: Any) -> None:
    check("why", why_document(snapshot, a_context(), tiny.day))


async def test_journal(tiny: TinyRun) -> None:
    check("journal", journal_document(await tiny.store.trades()))


def test_status() -> None:
    now = datetime(2025, 12, 19, 15, tzinfo=UTC)
    session = CALENDAR.session(DAY)
    status = Status(now, "paper", "EUR", "paper", False, "HALTED", session, Decimal(33))

    check("status", status_document(status))


def test_data() -> None:
    issue = DataIssue("range", "suspect", "1d", "AXLO", "2025-12-18", "open above high")
    report = ImportReport("a.csv", "bars", "1d", 3, 1, 1, 0, 0, {"no_price": 1}, {}, 1, DAY, DAY)
    nothing = ImportReport("b.csv", "bars", None, 0, 0, 0, 0, 0, {}, {}, 0, None, None, ("empty",))
    stored = StoredSet("bars", "1m", "tape", 1, 390, date(2025, 12, 18), DAY, adjusted=False)

    check("data-check", check_document([issue, issue]))
    check("data-import", import_document([report, nothing]))
    check("data-list", listing_document([stored]))


def test_config_and_error() -> None:
    check("config", config_document({"risk": {"max_entries": 5}}))
    check("config", config_document({}, ["risk.max: unknown"]))
    check("error", error_document(ConfigError(["a", "b"]), 78))


def test_schemas_are_closed(tiny: TinyRun) -> None:
    document = run_document(tiny.run, DAY, DAY)

    with pytest.raises(ValidationError, match="surprise"):
        check("run", {**document, "surprise": 1})
    with pytest.raises(ValidationError, match="from"):
        check("run", {key: value for key, value in document.items() if key != "from"})
