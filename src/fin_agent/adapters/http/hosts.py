"""Which addresses may be asked at all: the vendor's own hosts, and this machine.

Apart from the client, so that reading the settings need not load it.
"""

from urllib.parse import urlsplit

from fin_agent.domain.errors import ConfigError

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def checked_base(url: str, hosts: frozenset[str], key: str) -> str:
    """A base URL that may be asked: https to one of the vendor's hosts, or this machine.

    Raises:
        ConfigError: it is neither; ``key`` is the setting's name.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme in {"http", "ws"} and host in LOOPBACK:
        return url.rstrip("/")
    if parts.scheme in {"https", "wss"} and host in hosts | LOOPBACK and not parts.username:
        return url.rstrip("/")
    known = ", ".join(sorted(hosts))
    raise ConfigError([f"{key}: {host or url!r} is no host of this provider; there are {known}"])
