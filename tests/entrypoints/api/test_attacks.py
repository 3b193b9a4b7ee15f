"""Everything that must be refused, said on a raw socket: hosts, origins, tokens, bodies, forms."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from fin_agent.composition.api_tokens import Right
from tests.entrypoints.api.wire import Reply, Site, site_on

Attack = Callable[[Site], bytes]
JSON = "Content-Type: application/json"
KEY = "Idempotency-Key: a1"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("api")
    async with site_on(folder, "api.requests_per_minute=10000") as found:
        yield found


pytestmark = pytest.mark.asyncio(loop_scope="module")


def get(path: str = "/v1/status", *more: str, host: str | None = None) -> Attack:
    return lambda site: site.head(f"GET {path} HTTP/1.1", *more, host=host)


def post(*more: str, body: bytes = b"{}", path: str = "/v1/halt") -> Attack:
    def said(site: Site) -> bytes:
        length = f"Content-Length: {len(body)}"
        return site.head(f"POST {path} HTTP/1.1", *more, length, right=Right.CONTROL) + body

    return said


def bare(*lines: str) -> Attack:
    """A head of which only the place of the port is filled in."""
    text = "\r\n".join([*lines, "", ""])
    return lambda site: (
        text.replace("PORT", str(site.port)).replace("TOKEN", site.bearer()).encode("latin-1")
    )


def framed(*lines: str, body: bytes) -> Attack:
    def said(site: Site) -> bytes:
        more = (JSON, KEY, *lines)
        return site.head("POST /v1/halt HTTP/1.1", *more, right=Right.CONTROL) + body

    return said


OK = "GET /v1/status HTTP/1.1"
BEARER = "Authorization: TOKEN"

HOSTS: dict[str, Attack] = {
    host: get(host=host)
    for host in (
        "evil.com",
        "127.0.0.1.evil.com",
        "localhost.evil.com:8420",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:1",
        "localhost.:8420",
        "127.1:8420",
        "0.0.0.0:8420",
        "2130706433:8420",
        "0x7f000001:8420",
        "[::ffff:127.0.0.1]:8420",
        "user@127.0.0.1:8420",
        "127.0.0.1:8420, evil.com",
        "127.0.0.1:8420/",
        "*",
    )
} | {
    "no host": bare(OK, BEARER),
    "empty host": bare(OK, "Host:", BEARER),
    "two hosts": bare(OK, "Host: 127.0.0.1:PORT", "Host: evil.com", BEARER),
    "the same host twice": bare(OK, "Host: 127.0.0.1:PORT", "Host: 127.0.0.1:PORT", BEARER),
    "trailing dot": bare(OK, "Host: localhost.:PORT", BEARER),
    "host of HTTP/1.0": bare("GET /healthz HTTP/1.0"),
    "absolute address": bare("GET http://evil.com/healthz HTTP/1.1", "Host: 127.0.0.1:PORT"),
    "authority form": bare("CONNECT evil.com:443 HTTP/1.1", "Host: 127.0.0.1:PORT", BEARER),
    "asterisk form": bare("OPTIONS * HTTP/1.1", "Host: 127.0.0.1:PORT", BEARER),
    "health by another name": bare("GET /healthz HTTP/1.1", "Host: evil.com"),
    "docs by another name": bare("GET /docs HTTP/1.1", "Host: evil.com"),
    "schema by another name": bare("GET /openapi.json HTTP/1.1", "Host: evil.com"),
    "X-Forwarded-Host": bare(OK, "Host: evil.com", "X-Forwarded-Host: 127.0.0.1:PORT", BEARER),
}
ORIGINS: dict[str, Attack] = {
    "another origin": post(JSON, KEY, "Origin: http://evil.com"),
    "null origin": post(JSON, KEY, "Origin: null"),
    "another port": post(JSON, KEY, "Origin: http://127.0.0.1:1"),
    "two origins": post(JSON, KEY, "Origin: http://evil.com", "Origin: http://localhost"),
    "cross-site": post(JSON, KEY, "Sec-Fetch-Site: cross-site"),
    "same-site": post(JSON, KEY, "Sec-Fetch-Site: same-site"),
    "a form": post("Content-Type: application/x-www-form-urlencoded", KEY, body=b"reason=x"),
    "a multipart form": post("Content-Type: multipart/form-data; boundary=x", KEY),
    "plain text": post("Content-Type: text/plain", KEY),
    "no type": post(KEY),
    "two types": post(JSON, "Content-Type: text/plain", KEY),
    "preflight": bare(
        "OPTIONS /v1/halt HTTP/1.1",
        "Host: 127.0.0.1:PORT",
        "Origin: http://evil.com",
        "Access-Control-Request-Method: POST",
    ),
    "reading from elsewhere": get("/v1/status", "Origin: http://evil.com"),
}
TOKENS: dict[str, Attack] = {
    "no token": bare(OK, "Host: 127.0.0.1:PORT"),
    "empty": bare(OK, "Host: 127.0.0.1:PORT", "Authorization: Bearer"),
    "a blank": bare(OK, "Host: 127.0.0.1:PORT", "Authorization: Bearer  "),
    "wrong": bare(OK, "Host: 127.0.0.1:PORT", "Authorization: Bearer super-secret"),
    "basic": bare(OK, "Host: 127.0.0.1:PORT", "Authorization: Basic dXNlcjpwYXNz"),
    "prefix": lambda s: s.head(OK, f"Authorization: {s.bearer()[:-1]}", right=None),
    "suffix": lambda s: s.head(OK, f"Authorization: {s.bearer()}x", right=None),
    "other case": lambda s: s.head(OK, f"Authorization: {s.bearer().swapcase()}", right=None),
    "twice": lambda s: s.head(OK, f"Authorization: {s.bearer()}"),
    "in the query": lambda s: s.head(
        f"GET /v1/status?token={s.tokens[Right.READ]} HTTP/1.1", right=None
    ),
    "in a cookie": lambda s: s.head(OK, f"Cookie: token={s.tokens[Right.READ]}", right=None),
    "metrics without": bare("GET /metrics HTTP/1.1", "Host: 127.0.0.1:PORT"),
    "readiness without": bare("GET /readyz HTTP/1.1", "Host: 127.0.0.1:PORT"),
    "no such route without": bare("GET /nothing HTTP/1.1", "Host: 127.0.0.1:PORT"),
    "latin letters": bare(OK, "Host: 127.0.0.1:PORT", "Authorization: Bearer \xe9\xff"),
}
FORMS: dict[str, Attack] = {
    "no key": post(JSON),
    "an empty key": post(JSON, "Idempotency-Key: "),
    "a long key": post(JSON, "Idempotency-Key: " + "k" * 129),
    "a key with blanks": post(JSON, "Idempotency-Key: a b"),
    "no JSON": post(JSON, KEY, body=b"{"),
    "a list": post(JSON, KEY, body=b"[]"),
    "a strange field": post(JSON, KEY, body=b'{"reason": "x", "force": true}'),
    "a number for a text": post(JSON, KEY, body=b'{"reason": 1}'),
    "an endless reason": post(JSON, KEY, body=b'{"reason": "' + b"x" * 3000 + b'"}'),
    "deep nesting": post(JSON, KEY, body=b"[" * 30_000),
    "no UTF-8": post(JSON, KEY, body=b'{"reason": "\xff\xfe"}'),
    "not a number": post(JSON, KEY, path="/v1/weights", body=b'{"weights": {"catalyst": NaN}}'),
    "a negative weight": post(JSON, KEY, path="/v1/weights", body=b'{"weights": {"x": -1}}'),
    "too large": post(JSON, KEY, body=b" " * 65_537),
    "compressed": post(JSON, KEY, "Content-Encoding: gzip", body=b"\x1f\x8b"),
    "two lengths": framed("Content-Length: 2", "Content-Length: 40", body=b"{}"),
    "a negative length": framed("Content-Length: -2", body=b"{}"),
    "a length in words": framed("Content-Length: two", body=b"{}"),
    "length and chunks": framed("Content-Length: 2", "Transfer-Encoding: chunked", body=b"{}"),
    "hidden chunks": framed("Transfer-Encoding: xchunked", body=b"{}"),
    "chunks twice": framed("Transfer-Encoding: chunked, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "a bad chunk": framed("Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n"),
    "a blank before the colon": bare(OK, "Host : 127.0.0.1:PORT", BEARER),
    "a header without colon": bare(OK, "Host: 127.0.0.1:PORT", "nonsense", BEARER),
    "a null in a header": bare(OK, "Host: 127.0.0.1:PORT", "X: a\x00b", BEARER),
    "large headers": get("/v1/status", "X-Large: " + "x" * 20_000),
    "many headers": get("/v1/status", *(f"X-{n}: {'y' * 60}" for n in range(400))),
    "a long path": get("/v1/" + "x" * 3000),
    "a long query": get("/v1/events?type=" + "x" * 5000),
    "climbing": get("/v1/../../etc/passwd"),
    "climbing in code": get("/v1/backtests/%2e%2e%2f%2e%2e%2fstate"),
    "climbing to a run": get("/v1/journal?run=../../state"),
    "a null in the path": get("/v1/scans/a%00b"),
    "a body in a GET": lambda s: s.head(OK, "Content-Length: 2") + b"{}",
    "DELETE": lambda s: s.head("DELETE /v1/status HTTP/1.1"),
    "PUT": lambda s: s.head("PUT /v1/halt HTTP/1.1", right=Right.CONTROL),
    "TRACE": lambda s: s.head("TRACE / HTTP/1.1"),
    "GET of a command": lambda s: s.head("GET /v1/halt HTTP/1.1", right=Right.CONTROL),
    "an unknown version": bare("GET /healthz HTTP/3.7", "Host: 127.0.0.1:PORT"),
    "HTTP/2 by force": lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": lambda _: b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
    "SQL in a query": get("/v1/events?cursor=1;drop%20table%20event_log"),
    "a symbol that is none": get("/v1/verdicts/%3Cscript%3E"),
    "a limit too high": get("/v1/events?limit=100000"),
    "a negative limit": get("/v1/events?limit=-1"),
}
CASES = [
    pytest.param(said, id=f"{group}: {name}")
    for group, attacks in (
        ("host", HOSTS),
        ("origin", ORIGINS),
        ("token", TOKENS),
        ("form", FORMS),
    )
    for name, said in attacks.items()
]


@pytest.mark.parametrize("said", CASES)
async def test_an_attack_is_refused(site: Site, said: Attack) -> None:
    found = await site.raw(said(site))

    assert_refused(found)
    assert not (site.app.data_dir / "control" / "halt").exists()


def assert_refused(found: Reply | None) -> None:
    """Refused in words, or cut; in neither case with anything that helps the other side."""
    if found is None:
        return
    assert 400 <= found.status < 500
    assert b"Traceback" not in found.body
    assert b"fin_agent/" not in found.body
    assert "access-control-allow-origin" not in found.headers
    assert "set-cookie" not in found.headers


async def test_there_are_enough_attacks() -> None:
    assert len(CASES) >= 60


async def test_upper_case_and_ipv6_names_of_this_machine_are_its_names(site: Site) -> None:
    for host in (f"LOCALHOST:{site.port}", f"[::1]:{site.port}"):
        found = await site.raw(site.head(OK, host=host))

        assert found is not None
        assert found.status == 200


async def test_smuggled_requests_are_never_answered(site: Site) -> None:
    inner = site.head("POST /v1/halt HTTP/1.1", JSON, KEY, right=Right.CONTROL)
    outer = framed("Content-Length: 4", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + inner)

    found = await site.raw(outer(site))

    assert found is not None
    assert (found.status, found.headers["connection"]) == (400, "close")
    assert not (site.app.data_dir / "control" / "halt").exists()


async def test_every_answer_has_the_security_headers(site: Site) -> None:
    for found in (
        await site.get("/healthz", right=None),
        await site.get("/docs", right=None),
        await site.get("/v1/status"),
        await site.get("/v1/status", right=None),
        await site.get("/nothing"),
    ):
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in found.headers["content-security-policy"]
        assert "server" not in found.headers


async def test_a_refusal_is_a_problem_in_words(site: Site) -> None:
    found = await site.get("/v1/journal/nothing-of-that-name")

    assert found.headers["content-type"] == "application/problem+json"
    assert found.document["status"] == found.status == 404
    assert "see GET /v1/journal" in found.document["detail"] or "traded" in found.document["detail"]


async def test_each_token_may_do_its_own(site: Site) -> None:
    refused = [
        await site.get("/v1/status", right=Right.KILL),
        await site.post("/v1/resume", {"reason": "x"}, right=Right.KILL),
        await site.post("/v1/halt", {}, right=Right.READ),
        await site.post("/v1/weights", {"weights": {"x": 1}}, right=Right.READ),
    ]

    assert [found.status for found in refused] == [403] * 4
    assert (await site.get("/v1/status", right=Right.CONTROL)).status == 200


async def test_wrong_tokens_are_soon_not_even_answered_and_right_ones_are(site: Site) -> None:
    say = bare(OK, "Host: 127.0.0.1:PORT", "Authorization: Bearer x")
    wrong = [await site.raw(say(site)) for _ in range(10)]

    last = wrong[-1]
    assert last is not None
    assert (last.status, last.headers["retry-after"]) == (429, "30")
    assert (await site.get("/v1/status")).status == 200


async def test_nobody_else_can_reach_it(site: Site) -> None:
    lines = await asyncio.to_thread(Path("/proc/net/tcp").read_text)
    listening = [line.split()[1] for line in lines.splitlines()[1:] if line.split()[3] == "0A"]
    ours = [place for place in listening if place.endswith(f":{site.port:04X}")]

    assert ours == [f"0100007F:{site.port:04X}"]
