"""Finnhub through finnhub-python: the key in a header instead of the URL, threads, bounds."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from pydantic import TypeAdapter

from fin_agent.adapters.http.body import shaped
from fin_agent.adapters.http.client import refusal_of
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.lane import Lane
from fin_agent.adapters.http.questions import Asking, Question, Told

T = TypeVar("T")

_THREADS = 4


@dataclass(frozen=True, slots=True)
class FinnhubRules:
    """Where Finnhub is (or stands in), the key, and bounds."""

    key: str
    base_url: str
    timeout_s: float = 10.0
    max_body: int = 8 << 20
    proxy: str | None = None

    def __repr__(self) -> str:
        return f"FinnhubRules({self.base_url})"


class FinnhubSdk:
    """Finnhub's REST interface for one process; close it when the loop ends."""

    def __init__(self, lane: Lane, rules: FinnhubRules) -> None:
        self.lane = lane
        self._rules = rules
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="finnhub")
        self._client: Any = None
        self._starting = asyncio.Lock()

    async def ask(
        self, name: str, call: Callable[[Any], object], model: TypeAdapter[T], ask: Asking
    ) -> Told[T]:
        """What a method of finnhub-python's client returns, in the shape of a type.

        ``name`` names method and arguments: the same name is the same question.

        Raises:
            Unavailable: no answer.
            Refused: Finnhub says no.
        """
        question = Question(
            f"{self._rules.base_url} {name}", ask.kind, ask.group, urgent=ask.urgent
        )
        return await self.lane.ask(
            question, lambda: self._in_thread(call), shaped(model), ask.allowance
        )

    async def close(self) -> None:
        """Let the threads end; what they are asked is bounded in time."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            await asyncio.to_thread(self._client.close)

    async def _in_thread(self, call: Callable[[Any], object]) -> bytes:
        loop = asyncio.get_running_loop()
        async with self._starting:
            if self._client is None:
                self._client = await loop.run_in_executor(self._pool, _made, self._rules)
        return await loop.run_in_executor(self._pool, self._guarded, call)

    def _guarded(self, call: Callable[[Any], object]) -> bytes:
        """Run in a thread; whatever finnhub-python or requests raise becomes a ``Failure``."""
        import requests
        from finnhub.exceptions import FinnhubAPIException, FinnhubRequestException

        try:
            result = call(self._client)
        except FinnhubAPIException as error:
            header = error.response.headers.get("Retry-After", "")
            pause = float(header) if header.isdigit() else None
            raise refusal_of(error.status_code, pause) or _unreadable(error) from None
        except requests.Timeout:
            raise Failure("did not answer in time", is_transient=True) from None
        except requests.ConnectionError:
            raise Failure("cannot be reached", is_transient=True) from None
        except (requests.RequestException, FinnhubRequestException, TypeError) as error:
            raise _unreadable(error) from None
        return result.encode() if isinstance(result, str) else json.dumps(result).encode()


def _unreadable(error: Exception) -> Failure:
    what = type(error).__name__
    return Failure(f"answered what finnhub-python cannot read ({what})", is_transient=True)


def _made(rules: FinnhubRules) -> object:
    """A client whose session is ours: nothing of the key is in a URL."""
    import finnhub
    import requests

    class Session(requests.Session):
        def request(self, *arguments: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - requests' own signature
            options |= {"allow_redirects": False, "stream": True, "timeout": rules.timeout_s}
            response = super().request(*arguments, **options)
            try:
                response._content = _bounded(response, rules)  # noqa: SLF001 - read here, in bounds
            finally:
                response.close()  # what was read stays; a connection left half-read does not
            return response

    class Client(finnhub.Client):  # type: ignore[misc]  # finnhub-python has no types
        API_URL = rules.base_url

    session = Session()
    session.trust_env = False
    if rules.proxy is not None:
        session.proxies = {"http": rules.proxy, "https": rules.proxy}
    session.headers.update({"Accept": "application/json", "X-Finnhub-Token": rules.key})
    client = Client(api_key="")
    client.close()
    client._session = session  # noqa: SLF001 - its own one sends the key in the URL
    return client


def _bounded(response: Any, rules: FinnhubRules) -> bytes:  # noqa: ANN401 - requests has no types here
    import requests

    parts: list[bytes] = []
    size, deadline = 0, monotonic() + rules.timeout_s
    for part in response.iter_content(1 << 16):
        size += len(part)
        if size > rules.max_body:
            raise requests.RequestException(f"more than {rules.max_body:,} bytes")
        if monotonic() > deadline:
            raise requests.Timeout
        parts.append(part)
    return b"".join(parts)
