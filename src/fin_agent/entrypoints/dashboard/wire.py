"""How a question reaches the agent: one port, and HTTP to this machine behind it.

No proxy, no redirect and no cookie: the standard library's plain client is all that is needed.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from urllib.parse import urlencode, urlsplit

_SUCCESS = range(200, 300)
_MOST_BYTES = 64 * 1024 * 1024


class Unreachable(Exception):
    """The agent does not answer: it is not started, starts again, or is busy for too long."""


class Refused(Exception):
    """The agent answers that it does not; ``remedy`` is what to do about it."""

    def __init__(self, detail: str, remedy: str | None = None, status: int = 400) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy
        self.status = status


@dataclass(frozen=True, slots=True)
class Question:
    """One request; ``body`` makes it a POST, which ``key`` lets be done only once."""

    path: str
    query: Mapping[str, str]
    body: bytes | None = None
    key: str | None = None
    timeout_s: float = 5.0

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


class WirePort(ABC):
    """Carries a question with a token to the agent."""

    @abstractmethod
    def ask(self, question: Question, token: str | None = None) -> bytes:
        """The body of the answer; without a token the wire's own for reading is shown.

        Raises:
            Unreachable: nobody answers in time.
            Refused: the answer is no.
        """


class HttpWire(WirePort):
    """The agent's API on this machine, one connection a question."""

    def __init__(self, url: str, read_token: Callable[[], str | None]) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._read_token = read_token

    def ask(self, question: Question, token: str | None = None) -> bytes:
        shown = token or self._read_token()
        if shown is None:
            raise Unreachable("the agent has not made its tokens yet; start it: fin-agent run")
        connection = HTTPConnection(self._host, self._port, timeout=question.timeout_s)
        try:
            method = "GET" if question.body is None else "POST"
            connection.request(method, question.target, question.body, _headers(question, shown))
            answer = connection.getresponse()
            body = answer.read(_MOST_BYTES)
            if answer.length:
                raise IncompleteRead(body, answer.length)
        except (OSError, HTTPException) as error:
            raise Unreachable(f"the agent does not answer ({_named(error)})") from error
        finally:
            connection.close()
        if answer.status not in _SUCCESS:
            raise _refusal(answer, body)
        return body


def _headers(question: Question, token: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    if question.body is not None:
        headers["Content-Type"] = "application/json"
    if question.key is not None:
        headers["Idempotency-Key"] = question.key
    return headers


def _named(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _refusal(answer: HTTPResponse, body: bytes) -> Refused:
    """The problem that the agent names (RFC 9457), else only its status."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return Refused(f"the agent answered {answer.status} {answer.reason}", None, answer.status)
    detail = str(found.get("detail") or found.get("title") or f"status {answer.status}")
    wrong = [
        f"{error.get('where')}: {error.get('message')}"
        for error in found.get("errors") or ()
        if isinstance(error, dict)
    ]
    remedy = found.get("remedy")
    return Refused("; ".join([detail, *wrong]), str(remedy) if remedy else None, answer.status)
