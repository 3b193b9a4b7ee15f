"""Providers are chosen by configuration: keyless by default, better with keys, never others."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from fin_agent.composition.addresses import rest_url, stream_url
from fin_agent.composition.providers import Given, Providers, open_providers
from fin_agent.composition.secrets import read_secrets
from fin_agent.composition.settings_providers import ProvidersSettings, quota_of
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.session import NEW_YORK
from tests.adapters.market_data.yahoo_world import CALENDAR, a_session
from tests.servers import faults
from tests.servers.alpaca import KEY_ID, SECRET, AlpacaServer, a_bar, a_trade
from tests.servers.edgar import CONTACT, EdgarServer, a_filing
from tests.servers.finnhub import KEY, FinnhubServer
from tests.servers.nasdaq import NasdaqServer, a_halt
from tests.servers.nasdaq import a_feed as a_halt_feed
from tests.servers.networks import START, HandClock
from tests.servers.press import GdeltServer
from tests.servers.rates import EcbServer
from tests.servers.yahoo import YahooServer, a_quote, epoch

DAY = date(2025, 11, 21)
EARLIER = datetime.combine(DAY, time(7, 58), NEW_YORK)
KEYS = {
    "alpaca_key_id": KEY_ID,
    "alpaca_secret_key": SECRET,
    "finnhub_api_key": KEY,
}


class Vendors:
    """Every vendor's stand-in, on ports of this machine."""

    def __init__(self) -> None:
        self.yahoo = YahooServer(faulty="/v")
        self.alpaca = AlpacaServer()
        self.finnhub = FinnhubServer()
        self.edgar = EdgarServer(ciks={"A": 1})
        self.nasdaq = NasdaqServer()
        self.gdelt = GdeltServer()
        self.ecb = EcbServer()
        self.told: list[DomainEvent] = []

    @asynccontextmanager
    async def opened(
        self, folder: Path, keys: Mapping[str, str] | None = None, **changes: Any
    ) -> AsyncIterator[Providers]:
        names = ("yahoo", "alpaca", "finnhub", "edgar", "nasdaq", "gdelt", "ecb")
        async with AsyncExitStack() as stack:
            settings: dict[str, Any] = {}
            for name in names:
                server = await stack.enter_async_context(faults.served(getattr(self, name)))
                path = "/api/v1" if name == "finnhub" else ""
                settings[name] = {"base_url": server.base_url + path}
            settings["edgar"]["contact"] = CONTACT
            settings["client"] = {"attempts": 1, "total_s": 2}
            given = a_given({**settings, **changes}, keys, self.told)
            yield await stack.enter_async_context(open_providers(folder, given))


def a_given(
    settings: Mapping[str, Any],
    keys: Mapping[str, str] | None = None,
    told: list[DomainEvent] | None = None,
) -> Given:
    secrets = read_secrets({name.upper(): text for name, text in (keys or {}).items()})
    events = list[DomainEvent]() if told is None else told
    timing = HandClock().timing()
    names = {"A": "Acme Inc."}
    chosen = ProvidersSettings.model_validate(settings)
    return Given(chosen, secrets, CALENDAR, timing, events.append, names)


@pytest.fixture
def vendors() -> Vendors:
    return Vendors()


async def test_without_keys_the_chain_is_keyless(vendors: Vendors, tmp_path: Path) -> None:
    vendors.yahoo.quotes["A"] = a_quote(
        "A", preMarketPrice=106.0, preMarketTime=epoch(DAY, "07:58")
    )
    vendors.edgar.filings = [a_filing(1, START - timedelta(hours=1), ("8.01", "Other Events"))]
    vendors.nasdaq.feed = a_halt_feed(a_halt("B"))

    async with vendors.opened(tmp_path) as providers:
        await providers.warm()
        trades = await providers.market.last_trades(["A"], a_session(), START)
        volumes = await providers.market.volumes(["A"], a_session(), START)
        headlines = await providers.news.headlines(["A"], START)
        halts = await providers.nasdaq.halts(START)

    assert [*providers.sources] == ["yahoo"]
    assert providers.left_out == [
        "alpaca is left out: set ALPACA_KEY_ID and ALPACA_SECRET_KEY",
        "finnhub is left out: set FINNHUB_API_KEY",
    ]
    assert trades["A"] == Known(106.0, "yahoo", EARLIER)
    assert volumes["A"] == Missing("no source tells the volume")
    assert isinstance(headlines["A"], Known)
    assert headlines["A"].source == "edgar+yahoo"
    assert len(headlines["A"].value) == 1
    assert isinstance(halts, Known)
    assert halts.value == {"B": "T1"}
    assert vendors.alpaca.requests == vendors.finnhub.requests == []


