"""A key in a setting stops the start, by its place and without its text."""

import string
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.composition.key_like import is_key_like, key_problems
from fin_agent.composition.loading import Choices, load
from fin_agent.domain.errors import ConfigError
from tests.docs.pages import PAGES, text_of

ROOT = Path(__file__).resolve().parents[2]
ALPHABETS = {
    "alpaca id": (string.ascii_uppercase + string.digits, 20),
    "alpaca secret": (string.ascii_letters + string.digits, 40),
    "finnhub": (string.ascii_lowercase + string.digits, 20),
    "newsapi": ("0123456789abcdef", 32),
}


def a_key(kind: str, seed: int) -> str:
    letters, length = ALPHABETS[kind]
    return "".join(Random(seed).choices(letters, k=length))


@pytest.mark.parametrize("kind", ALPHABETS)
def test_vendors_keys_are_seen(kind: str) -> None:
    missed = sum(not is_key_like(a_key(kind, seed)) for seed in range(1_000))

    assert missed <= 20  # in a thousand; the names of settings are the second guard


@pytest.mark.parametrize(
    "text",
    [
        "config/universe/default.csv",
        "2026-03-03T07:55:00-05:00@50000",
        "20260303T075500Z",
        "loughran_mcdonald_2026_dictionary",
        "https://data.alpaca.markets",
        "redis://127.0.0.1:6379/0",
        "0 8 * * 1-5",
        "fin-agent me@example.com",
        "America/New_York",
    ],
)
def test_what_people_write_is_no_key(text: str) -> None:
    assert not is_key_like(text)


@given(st.text(string.ascii_letters + "_-./ ", max_size=60))
def test_words_without_digits_are_no_keys(text: str) -> None:
    assert not is_key_like(text)


@pytest.mark.parametrize("text", ["redis://me:hush@host", "-----BEGIN EC PRIVATE KEY-----\nx"])
def test_passwords_in_addresses_and_private_keys_are_seen(text: str) -> None:
    assert is_key_like(text)


def test_a_key_is_named_by_its_place_and_never_shown(tmp_path: Path) -> None:
    path, key = tmp_path / "config.yaml", a_key("alpaca id", 1)
    path.write_text(f"broker: {{use: paper, options: {{api_key: short, hosts: [a, {key}]}}}}")

    with pytest.raises(ConfigError) as refused:
        load(Choices(path, None, (f"news.options.feed={key}",)), {})

    told = list(refused.value.problems)
    assert [problem.partition(":")[0] for problem in told] == [
        "broker.options.api_key",
        "broker.options.hosts.1",
        "news.options.feed",
    ]
    assert key not in str(refused.value)


def test_an_empty_key_is_none() -> None:
    assert key_problems({"broker": {"options": {"password": ""}}}) == []


def test_no_setting_that_comes_with_the_program_looks_like_a_key() -> None:
    for path in (ROOT / "config.yaml", *(ROOT / "config").glob("*.yaml")):
        load(Choices(path), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_shows_a_key(page: Path) -> None:
    assert [word for word in text_of(page).split() if is_key_like(word)] == []


def test_the_place_where_keys_are_kept_is_no_key() -> None:
    assert key_problems({"api": {"tokens": "keyring"}}) == []
    assert key_problems({"api": {"tokens": "hunter2"}}) != []


def test_the_default_settings_hold_no_key() -> None:
    assert load(Choices(config=ROOT / "config.yaml"), {}).settings.api.tokens == "file"
