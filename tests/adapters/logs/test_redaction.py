"""No secret leaves in a line, in whatever spelling and wherever it stands."""

import json
import logging
import sys
from base64 import b64encode, urlsafe_b64encode
from time import process_time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.logs.formats import JsonLines, PlainLines
from fin_agent.adapters.logs.redaction import MASK, Redaction

SECRET = 'sk"Lm/9+w&x=42 ütf'
OTHER = "PKABCDEFGHIJKLMNOP12"
REDACTION = Redaction([SECRET, "abc"])


def spellings(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret),
        repr(secret),
        b64encode(raw).decode(),
        urlsafe_b64encode(raw).decode(),
    ]


def is_clean(line: str) -> bool:
    return not any(text.strip("\"'=") in line for text in spellings(SECRET))


def a_record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord("x", logging.ERROR, "", 0, message, arguments, None)
    record.__dict__.update(extra)
    return record


@pytest.mark.parametrize("form", range(7))
@pytest.mark.parametrize("lines", [JsonLines(REDACTION), PlainLines(REDACTION)])
def test_every_spelling_is_masked(lines: logging.Formatter, form: int) -> None:
    text = spellings(SECRET)[form]
    in_arguments = lines.format(a_record("asked %s", f"https://x.test/?q={text}&n=1"))
    in_message = lines.format(a_record(f"said {text} again"))

    assert is_clean(in_arguments)
    assert is_clean(in_message)
    assert MASK in in_arguments


def broken() -> None:
    try:
        int(f"bad key {SECRET}")
    except ValueError as error:
        raise RuntimeError(f"asked with token={OTHER}xyz") from error


@pytest.mark.parametrize("lines", [JsonLines(REDACTION), PlainLines(REDACTION)])
def test_a_traceback_holds_no_secret(lines: logging.Formatter) -> None:
    record = a_record("it broke")
    try:
        broken()
    except RuntimeError:
        record.exc_info = sys.exc_info()
    line = lines.format(record)

    assert "RuntimeError" in line
    assert is_clean(line)
    assert OTHER not in line


def test_secrets_inside_extra_values_are_masked() -> None:
    line = JsonLines(REDACTION).format(
        a_record("x", facts={"deep": [{"why": f"key {SECRET}"}], SECRET: 1, "api_key": "zzzzzz"})
    )

    assert is_clean(line)
    assert json.loads(line)["facts"]["api_key"] == MASK


@pytest.mark.parametrize(
    "text",
    [
        "GET https://finnhub.io/api/v1/quote?symbol=A&token=c1abcd2efgh3",
        "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.payload.sig",
        "APCA-API-SECRET-KEY: 9s8d7f6g5h4j3k2l1",
        'headers={"X-Api-Key": "9s8d7f6g5h4j3k2l1"}',
        "redis://user:hunter22@127.0.0.1:6379/0",
        "the key PKABCDEFGHIJKLMNOP12 was refused",
        "FINNHUB_API_KEY=c1abcd2efgh3",
    ],
)
def test_what_looks_like_a_key_is_masked(text: str) -> None:
    found = Redaction().of(text)

    assert MASK in found
    for part in ("c1abcd2efgh3", "eyJhb", "9s8d7f6g5h4j3k2l1", "hunter22", "PKABCDEFGHIJ"):
        assert part not in found


@pytest.mark.parametrize(
    "text",
    [
        "decision_hash 8d50ffa381802d480583f3709f703e175f54f555bb009e84b7ebec55bde82a3e",
        "event 470c69c7fd356fef11c36a22c13bfede of AAPL at 105.25",
        "a token bucket is empty; the secret is patience",
        "alpaca does not accept the key (HTTP 401)",
        "tokens: file",
    ],
)
def test_ordinary_lines_stay(text: str) -> None:
    assert Redaction(["abc"]).of(text) == text


@given(st.binary(min_size=8, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_base64_of_more_than_the_secret_is_masked(
    secret: bytes, before: bytes, after: bytes
) -> None:
    text = secret.hex()
    line = b64encode(before + text.encode() + after).decode()

    found = Redaction([text]).of(line)

    assert MASK in found
    assert len(found.replace(MASK, "")) <= len(before + after) * 2 + 8


@pytest.mark.parametrize(
    "text", ["x", "token", "token=", "://", "://a:", "bearer ", "PK", "api_key: ", "-_", "secret "]
)
def test_hostile_text_costs_no_time(text: str) -> None:
    began = process_time()

    REDACTION.of(text * (200_000 // len(text)))

    assert process_time() - began < 2.0


def test_a_line_that_is_too_long_is_cut() -> None:
    line = JsonLines(REDACTION).format(a_record("x" * 100_000))

    assert len(line) <= 16_000
    assert "cut from" in json.loads(line)["message"]
