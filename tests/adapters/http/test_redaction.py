"""A key that a provider repeats goes no further."""

from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.http.client import Request
from fin_agent.adapters.http.redaction import keys_in, redacted
from tests.adapters.http.test_client import a_client
from tests.servers.faults import FaultyServer, served

KEY = "PK7F2a+9/zzQ="


def test_a_key_is_taken_out_however_it_is_written() -> None:
    body = b'{"a": "PK7F2a+9/zzQ=", "b": "?apikey=PK7F2a%2B9%2FzzQ%3D&c"}'

    assert redacted(body, [KEY]) == b'{"a": "[key]", "b": "?apikey=[key]&c"}'


@given(st.binary(max_size=200), st.text("AB/+=9", min_size=6, max_size=12))
def test_no_key_is_left(body: bytes, key: str) -> None:
    assert key.encode() not in redacted(body + key.encode() + body, [key])


def test_a_short_key_does_not_tear_words_apart() -> None:
    assert redacted(b"a token", ["token", ""]) == b"a token"


def test_only_headers_that_carry_a_key_count() -> None:
    headers = {"APCA-API-KEY-ID": "a", "X-Finnhub-Token": "b", "Accept": "application/json"}

    assert keys_in(headers) == ["a", "b"]


async def test_an_answer_that_repeats_our_keys_is_cleaned() -> None:
    async def echo(asked: web.Request) -> web.Response:
        return web.Response(text=f"{asked.raw_headers} {asked.path_qs} {asked.query}")

    async with served(FaultyServer({"/echo": echo})) as server, a_client() as client:
        request = Request(
            f"{server.base_url}/echo",
            headers={"APCA-API-SECRET-KEY": "header-canary-1"},
            secrets={"apikey": KEY},
        )
        body = await client.fetch(request)

    assert body.count(b"[key]") == 3
    assert b"canary" not in body
    assert KEY.encode() not in body
