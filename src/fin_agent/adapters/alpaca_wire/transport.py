"""One request to Alpaca and its answer; what happened is one of three classes, never a guess."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from fin_agent.adapters.http.redaction import redacted
from fin_agent.domain.errors import Ambiguous, ConfigError, Unavailable

LIVE_HOST = "api.alpaca.markets"
PAPER_HOST = "paper-api.alpaca.markets"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LARGEST_BODY = 16 * 1024 * 1024
"""Bytes; 500 orders with two legs each are about 2 MB."""
_READ_BYTES = 65_536


class Answer(NamedTuple):
    """What came back; ``reset_at`` is when Alpaca's request window ends (epoch seconds)."""

    status: int
    body: bytes
    reset_at: float | None = None


class Transport(Protocol):
    """Carries one request, without following redirects; what is sent is sent once.

    Raises:
        Unavailable: no connection, so not one byte was written.
        Ambiguous: the request may have arrived; there is no complete answer.
    """

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class AlpacaCredentials:
    """Alpaca's key pair (ALPACA_KEY_ID, ALPACA_SECRET_KEY); its text never shows the values."""

    key_id: SecretStr
    secret_key: SecretStr

    def headers(self) -> dict[str, str]:
        return {
            "APCA-API-KEY-ID": self.key_id.get_secret_value(),
            "APCA-API-SECRET-KEY": self.secret_key.get_secret_value(),
        }


def checked_host(url: str, *, schemes: tuple[str, str]) -> str:
    """The host of an endpoint: Alpaca's own over TLS, or this machine for tests.

    ``schemes`` are the encrypted and the plain one; a plain one is for loopback only, because the
    keys travel in a header.

    Raises:
        ConfigError: another host, or keys would travel in clear.
    """
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError as error:
        raise ConfigError([f"broker.options.base_url: {url!r} is no endpoint: {error}"]) from error
    encrypted, plain = schemes
    if host in _LOOPBACK and scheme in schemes:
        return host
    if host in {LIVE_HOST, PAPER_HOST} and scheme == encrypted:
        return host
    known = f"{encrypted}://{PAPER_HOST}, {encrypted}://{LIVE_HOST}, {plain}://127.0.0.1"
    raise ConfigError(
        [f"broker.options.base_url: keys are not sent to {scheme}://{host}; there are {known}"]
    )


class HttpTransport:
    """aiohttp: TLS verified, no cookies, no proxies from the environment.

    What is sent gets a connection of its own: on a kept one that the far side just closed, nobody
    could say whether an order had arrived. Reads keep theirs, and aiohttp repeats a read once when
    it was cut; what is sent is never repeated.
    """

    def __init__(
        self,
        base_url: str,
        credentials: AlpacaCredentials,
        *,
        connect_timeout_s: float = 2.0,
        total_timeout_s: float = 10.0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._timeout = aiohttp.ClientTimeout(total=total_timeout_s, connect=connect_timeout_s)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        about = f"{method} {path}"
        try:
            async with self._session(is_read=method == "GET").request(
                method, self._base_url + path, params=params, json=json, allow_redirects=False
            ) as response:
                body = redacted(await _all_of(response), self._credentials.headers().values())
                return Answer(response.status, body, _reset_at(response.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"{about}: no connection ({type(error).__name__})") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Ambiguous(f"{about}: no whole answer ({type(error).__name__})") from error

    async def close(self) -> None:
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    def _session(self, *, is_read: bool) -> aiohttp.ClientSession:
        known = self._sessions.get(is_read)
        if known is None or known.closed:
            known = self._sessions[is_read] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=not is_read),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._credentials.headers(),
                middlewares=[] if is_read else [_once],
                timeout=self._timeout,
                trust_env=False,
            )
        return known


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise what aiohttp would answer by sending a DELETE again as what it does not repeat."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(type(error).__name__) from error


async def _all_of(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_READ_BYTES):
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise aiohttp.ClientPayloadError(f"more than {_LARGEST_BODY} bytes")
    return bytes(body)


def _reset_at(headers: Mapping[str, str]) -> float | None:
    text = headers.get("X-RateLimit-Reset", "")
    return float(text) if text.isdecimal() else None
