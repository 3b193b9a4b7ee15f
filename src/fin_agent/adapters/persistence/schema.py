"""Numbered forward migrations, each in one transaction, after a backup of what is there."""

import sqlite3
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from fin_agent.adapters.persistence.backup import copy_to, state_copy_name
from fin_agent.adapters.persistence.connection import scalar
from fin_agent.domain.errors import CorruptData
from fin_agent.ports import ClockPort

APPLICATION_ID = 0x46494E41  # "FINA"


class Migration(NamedTuple):
    """A script and the number in its file name, which becomes the schema's version."""

    number: int
    name: str
    script: str


def migrations() -> list[Migration]:
    """Every migration by number; numbers may have gaps."""
    folder = resources.files("fin_agent.adapters.persistence") / "migrations"
    found = [
        Migration(int(entry.name.partition("_")[0]), entry.name, entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found)


def newest_schema() -> int:
    """The version this program writes."""
    return migrations()[-1].number


def schema_of(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a file of ours; 0 when it is empty.

    Raises:
        CorruptData: it is not ours, or newer than this program.
    """
    version = int(scalar(connection, "PRAGMA user_version"))
    mark = scalar(connection, "PRAGMA application_id")
    if version > newest_schema():
        newest = newest_schema()
        msg = f"{path}: schema {version} is newer than this program ({newest}); upgrade it"
        raise CorruptData(msg)
    if version and mark != APPLICATION_ID:
        raise CorruptData(f"{path}: is not fin_agent's (application id {mark}); move it away")
    if version == 0 and scalar(connection, "SELECT count(*) FROM sqlite_master"):
        raise CorruptData(f"{path}: holds tables that are not fin_agent's; move it away")
    return version


def migrate(
    connection: sqlite3.Connection, path: Path, clock: ClockPort | None
) -> tuple[int, Path | None]:
    """Bring a file up to date; the version it had and the backup that was made come back.

    A crash leaves it before or after a migration, never inside one. Without a clock no backup is
    made: for files that can be made again.
    """
    version = schema_of(connection, path)
    todo = [migration for migration in migrations() if migration.number > version]
    saved: Path | None = None
    if todo and version and clock is not None:
        saved = copy_to(connection, path.parent / "backups" / state_copy_name(version, clock))
    for migration in todo:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{migration.script}\nPRAGMA application_id={APPLICATION_ID};\n"
            f"PRAGMA user_version={migration.number};\nCOMMIT;"
        )
    return version, saved
