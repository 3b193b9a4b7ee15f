"""The kill switch: it needs the data directory, no settings, no database and no heavy import.

So it works while the configuration is wrong, the disk is damaged or the agent hangs.
"""

from collections.abc import Mapping
from pathlib import Path

from fin_agent.adapters.control import FolderDesk
from fin_agent.adapters.instance_lock import holder_of
from fin_agent.domain.errors import AlreadyRunning

HOLDER = "run"
_DEFAULT_DATA_DIR = "~/.local/share/fin-agent"


def data_directory(chosen: Path | None, environment: Mapping[str, str]) -> Path:
    """The one directory everything is under: ``--data-dir``, the environment, or the default."""
    place = chosen or Path(environment.get("FIN_AGENT_DATA_DIR") or _DEFAULT_DATA_DIR)
    return place.expanduser().absolute()


def control_folder(data_dir: Path) -> Path:
    """Where the person and the agent leave each other words."""
    return data_dir / "control"


def agent_in(data_dir: Path) -> str | None:
    """The agent that runs on a data directory, None when none does."""
    holder = _holder(data_dir)
    return holder if holder is not None and holder.startswith(f"{HOLDER} ") else None


def refuse_second(data_dir: Path) -> None:
    """End a second agent before it has read anything.

    Raises:
        AlreadyRunning: the state database is in use.
    """
    holder = _holder(data_dir)
    if holder is not None:
        msg = f"{data_dir} is in use by {holder}; wait for it or use another --data-dir"
        raise AlreadyRunning(msg)


def halt(data_dir: Path, reason: str) -> Mapping[str, object]:
    """Raise the flag: no entry passes it, and the next start keeps entries off.

    Raises:
        StateUnavailable: the flag cannot be written.
    """
    FolderDesk(control_folder(data_dir)).halt(reason)
    return {"state": "HALTED", "reason": reason, "agent": agent_in(data_dir)}


def _holder(data_dir: Path) -> str | None:
    return holder_of(data_dir / "state.lock")
