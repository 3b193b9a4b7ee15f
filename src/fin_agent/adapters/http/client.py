"""The aiohttp client: one session, time-outs everywhere, no redirects, bodies of bounded size.

Failures name the provider's answer in words; a URL is never part of them, because some vendors
want the key in it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.hosts import LOOPBACK
from fin_agent.adapters.http.redaction import keys_in, redacted
from fin_agent.adapters.http.timing import Timing

_TOO_MANY = 429
_REFUSALS = {
    400: "does not understand the question",
    401: "does not accept the key",
    402: "wants to be paid for this",
    403: "does not allow this (wrong key, no access on this plan, or blocked)",
    404: "does not know what was asked for",
    410: "does not offer this any more",
    422: "does not accept the question",
}


@dataclass(frozen=True, slots=True)
class ClientRules:
    """Seconds and bytes; ``proxy`` is the only proxy there is: the environment's are ignored."""

    connect_s: float = 5.0
    total_s: float = 15.0
    max_body: int = 16 << 20
    proxy: str | None = None
    user_agent: str = "fin-agent"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``secrets`` are query parameters that are never shown."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    json: object = None


class HttpClient:
    """Sends requests to the hosts it was given, and to no other; used inside ``async with``."""

    def __init__(self, rules: ClientRules, timing: Timing, hosts: frozenset[str]) -> None:
        self._rules = rules
        self._timing = timing
        self._hosts = hosts | LOOPBACK
        self._session: aiohttp.ClientSession | None = None
        self.on_time: Callable[[datetime, datetime, datetime], None] | None = None

    async def __aenter__(self) -> Self:
        rules = self._rules
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64),  # certificates are checked by default
            timeout=aiohttp.ClientTimeout(total=rules.total_s, connect=rules.connect_s),
            headers={"User-Agent": rules.user_agent},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            proxy=rules.proxy,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, request: Request) -> bytes:
        """The body of a successful answer.

        Raises:
            Failure: there is none.
        """
        if self._session is None:
            raise RuntimeError("the HTTP client is used outside `async with`")
        url, sent = URL(request.url), self._timing.machine_now()
        if url.host not in self._hosts:
            raise Failure(f"may not be asked at {url.host}", is_refusal=True)
        try:
            async with self._session.request(
                request.method,
                url.with_query({**request.params, **request.secrets}),
                headers=request.headers,
                json=request.json,
                allow_redirects=False,
            ) as response:
                self._tell_clock(response.headers, sent)
                self._check(response)
                keys = (*request.secrets.values(), *keys_in(request.headers))
                return redacted(await self._body(response), keys)
        except aiohttp.ClientConnectorCertificateError:
            raise Failure("shows no valid certificate") from None
        except aiohttp.ClientConnectorError as error:
            reason = error.os_error.strerror or type(error.os_error).__name__
            raise Failure(f"cannot be reached ({reason})", is_transient=True) from None
        except aiohttp.ConnectionTimeoutError:
            raise Failure("cannot be reached in time", is_transient=True) from None
        except TimeoutError:
            seconds = self._rules.total_s
            raise Failure(
                f"did not answer within {seconds:g} s", is_transient=True, may_be_done=True
            ) from None
        except (aiohttp.ClientError, asyncio.IncompleteReadError) as error:
            what = type(error).__name__
            raise Failure(
                f"broke off its answer ({what})", is_transient=True, may_be_done=True
            ) from None

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_chunked(1 << 16):
            size += len(part)
            if size > self._rules.max_body:
                raise Failure(
                    f"answered with more than {self._rules.max_body:,} bytes", may_be_done=True
                )
            parts.append(part)
        return b"".join(parts)

    def _tell_clock(self, headers: Mapping[str, str], sent: datetime) -> None:
        """Hand on what time it is there: an answer from a cache says how old it is."""
        if self.on_time is None or "Date" not in headers:
            return
        try:
            theirs = parsedate_to_datetime(headers["Date"])
            age = timedelta(seconds=float(headers.get("Age", "0")))
        except (ValueError, OverflowError):
            return
        if theirs.tzinfo is not None:
            self.on_time(sent, self._timing.machine_now(), theirs + age)

    def _check(self, response: aiohttp.ClientResponse) -> None:
        failure = refusal_of(response.status, self._pause_s(response.headers))
        if failure is not None:
            raise failure

    def _pause_s(self, headers: Mapping[str, str]) -> float | None:
        """The pause a provider asks for: Retry-After, or the reset time of its rate limit."""
        now = self._timing.machine_now()
        asked = headers.get("Retry-After")
        if asked is not None:
            return _seconds_until(asked.strip(), now)
        reset = headers.get("X-RateLimit-Reset")
        if reset is None or not reset.strip().isdigit():
            return None
        return max(0.0, float(reset) - now.timestamp())


def _seconds_until(asked: str, now: datetime) -> float | None:
    if asked.isdigit():
        return float(asked)
    try:
        at = parsedate_to_datetime(asked)
    except (ValueError, TypeError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def refusal_of(status: int, pause_s: float | None = None) -> Failure | None:
    """What a status says when it is no success; ``pause_s`` is what the provider asks for."""
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's successes
        return None
    if status == _TOO_MANY:
        return Failure("is asked too often (HTTP 429)", is_transient=True, retry_after_s=pause_s)
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's redirects
        return Failure(f"sends us elsewhere (HTTP {status}), which is not followed")
    if status in {408, 425} or status >= 500:  # noqa: PLR2004 - HTTP's server errors
        return Failure(
            f"is in trouble (HTTP {status})",
            is_transient=True,
            retry_after_s=pause_s,
            may_be_done=True,
        )
    words = _REFUSALS.get(status, "refuses the question")
    return Failure(f"{words} (HTTP {status})", is_refusal=True)
