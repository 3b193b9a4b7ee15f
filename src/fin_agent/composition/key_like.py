"""Refuses keys in the settings: whatever looks like one belongs into the environment or a file."""

import re
from collections.abc import Iterator, Mapping, Sequence

_NAMES = re.compile(
    r"(^|_)(api_?keys?|key_?id|secrets?|secret_?key|tokens?|passwords?|passwd|credentials?)$",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z0-9]{16,}")
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_MIXED = 3  # how often letters and digits take turns; words do it less
_INSTANT = re.compile(r"\d{8}T\d{6}Z?")
_WITH_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@{$][^/\s@]*@")  # not a place for one: {password}
_KEPT_IN = {"file", "keyring"}  # where keys are kept (`api.tokens`), and no keys themselves
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def key_problems(layer: Mapping[str, object]) -> list[str]:
    """One problem for each value that looks like a key; the value itself is never part of it."""
    return [
        f"{path}: looks like a key or password; those belong into the environment or a secrets"
        " directory, never into settings"
        for path, name, value in _texts(layer, "")
        if value and value not in _KEPT_IN and (_NAMES.search(name) or is_key_like(value))
    ]


def is_key_like(text: str) -> bool:
    """A password in an address, a private key, or a word that only chance can have made.

    Vendors' keys (Alpaca 20 and 40, Finnhub 20, Alpha Vantage 16, NewsAPI 32 characters) mix
    letters and digits; a name or a path hardly does.
    """
    if _WITH_PASSWORD.search(text) or _PEM.search(text):
        return True
    words = _TOKEN.findall(_INSTANT.sub("", text))
    return any(len(_LETTER_BESIDE_DIGIT.findall(word)) >= _MIXED for word in words)


def _texts(value: object, path: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text with its path and the last name on it."""
    if isinstance(value, str):
        yield path, name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}".lstrip("."), str(key))
    elif isinstance(value, Sequence):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{place}", name)
