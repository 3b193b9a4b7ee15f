"""What went wrong, as RFC 9457 tells it and in the trader's words; never a traceback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fin_agent.domain import errors
from fin_agent.entrypoints.api.models.base import Problem, ProblemField

MEDIA = "application/problem+json"

_TITLES: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be understood"),
    401: ("no-token", "A token is needed"),
    403: ("forbidden", "This may not be done"),
    404: ("not-found", "There is nothing of that name"),
    405: ("wrong-method", "This cannot be done here"),
    408: ("too-slow", "The request did not arrive in time"),
    409: ("conflict", "Something stands against it"),
    413: ("too-large", "The body is too large"),
    414: ("too-long", "The address is too long"),
    415: ("not-json", "The body must be JSON"),
    421: ("wrong-host", "This is not the host that was asked for"),
    422: ("invalid", "The request asks for something that cannot be"),
    429: ("too-many", "Too many requests"),
    431: ("headers-too-large", "The headers are too large"),
    500: ("bug", "This is a bug in fin_agent"),
    503: ("unavailable", "It cannot be done now"),
}


@dataclass(eq=False)
class Refusal(Exception):
    """Ends a request with a problem."""

    status: int
    detail: str
    remedy: str | None = None
    fields: Sequence[ProblemField] = ()
    retry_after_s: int | None = None

    def body(self, path: str) -> bytes:
        """The problem document."""
        name, title = _TITLES.get(self.status, ("refused", "The request is refused"))
        problem = Problem(
            type=f"urn:fin-agent:{name}",
            title=title,
            status=self.status,
            detail=self.detail,
            instance=path[:200],
            remedy=self.remedy,
            errors=list(self.fields),
        )
        return problem.model_dump_json().encode()

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the answer says beside its body."""
        found = [(b"content-type", MEDIA.encode())]
        if self.retry_after_s is not None:
            found.append((b"retry-after", str(self.retry_after_s).encode()))
        if self.status == 401:  # noqa: PLR2004 - HTTP's own number
            found.append((b"www-authenticate", b'Bearer realm="fin-agent"'))
        return found


_STATUS: Sequence[tuple[type[errors.FinAgentError], int]] = (
    (errors.UsageError, 422),
    (errors.ConfigError, 422),
    (errors.CorruptData, 404),
    (errors.InvalidValue, 422),
    (errors.Unavailable, 503),
    (errors.Ambiguous, 503),
    (errors.Refused, 409),
    (errors.Inconsistent, 409),
    (errors.AlreadyRunning, 409),
    (errors.StateUnavailable, 503),
)


def refusal_of(error: errors.FinAgentError) -> Refusal:
    """One of our own errors, as the problem that a client can act on."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 503)
    return Refusal(status, str(error))
