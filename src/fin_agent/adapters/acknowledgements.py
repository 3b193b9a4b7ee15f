"""A person's acknowledgement through plain files: it needs no database and no free lock."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fin_agent.domain.errors import StateUnavailable


class AckFolder:
    """One empty file for each acknowledgement that the running agent has not seen yet."""

    def __init__(self, control: Path) -> None:
        self._folder = control / "acks"

    def leave(self, at: datetime) -> Path:
        """Leave one for the running agent, which removes it when it is recorded.

        Raises:
            StateUnavailable: the folder cannot be written.
        """
        path = self._folder / f"{at:%Y%m%dT%H%M%S%f}.ack"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
        except OSError as error:
            raise StateUnavailable(f"{path}: cannot be written ({error.strerror})") from error
        return path

    def waiting(self) -> Sequence[Path]:
        """Those that nobody has seen yet."""
        return sorted(self._folder.glob("*.ack"))
