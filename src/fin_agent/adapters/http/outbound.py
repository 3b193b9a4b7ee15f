"""One call to one secret address: nothing of the address is ever in an error or a log."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from fin_agent.adapters.http.hosts import LOOPBACK
from fin_agent.domain.errors import ConfigError, Refused, Unavailable

_LATER = {408, 425, 429}  # client errors that go away by themselves
_GOOD, _MOVED, _OURS, _THEIRS = 200, 300, 400, 500


class Outbound:
    """Certificates are checked, redirects and the environment's proxies are not followed."""

    def __init__(self, address: SecretStr, timeout_s: float) -> None:
        url = address.get_secret_value().strip()
        parts = urlsplit(url)
        is_here = parts.hostname in LOOPBACK
        if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
            raise ConfigError(["the address must begin with https:// (http only to this machine)"])
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, document: Mapping[str, object] | None = None) -> None:
        """Send it; a 2xx is success, whatever the body says.

        Raises:
            Unavailable: no answer, or one that may be different later.
            Refused: an answer that stays the same.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                headers={"User-Agent": "fin-agent"},
            )
        try:
            async with self._session.request(
                method, self._url, json=document, allow_redirects=False
            ) as answer:
                status = answer.status
        except TimeoutError as error:
            raise Unavailable("no answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Not from the error: its text may hold the address.
            raise Unavailable(f"no connection ({type(error).__name__})") from None
        if _GOOD <= status < _MOVED:
            return
        if status in _LATER or status >= _THEIRS:
            raise Unavailable(f"answered {status}")
        raise Refused(f"answered {status}: is the address right?")

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()
            self._session = None
