"""The state database as a file that a person looks after: for ``fin-agent db``."""

from pathlib import Path

from fin_agent.adapters.persistence.care import Checked, Rebuilt, StateFile
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.projections import Difference
from fin_agent.adapters.persistence.verify import Depth
from fin_agent.composition.bootstrap import App
from fin_agent.domain.errors import CorruptData

__all__ = ["Checked", "Depth", "Difference", "Rebuilt", "migrate", "state_file"]


def state_path(app: App) -> Path:
    """Where everything that trading must not forget is kept."""
    return app.data_dir / "state.db"


def state_file(app: App) -> StateFile:
    """The state database of the application's data directory."""
    return StateFile(state_path(app), app.clock)


def newest_backup(app: App) -> Path | None:
    """The backup that was made last in its usual place, None when there is none."""
    found = list((app.data_dir / "backups").glob("*.db"))
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


async def migrate(app: App) -> tuple[int, int, Path | None]:
    """Bring the schema up to date: the version before, the one after, the backup that was made.

    Raises:
        CorruptData: there is no state database, it is damaged, or newer than this program.
        AlreadyRunning: an instance is running.
    """
    path = state_path(app)
    if not path.is_file():
        raise CorruptData(
            f"{path}: there is no such database; the first run of the agent makes one"
        )
    database = await open_database(path, durable=True, holder="db migrate", clock=app.clock)
    await database.close()
    return database.schema_before, database.schema, database.saved
