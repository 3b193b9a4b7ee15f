"""Takes secrets out of text: the configured values in every spelling, and what looks like a key."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from json import dumps
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
_SHORTEST = 6  # characters: a shorter value would be found in ordinary words

# Every repetition is bounded and begins at a fixed word, so that hostile text costs no time.
_NAMED = re.compile(
    r"""(?ix) ( (?: api[_-]?key | secret | token | passwd | password | authorization
            | access[_-]?key | private[_-]?key | APCA-API )
          [a-z0-9_-]{0,40} ["']? \s{0,4} [=:] \s{0,4} ["']? (?: (?:bearer|basic) \s{1,4} )? )
        (?! \[redacted\] | \*\* | none\b | null\b | true\b | false\b | ["'] )
        [^\s"'&,;}\])]{6,4000}"""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s{1,4}[a-z0-9._~+/=-]{12,4000}")
_ALPACA = re.compile(r"\b[PAC]K[A-Z0-9]{14,30}\b")
_USERINFO = re.compile(r"://[^\s/@:]{0,200}:[^\s/@]{1,400}@")
_MOST = 64_000  # characters of a text that are looked at; what is beyond is not shown


class Redaction:
    """Knows the secrets of this process; nothing that it has seen is kept."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {text for secret in secrets for text in _spellings(secret)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def of(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        if len(text) > _MOST:
            text = f"{text[:_MOST]} ... cut from {len(text):,} characters"
        text = _USERINFO.sub(f"://{MASK}@", text)
        text = _NAMED.sub(rf"\1{MASK}", text)
        text = _BEARER.sub(rf"\1 {MASK}", text)
        return _ALPACA.sub(MASK, text)

    def within(self, value: object) -> object:
        """The same for every text inside a value as JSON knows it."""
        if isinstance(value, str):
            return self.of(value)
        if isinstance(value, dict):
            return {self.of(str(key)): self._item(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.within(item) for item in value]
        return value

    def _item(self, key: str, value: object) -> object:
        """An entry whose name says that it is a secret is one, whatever it looks like."""
        if isinstance(value, str) and self.of(f"{key}={value}") != f"{key}={value}":
            cleaned = self.of(value)
            return MASK if cleaned == value else cleaned
        return self.within(value)


def _spellings(secret: str) -> set[str]:
    """A secret as it is, in URLs, in JSON and in base64, at each of the three offsets."""
    secret = secret.strip()
    if len(secret) < _SHORTEST:
        return set()
    found = {secret, quote(secret, safe=""), quote_plus(secret), dumps(secret)[1:-1]}
    found |= {repr(secret)[1:-1]}
    for offset, skipped in enumerate((0, 2, 3)):
        padded = b"\0" * offset + secret.encode()
        whole = len(padded) * 8 // 6  # characters that hold nothing of what follows
        for encode in (b64encode, urlsafe_b64encode):
            found.add(encode(padded).decode()[skipped:whole])
    return {text for text in found if len(text) >= _SHORTEST}
