"""Takes our keys out of what comes back: some providers repeat them in an answer.

Alpha Vantage, for one, says "We have detected your API key as ...". Without this a key would reach
a message, the answers kept on disk, or the tape.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

_SHOWN = b"[key]"
_SHORTEST = 6  # characters: a shorter one would be found inside words
_CARRIER = re.compile(r"key|token|secret|authorization", re.IGNORECASE)


def keys_in(headers: Mapping[str, str]) -> list[str]:
    """The values of the headers that carry a key."""
    return [value for name, value in headers.items() if _CARRIER.search(name)]


def redacted(body: bytes, keys: Iterable[str]) -> bytes:
    """The body with ``[key]`` for each key, as it is or as an address writes it."""
    for key in keys:
        if len(key) < _SHORTEST:
            continue
        for form in {key, quote(key), quote(key, safe="")}:
            body = body.replace(form.encode(), _SHOWN)
    return body
