"""What every request passes before any route sees it: host, origin, token, rate, size, time.

Plain ASGI around the whole application, so that documentation, errors and the websocket pass it
too. It holds each body in memory, at most 64 KiB, and hands it on at once.
"""

import asyncio
import logging
import re
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from time import monotonic
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fin_agent.composition.api_tokens import Right, Tokens
from fin_agent.domain.errors import FinAgentError
from fin_agent.entrypoints.api.limits import SlidingWindow
from fin_agent.entrypoints.api.problems import Refusal, refusal_of

LARGEST_BODY = 64 * 1024
_READ_S = 10.0
_ANSWER_S = 150.0  # a flat may wait two minutes for the venue
_LONGEST_PATH = 2_000
_LONGEST_QUERY = 4_000
_LARGEST_HEAD = 16 * 1024
_MOST_HEADERS = 100
_BAD_TOKENS = 5
_BACKOFF_S = 30
_NO_TOKEN = frozenset({"/healthz", "/docs", "/openapi.json"})
_KILL = frozenset({"/v1/halt", "/v1/flat"})
_METHODS = frozenset({"GET", "HEAD", "POST"})
_PATH = re.compile(r"/[A-Za-z0-9._~:@%/-]*")
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    ),
)
_log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]


class Guard:
    """Refuses what must not reach the routes; ``hosts`` are the exact values of Host."""

    def __init__(self, app: ASGIApp, tokens: Tokens, hosts: Iterable[str], per_minute: int) -> None:
        self._app = app
        self._tokens = tokens
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(f"{s}://{h}" for h in self._hosts for s in ("http", "https"))
        self._asked = SlidingWindow(per_minute)
        self._killed = SlidingWindow(per_minute)
        self._strangers = SlidingWindow(per_minute)
        self._bad = SlidingWindow(_BAD_TOKENS)
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        try:
            self._check(scope)
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
                return
            body = await _body_of(scope, receive)
            await self._in_turn(scope)
            async with asyncio.timeout(_ANSWER_S):
                await self._app(scope, _replayed(body, receive), answer.send)
        except Refusal as refusal:
            await answer.refuse(refusal)
        except FinAgentError as error:
            await answer.refuse(refusal_of(error))
        except TimeoutError:
            await answer.refuse(Refusal(503, "it took too long", "ask again, or ask for less"))
        except OSError as error:
            _log.error("the API could not answer %s: %s", scope["path"], error)
            await answer.refuse(Refusal(503, "a file cannot be used", "see the agent's log"))
        finally:
            await answer.finish()

    async def _in_turn(self, scope: Scope) -> None:
        """One request a turn of the loop enters the routes: sixty at once would hold it.

        Halting waits for nobody.
        """
        if scope["path"] not in _KILL:
            async with self._turn:
                await asyncio.sleep(0)

    def _check(self, scope: Scope) -> None:
        headers: Headers = scope["headers"]
        _check_form(scope, headers)
        if _the(headers, b"host").lower() not in self._hosts:
            raise Refusal(421, "only this machine's own names are answered", _ask_for(self._hosts))
        self._check_origin(headers)
        holder = self._holder(scope, headers)
        self._check_rate(scope, holder)
        needed = _right_of(scope)
        if holder is not None and not Tokens.may(holder, needed):
            detail = f"the {holder.value} token may not do this"
            raise Refusal(403, detail, f"use the {_enough(needed)} token")
        scope["state"] = {**scope.get("state", {}), "right": holder}
        if scope["type"] == "http" and scope["method"] == "POST":
            _check_post(headers)

    def _check_origin(self, headers: Headers) -> None:
        """Nothing that another site made a browser send."""
        origins = [value.decode("latin-1").lower() for name, value in headers if name == b"origin"]
        site = [value.lower() for name, value in headers if name == b"sec-fetch-site"]
        is_ours = all(origin in self._origins for origin in origins)
        if len(origins) > 1 or not is_ours or any(s not in {b"same-origin", b"none"} for s in site):
            raise Refusal(403, "another site may not ask", "use the dashboard or a program")

    def _holder(self, scope: Scope, headers: Headers) -> Right | None:
        """Whose token it is; None only where none is needed."""
        path, given = scope["path"], [v for name, v in headers if name == b"authorization"]
        if path in _NO_TOKEN and not given:
            return None
        who, now = _client(scope), monotonic()
        if len(given) == 1:
            scheme, _, text = given[0].decode("latin-1").partition(" ")
            holder = self._tokens.holder_of(text) if scheme.lower() == "bearer" else None
            if holder is not None:
                return holder
        if given and self._bad.wait_s(who, now):
            detail = "too many wrong tokens"
            raise Refusal(429, detail, f"wait {_BACKOFF_S} s", retry_after_s=_BACKOFF_S)
        detail = "the token is wrong" if given else "no token was sent"
        raise Refusal(401, detail, "send Authorization: Bearer and a token of the data directory")

    def _check_rate(self, scope: Scope, holder: Right | None) -> None:
        """Each token has its own minute, and halting has one that nothing else uses up."""
        if holder is None:
            window, key = self._strangers, _client(scope)
        else:
            is_kill = scope["path"] in _KILL
            window, key = (self._killed if is_kill else self._asked), holder.value
        wait = window.wait_s(key, monotonic())
        if wait:
            seconds = int(wait) + 1
            raise Refusal(429, "too many in a minute", f"wait {seconds} s", retry_after_s=seconds)


