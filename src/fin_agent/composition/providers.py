"""Opens every configured provider for one process: the chains that live trading asks."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from fin_agent.adapters.fx.agreed import AgreedFx
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.client import ClientRules
from fin_agent.adapters.http.lane import Lane, LaneRules
from fin_agent.adapters.http.network import Network, VendorApi, open_network
from fin_agent.adapters.http.questions import EVERY_CALL
from fin_agent.adapters.http.quota import Quota
from fin_agent.adapters.http.retry import RetryRules
from fin_agent.adapters.http.timing import Timing
from fin_agent.adapters.market_data import nasdaq
from fin_agent.adapters.market_data.chain import Chain
from fin_agent.adapters.news.chain import Chain as NewsChain
from fin_agent.adapters.sources import FxSource, Source
from fin_agent.adapters.vendors.alpaca import AlpacaData
from fin_agent.adapters.vendors.alpha_vantage import AlphaVantageApi
from fin_agent.adapters.vendors.finnhub import FinnhubRules, FinnhubSdk
from fin_agent.adapters.vendors.yahoo import YahooRules, YahooWeb
from fin_agent.composition import plugins
from fin_agent.composition.addresses import REST, check_addresses, rest_url
from fin_agent.composition.secrets import Secrets
from fin_agent.composition.settings_providers import (
    ProviderSettings,
    ProvidersSettings,
    quota_of,
)
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.events import DomainEvent
from fin_agent.ports import CalendarPort, FxPort, NewsPort

MARKET_DATA = ("fin_agent.adapters.market_data", "fin_agent.market_data")
NEWS = ("fin_agent.adapters.news", "fin_agent.news")
FX = ("fin_agent.adapters.fx", "fin_agent.fx")

KEYS = {
    "alpaca": ("alpaca_key_id", "alpaca_secret_key"),
    "finnhub": ("finnhub_api_key",),
    "alpha_vantage": ("alphavantage_api_key",),
    "newsapi": ("newsapi_api_key",),
}

T = TypeVar("T")
Tell = Callable[[DomainEvent], None]


@dataclass(frozen=True, slots=True)
class Providers:
    """What is open. ``sources`` are the market data sources by name, ``left_out`` says why not.

    ``feeds`` are the news feeds and spares by name. ``warm`` does what takes seconds: call it
    before the first scan.
    """

    network: Network
    market: Chain
    news: NewsPort
    nasdaq: nasdaq.Nasdaq
    sources: Mapping[str, Source]
    left_out: Sequence[str]
    make_fx: Callable[[Sequence[str], str], FxPort]
    warm: Callable[[], Awaitable[None]]
    feeds: Mapping[str, NewsPort] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """What providers are made from; ``names`` are company names by symbol."""

    settings: ProvidersSettings
    secrets: Secrets
    calendar: CalendarPort
    timing: Timing
    tell: Tell
    names: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def open_providers(folder: Path, given: Given) -> AsyncIterator[Providers]:
    """Quotas, cache and cookies are kept below ``folder``.

    Raises:
        ConfigError: an address is not the vendor's, or a chain names an unknown source.
    """
    check_addresses(given.settings)
    client = given.settings.client
    rules = ClientRules(
        client.connect_s, client.total_s, round(client.max_body_mb * 2**20), client.proxy
    )
    hosts = frozenset(urlsplit(url).hostname or "" for url in REST.values())
    ttl_s = {Kind(name): seconds for name, seconds in given.settings.kept_s.model_dump().items()}
    async with AsyncExitStack() as stack:
        network = await stack.enter_async_context(
            open_network(folder, given.timing, given.tell, rules, hosts, ttl_s)
        )
        yield _Workshop(given, network, folder, stack).made()


def _quota(text: str, reserve_pct: int) -> Quota:
    calls, seconds = quota_of(text)
    return Quota(calls, seconds, calls * reserve_pct // 100)


def _built(plug_in: type[T], access: Mapping[str, object], key: str) -> T:
    """A plug-in from what its constructor asks for by name.

    Raises:
        ConfigError: it asks for something that live data has not.
    """
    parameters = signature(plug_in).parameters
    strange = [n for n, p in parameters.items() if n not in access and p.default is p.empty]
    if strange:
        raise ConfigError([f"{key} is made from {', '.join(strange)}: it is no live source"])
    return plug_in(**{name: value for name, value in access.items() if name in parameters})


class _Workshop:
    """Makes each vendor's access once, whoever asks for it."""

    def __init__(self, given: Given, network: Network, folder: Path, stack: AsyncExitStack) -> None:
        self._given = given
        self._network = network
        self._folder = folder
        self._stack = stack
        self._made: dict[str, dict[str, object]] = {}
        self._left_out: dict[str, str] = {}

    def made(self) -> Providers:
        settings = self._given.settings
        sources = dict(self._plugged(MARKET_DATA, Source, settings.market_data, "market_data"))
        feeds = self._plugged(NEWS, NewsPort, settings.news, "news")
        spares = self._plugged(NEWS, NewsPort, settings.spare_news, "spare_news")
        tell = self._given.tell
        return Providers(
            self._network,
            Chain([*sources.values()], tell),
            NewsChain(feeds, spares, tell),
            nasdaq.Nasdaq(self._api("nasdaq")),
            sources,
            [*self._left_out.values()],
            self._fx,
            self._warm,
            dict([*feeds, *spares]),
        )

    async def _warm(self) -> None:
        web = self._made.get("yahoo", {}).get("web")
        if isinstance(web, YahooWeb):
            await web.warm()

    def _fx(self, names: Sequence[str], currency: str) -> FxPort:
        sources = [source for _, source in self._plugged(FX, FxSource, names, "fx")]
        return AgreedFx(sources, currency, self._given.tell)

    def _plugged(
        self, kind: tuple[str, str], port: type[T], names: Sequence[str], key: str
    ) -> list[tuple[str, T]]:
        found: list[tuple[str, T]] = []
        for name in names:
            plug_in = plugins.find(*kind, port, name, f"providers.{key}")
            access = self._access(name)
            if access is not None:
                found.append((name, _built(plug_in, access, f"providers.{key}: {name}")))
        return found

    def _access(self, name: str) -> dict[str, object] | None:
        """What a plug-in of a vendor may ask for by name; None when it cannot be asked."""
        if name not in self._made:
            reason = self._unusable(name)
            if reason is not None:
                self._left_out[name] = reason
                return None
            common = {
                "network": self._network,
                "calendar": self._given.calendar,
                "names": self._given.names,
            }
            self._made[name] = {**common, **self._vendor(name)}
        return self._made[name]

    def _unusable(self, name: str) -> str | None:
        missing = [k.upper() for k in KEYS.get(name, ()) if not self._secret(k)]
        if missing:
            return f"{name} is left out: set {' and '.join(missing)}"
        if name == "edgar" and "@" not in self._given.settings.edgar.contact:
            return "edgar is left out: set providers.edgar.contact to your name and e-mail address"
        return None

    def _vendor(self, name: str) -> dict[str, object]:
        """The access that this vendor's plug-ins share; another vendor's asks the network."""
        if name == "yahoo":
            return {"web": self._yahoo()}
        if name == "finnhub":
            return {"sdk": self._finnhub()}
        if name not in REST:
            return {}
        api = self._api(name)
        if name == "alpaca":
            return {"data": AlpacaData(api)}
        return {"api": AlphaVantageApi(api) if name == "alpha_vantage" else api}

    def _credentials(self, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """What shows who asks: headers, and query parameters where a vendor wants it so."""
        match name:
            case "alpaca":
                return {
                    "APCA-API-KEY-ID": self._secret("alpaca_key_id"),
                    "APCA-API-SECRET-KEY": self._secret("alpaca_secret_key"),
                }, {}
            case "alpha_vantage":
                return {}, {"apikey": self._secret("alphavantage_api_key")}
            case "newsapi":
                return {"X-Api-Key": self._secret("newsapi_api_key")}, {}
            case "edgar":
                return {"User-Agent": self._given.settings.edgar.contact}, {}
            case _:
                return {}, {}

    def _yahoo(self) -> YahooWeb:
        client = self._given.settings.client
        rules = YahooRules(
            self._folder / "yahoo",
            rest_url(self._given.settings, "yahoo"),
            client.total_s,
            round(client.max_body_mb * 2**20),
            client.proxy,
        )
        web = YahooWeb(self._lane("yahoo"), rules)
        self._stack.push_async_callback(web.close)
        return web

    def _finnhub(self) -> FinnhubSdk:
        client = self._given.settings.client
        key = self._secret("finnhub_api_key")
        rules = FinnhubRules(
            key,
            rest_url(self._given.settings, "finnhub"),
            client.total_s,
            round(client.max_body_mb * 2**20),
            client.proxy,
        )
        sdk = FinnhubSdk(self._lane("finnhub", key), rules)
        self._stack.push_async_callback(sdk.close)
        return sdk

    def _api(self, name: str) -> VendorApi:
        headers, secrets = self._credentials(name)
        lane = self._lane(name, "".join((*headers.values(), *secrets.values())))
        return VendorApi(
            self._network, lane, rest_url(self._given.settings, name), headers, secrets
        )

    def _lane(self, name: str, key: str = "") -> Lane:
        own: ProviderSettings = getattr(self._given.settings, name)
        quotas = {EVERY_CALL: tuple(_quota(text, own.reserve_pct) for text in own.quotas)}
        retry = RetryRules(attempts=self._given.settings.client.attempts)
        return self._network.lane(LaneRules(name, quotas, own.parallel, retry), key)

    def _secret(self, name: str) -> str:
        found = getattr(self._given.secrets, name)
        return "" if found is None else found.get_secret_value().strip()
