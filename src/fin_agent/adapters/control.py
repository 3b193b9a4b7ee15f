"""The person's word through plain files: it needs no database, no network and no free lock.

``control/halt`` stops every entry while it is there; whoever can write the folder can stop the
agent. ``control/requests`` holds one file a wish, ``control/answers`` what came of it. Every file
is written beside its place and then renamed, so that none is ever read half.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from fin_agent.domain.control import Act, ControlRequest
from fin_agent.domain.errors import StateUnavailable
from fin_agent.ports import ControlPort

_NO_WORDS = "the halt file is there"
_LONGEST = 2_000  # characters of a reason: more is no person's
_LARGEST = 32_000  # bytes of a request: a reason may take twelve a character


class FolderControl(ControlPort):
    """The agent's end of the folder. A signal handler may call ``kill`` at any moment."""

    def __init__(self, folder: Path) -> None:
        self._flag = folder / "halt"
        self._requests = folder / "requests"
        self._answers = folder / "answers"
        self._killed: str | None = None

    def begin(self, since: datetime) -> None:
        """Start anew: nobody waits for old answers, nor for an agent that was not there yet.

        A wish to resume from before ``since`` is put aside, because nothing was compared for it.
        A wish to halt or to be flat holds.
        """
        for path in _named(self._answers, ".json"):
            path.unlink(missing_ok=True)
        for request in self.requests():
            if request.act is Act.RESUME and request.at < since:
                _put_aside(self._requests / f"{request.request_id}.json", ".late")

    def kill(self, reason: str) -> None:
        """Stop entries until the process ends or a person resumes."""
        self._killed = reason

    def kill_reason(self) -> str | None:
        if self._killed is not None:
            return self._killed
        try:
            with self._flag.open(encoding="utf-8", errors="replace") as file:
                return file.read(_LONGEST).strip() or _NO_WORDS
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"{self._flag} cannot be read ({error.strerror})"

    def requests(self) -> Sequence[ControlRequest]:
        names = _named(self._requests, ".json")
        return [request for path in names if (request := _read(path)) is not None]

    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        if request.act is Act.RESUME and outcome.get("done"):
            self._killed = None
        written(self._answers / f"{request.request_id}.json", json.dumps(dict(outcome)))
        (self._requests / f"{request.request_id}.json").unlink(missing_ok=True)


class FolderDesk:
    """The person's end of the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def halt(self, reason: str) -> None:
        """Raise the flag; it holds at once, whether or not an agent runs."""
        written(self._folder / "halt", reason[:_LONGEST])

    def lower(self) -> bool:
        """Take the flag down; False when it was not there.

        Raises:
            StateUnavailable: it is there and cannot be removed.
        """
        flag = self._folder / "halt"
        try:
            flag.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StateUnavailable(f"{flag}: cannot be removed ({error.strerror})") from error
        return True

    def ask(
        self, act: Act, reason: str, at: datetime, details: Mapping[str, str] | None = None
    ) -> str:
        """Leave a request for the running agent; its id."""
        request_id = f"{at:%Y%m%dT%H%M%S%f}-{act.value}-{os.getpid()}"
        told = {
            "act": act.value,
            "reason": reason[:_LONGEST],
            "at": at.isoformat(),
            "details": dict(details or {}),
        }
        written(self._folder / "requests" / f"{request_id}.json", json.dumps(told))
        return request_id

    def answer(self, request_id: str) -> Mapping[str, object] | None:
        """What came of a request, None while nothing did."""
        path = self._folder / "answers" / f"{request_id}.json"
        try:
            found: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        path.unlink(missing_ok=True)
        return found

    def withdraw(self, request_id: str) -> None:
        """Take back a request that nobody answered."""
        (self._folder / "requests" / f"{request_id}.json").unlink(missing_ok=True)


def _named(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == suffix)
    except OSError:  # none yet, or not for us: whoever asks is told that nobody answers
        return []


def _put_aside(path: Path, suffix: str) -> None:
    """Out of the way, where a person can look at it; it stays where nothing can be renamed."""
    with suppress(OSError):
        path.rename(path.with_suffix(suffix))


def _read(path: Path) -> ControlRequest | None:
    """A request; what is none is put aside under another name."""
    try:
        told = json.loads(path.read_bytes()[:_LARGEST])
        act, at = Act(told["act"]), datetime.fromisoformat(told["at"])
        details = {str(key): str(value) for key, value in told.get("details", {}).items()}
        return ControlRequest(path.stem, act, str(told["reason"]), at.astimezone(UTC), details)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        _put_aside(path, ".unreadable")
        return None


def written(path: Path, text: str) -> None:
    """Write a whole file or none.

    Raises:
        StateUnavailable: the folder cannot be written.
    """
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with fresh.open("wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror}); choose another --data-dir"
        raise StateUnavailable(msg) from error
