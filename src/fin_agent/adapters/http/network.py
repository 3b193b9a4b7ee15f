"""Every provider's lane over one HTTP client: what the composition root opens once a process."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter

from fin_agent.adapters.http.answers import AnswerCache, Kind
from fin_agent.adapters.http.body import shaped
from fin_agent.adapters.http.client import ClientRules, HttpClient, Request
from fin_agent.adapters.http.lane import Lane, LaneRules, Shared
from fin_agent.adapters.http.questions import Asking, Question, Told
from fin_agent.adapters.http.quota import QuotaBook, QuotaUse
from fin_agent.adapters.http.statistics import LaneStatistics
from fin_agent.adapters.http.timing import Timing
from fin_agent.domain.events import DomainEvent

T = TypeVar("T")


class Network:
    """Makes lanes; one for each provider and key, kept for the life of the process."""

    def __init__(self, client: HttpClient, shared: Shared) -> None:
        self.client = client
        self.timing = shared.timing
        self.tell = shared.tell
        self._shared = shared
        self._lanes: dict[tuple[str, str], Lane] = {}

    def lane(self, rules: LaneRules, secret: str = "") -> Lane:
        """The lane of a provider and key; the rules of the first call stay."""
        known = self._lanes.get((rules.provider, secret))
        if known is None:
            known = self._lanes[rules.provider, secret] = Lane(rules, self._shared, secret)
        return known

    def record_to(self, record: Callable[[str, str, str, bytes], None]) -> None:
        """Show every answer from now on to a recorder: see ``Shared.record``."""
        self._shared.record = record

    async def quota_use(self) -> Sequence[QuotaUse]:
        """How far every quota is used now."""
        return await self._shared.book.use()

    def statistics(self) -> Mapping[str, LaneStatistics]:
        """What each provider's lane did, by provider."""
        return {provider: lane.statistics for (provider, _), lane in self._lanes.items()}

    async def close(self) -> None:
        for lane in self._lanes.values():
            await lane.close()


@asynccontextmanager
async def open_network(
    folder: Path,
    timing: Timing,
    tell: Callable[[DomainEvent], None],
    client_rules: ClientRules,
    hosts: frozenset[str],
    ttl_s: dict[Kind, float] | None = None,
) -> AsyncIterator[Network]:
    """The network of one data directory: its quotas and its cache are below ``folder``."""
    cache = AnswerCache(folder / "answers", timing, ttl_s)
    shared = Shared(timing, QuotaBook(folder / "quotas.db", timing, tell), cache, tell)
    async with HttpClient(client_rules, timing, hosts) as client:
        network = Network(client, shared)
        try:
            yield network
        finally:
            await network.close()


@dataclass(frozen=True, slots=True)
class VendorApi:
    """One vendor's REST interface: where it is, and how we show who we are.

    ``headers`` and ``secrets`` (query parameters) carry keys; neither is ever shown or kept.
    """

    network: Network
    lane: Lane
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    async def json(
        self, path: str, params: Mapping[str, str], model: TypeAdapter[T], ask: Asking
    ) -> Told[T]:
        """A JSON answer in the shape of a type; errors as ``Lane.ask``."""
        return await self.read(path, params, shaped(model), ask)

    async def read(
        self, path: str, params: Mapping[str, str], decode: Callable[[bytes], T], ask: Asking
    ) -> Told[T]:
        """An answer that ``decode`` reads; errors as ``Lane.ask``."""
        request = Request(self.base_url + path, params, self.headers, self.secrets)
        question = Question(
            f"{self.base_url}{path}?{urlencode(sorted(params.items()))}",
            ask.kind,
            ask.group,
            urgent=ask.urgent,
        )
        return await self.lane.ask(
            question, lambda: self.network.client.fetch(request), decode, ask.allowance
        )
