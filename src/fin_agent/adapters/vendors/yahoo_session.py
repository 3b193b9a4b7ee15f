"""The session that yfinance sends through: it may go to Yahoo, or to where Yahoo stands in.

yfinance has fixed addresses and follows redirects; this session rewrites the former and checks the
latter, bounds time and size, and ignores the environment's proxies.
"""

from threading import local
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

from curl_cffi import CurlOpt
from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import RequestException

T = TypeVar("T")

YAHOO = "https://query1.finance.yahoo.com"
_DOMAIN = "yahoo.com"
_MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_TOO_MANY = 429


class NotYahoo(RequestException):
    """A redirect or an address outside Yahoo: not followed."""


class YahooSession(Session[Response]):
    """A curl_cffi session with a browser's TLS fingerprint, which Yahoo asks for.

    ``base_url`` replaces every Yahoo address when it is not Yahoo's own. ``paused`` holds, for the
    thread that asks, the Retry-After of its last 429.
    """

    def __init__(
        self, base_url: str, timeout_s: float, max_body: int, proxy: str | None = None
    ) -> None:
        super().__init__(
            impersonate="chrome",
            trust_env=False,
            proxy=proxy,
            curl_options={CurlOpt.MAXFILESIZE_LARGE: max_body},
        )
        self._base = None if _is_yahoo(base_url) else urlsplit(base_url)
        self._timeout_s = timeout_s
        self._max_body = max_body
        self.paused = local()

    def request(self, method: Any, url: str, *arguments: Any, **options: Any) -> Response:  # noqa: ANN401 - curl_cffi's own signature has 30 options
        """One request inside Yahoo; redirects are followed inside Yahoo only."""
        options |= {"allow_redirects": False, "timeout": self._timeout_s}
        self.paused.header = None
        for _ in range(_MOST_REDIRECTS):
            response = super().request(method, self._placed(url), *arguments, **options)
            if response.status_code == _TOO_MANY:
                self.paused.header = response.headers.get("Retry-After")
            if len(response.content) > self._max_body:
                raise RequestException(f"more than {self._max_body:,} bytes")
            if response.status_code not in _REDIRECTS:
                return response
            url = urljoin(url, response.headers.get("Location") or "")
            options.pop("params", None)
        raise NotYahoo("too many redirects")

    def _placed(self, url: str) -> str:
        parts = urlsplit(url)
        if self._base is None:
            if _is_yahoo(url):
                return url
        elif _is_yahoo(url) or parts.netloc == self._base.netloc:
            return urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))
        raise NotYahoo("an address outside Yahoo")


def _is_yahoo(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == _DOMAIN or host.endswith(f".{_DOMAIN}"))