def _right_of(scope: Scope) -> Right:
    if scope["path"] in _KILL:
        return Right.KILL
    is_post = scope["type"] == "http" and scope["method"] == "POST"
    return Right.CONTROL if is_post else Right.READ


def _enough(needed: Right) -> str:
    return "kill or control" if needed is Right.KILL else needed.value


def _ask_for(hosts: Iterable[str]) -> str:
    return f"ask for {' or '.join(sorted(hosts))}"


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "local"


def _check_form(scope: Scope, headers: Headers) -> None:
    """The request is one that no two readers can read differently."""
    raw = scope.get("raw_path") or b""
    if not _PATH.fullmatch(raw.decode("latin-1")) or "\x00" in scope["path"]:
        raise Refusal(400, "the address is none", "ask for a path that begins with /")
    if len(raw) > _LONGEST_PATH or len(scope["query_string"]) > _LONGEST_QUERY:
        raise Refusal(414, "the address is too long")
    names = [name for name, _ in headers]
    if len(names) > _MOST_HEADERS or sum(len(n) + len(v) for n, v in headers) > _LARGEST_HEAD:
        raise Refusal(431, "the headers are too large")
    if scope.get("http_version") not in {"1.0", "1.1"}:
        raise Refusal(400, "speak HTTP/1.1")
    if names.count(b"host") != 1:
        raise Refusal(400, "exactly one Host is needed")
    if b"transfer-encoding" in names and b"content-length" in names:
        raise Refusal(400, "the body's length is said twice")
    if scope["type"] == "http" and scope["method"] not in _METHODS:
        raise Refusal(405, f"{scope['method'][:20]} is not answered", "use GET or POST")


def _check_post(headers: Headers) -> None:
    kinds = [
        v.decode("latin-1").lower().replace(" ", "") for n, v in headers if n == b"content-type"
    ]
    if kinds not in (["application/json"], ["application/json;charset=utf-8"]):
        raise Refusal(415, "the body must be JSON", "send Content-Type: application/json")
    if any(name == b"content-encoding" for name, _ in headers):
        raise Refusal(415, "the body must not be compressed")
    lengths = [value for name, value in headers if name == b"content-length"]
    if lengths and int(lengths[0]) > LARGEST_BODY:
        raise _too_large()


def _too_large() -> Refusal:
    return Refusal(413, f"a body has at most {LARGEST_BODY:,} bytes")


def _the(headers: Headers, wanted: bytes) -> str:
    return next(value.decode("latin-1") for name, value in headers if name == wanted)


async def _body_of(scope: Scope, receive: Receive) -> bytes:
    """The whole body, in time and not too much of it; a GET has none."""
    body = bytearray()
    try:
        async with asyncio.timeout(_READ_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "the line broke")
                body += message.get("body", b"")
                if len(body) > LARGEST_BODY:
                    raise _too_large()
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise Refusal(408, f"the body did not arrive within {_READ_S:g} s") from None
    if body and scope["method"] != "POST":
        raise Refusal(400, f"a {scope['method']} has no body")
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once, then whatever comes from the line."""
    left = [body]

    async def once() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return once


class _Answer:
    """Sends the answer with the security headers; a refusal instead if nothing was sent yet."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._has_begun = False
        self._is_done = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._has_begun = True
            message = {**message, "headers": [*message.get("headers", ()), *_SECURITY]}
        elif message["type"] == "http.response.body":
            self._is_done = not message.get("more_body")
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a problem, and end the connection: what follows on it is not trusted."""
        if self._has_begun:
            return
        prefix = "websocket.http" if self._scope["type"] == "websocket" else "http"
        body = refusal.body(self._scope["path"])
        length = (b"content-length", str(len(body)).encode())
        headers = [*refusal.headers, *_SECURITY, length, (b"connection", b"close")]
        self._has_begun = self._is_done = True
        start: MutableMapping[str, Any] = {
            "type": f"{prefix}.response.start",
            "status": refusal.status,
            "headers": headers,
        }
        await self._send(start)
        await self._send({"type": f"{prefix}.response.body", "body": body})

    async def finish(self) -> None:
        """An answer that broke off in its middle ends the connection."""
        if self._has_begun and not self._is_done:
            with suppress(OSError):
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