async def test_with_free_keys_the_best_source_is_asked_first(
    vendors: Vendors, tmp_path: Path
) -> None:
    vendors.alpaca.snapshots = {"A": {"latestTrade": a_trade(EARLIER)}}
    vendors.alpaca.bars["1Min", "A"] = [a_bar(EARLIER - timedelta(minutes=30), volume=700)]
    vendors.yahoo.quotes["B"] = a_quote("B", preMarketPrice=5.0, preMarketTime=epoch(DAY, "07:58"))

    async with vendors.opened(tmp_path, KEYS) as providers:
        trades = await providers.market.last_trades(["A", "B"], a_session(), START)
        volumes = await providers.market.volumes(["A"], a_session(), START)
        use = {(u.provider, u.limit): u.used for u in await providers.network.quota_use()}

    assert [*providers.sources] == ["alpaca", "finnhub", "yahoo"]
    assert isinstance(trades["A"], Known)
    assert (trades["A"].source, trades["A"].degraded) == ("alpaca/iex", None)
    assert isinstance(trades["B"], Known)
    assert trades["B"].degraded == (
        "from yahoo: alpaca sent no snapshot of it; finnhub knows no such symbol"
    )
    assert isinstance(volumes["A"], Known)
    assert volumes["A"].value == 700
    assert use == {
        ("alpaca", 200): 2,
        ("finnhub", 60): 1,
        ("finnhub", 30): 1,
        ("yahoo", 1500): 1,
    }
    told = {type(event).__name__ for event in vendors.told}
    assert told == {"ProviderFellBack"}


async def test_fx_is_confirmed_by_a_second_source(vendors: Vendors, tmp_path: Path) -> None:
    at = int(START.timestamp())
    vendors.yahoo.quotes["EURUSD=X"] = a_quote(
        "EURUSD=X", regularMarketPrice=1.081, regularMarketTime=at
    )

    async with vendors.opened(tmp_path) as providers:
        rate = await providers.make_fx(["yahoo", "ecb"], "EUR").rate(START)

    assert rate == Known(1.081, "yahoo", START)


async def test_everything_down_is_named_and_nothing_raises(
    vendors: Vendors, tmp_path: Path
) -> None:
    for server in (vendors.yahoo, vendors.alpaca, vendors.finnhub, vendors.edgar, vendors.gdelt):
        server.faulty = ""
        server.faults.extend([faults.down()] * 50)

    async with vendors.opened(tmp_path, KEYS) as providers:
        trades = await providers.market.last_trades(["A"], a_session(), START)
        headlines = await providers.news.headlines(["A"], START)

    assert isinstance(trades["A"], Missing)
    assert isinstance(headlines["A"], Missing)
    for name in ("alpaca", "finnhub", "yahoo"):
        assert f"{name} is in trouble" in trades["A"].reason
        assert f"{name} is in trouble" in headlines["A"].reason
    assert "gdelt is in trouble" in headlines["A"].reason


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_no_key_is_in_any_url(vendors: Vendors, tmp_path: Path) -> None:
    async with vendors.opened(tmp_path, KEYS) as providers:
        await providers.market.last_trades(["A"], a_session(), START)
        await providers.news.headlines(["A"], START)

    urls = [str(r.url) for s in (vendors.alpaca, vendors.finnhub) for r in s.requests]
    files = everything_in(tmp_path)
    for secret in KEYS.values():
        assert all(secret not in url for url in urls)
        assert secret.encode() not in files


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"alpaca": {"base_url": "https://data.alpaca.evil.com"}},
            "providers.alpaca.base_url: 'data.alpaca.evil.com' is no host of this provider",
        ),
        (
            {"finnhub": {"ws_url": "ws://ws.finnhub.io"}},
            "providers.finnhub.ws_url: 'ws.finnhub.io' is no host of this provider",
        ),
        ({"market_data": ["bloomberg"]}, "providers.market_data: no plug-in 'bloomberg'"),
        ({"news": ["reuters"]}, "providers.news: no plug-in 'reuters'"),
        ({"market_data": ["stored"]}, "providers.market_data: .*Stored.* is no Source"),
        (
            {"market_data": [], "news": ["chain"]},
            "providers.news: chain is made from feeds, spares, tell: it is no live source",
        ),
    ],
)
async def test_a_wrong_configuration_does_not_start(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        async with open_providers(tmp_path, a_given(changes)):
            pass


async def test_edgar_needs_a_contact(vendors: Vendors, tmp_path: Path) -> None:
    edgar = {"contact": "", "base_url": "http://127.0.0.1:1"}
    async with vendors.opened(tmp_path, edgar=edgar) as providers:
        pass

    assert providers.left_out[-1].startswith("edgar is left out: set providers.edgar.contact")


def test_one_key_of_a_vendor_leaves_its_others_alone() -> None:
    settings = ProvidersSettings.model_validate({"yahoo": {"quotas": ["5/s"]}})

    assert settings.yahoo.quotas == ["5/s"]
    assert settings.yahoo.parallel == 8
    assert rest_url(settings, "yahoo") == "https://query1.finance.yahoo.com"
    assert stream_url(settings, "yahoo") == "wss://streamer.finance.yahoo.com"


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("60/min", (60, 60.0)),
        ("25/day", (25, 86400.0)),
        ("30/s", (30, 1.0)),
        ("1/6s", (1, 6.0)),
        ("1500/h", (1500, 3600.0)),
    ],
)
def test_quotas_are_written_as_they_are_spoken(text: str, quota: tuple[int, float]) -> None:
    assert quota_of(text) == quota


@pytest.mark.parametrize("text", ["0/min", "60", "60/minute", "-1/s", "1.5/s", "60 / min"])
def test_another_text_is_no_quota(text: str) -> None:
    with pytest.raises(ValidationError):
        ProvidersSettings.model_validate({"yahoo": {"quotas": [text]}})
