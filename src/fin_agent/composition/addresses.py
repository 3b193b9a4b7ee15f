"""Where each vendor is, and that the settings name no other place but this machine."""

from urllib.parse import urlsplit

from fin_agent.adapters.http.hosts import checked_base
from fin_agent.composition.settings_providers import (
    ProviderSettings,
    ProvidersSettings,
    StreamingSettings,
)
from fin_agent.domain.errors import ConfigError

REST = {
    "yahoo": "https://query1.finance.yahoo.com",
    "alpaca": "https://data.alpaca.markets",
    "finnhub": "https://finnhub.io/api/v1",
    "alpha_vantage": "https://www.alphavantage.co",
    "newsapi": "https://newsapi.org",
    "gdelt": "https://api.gdeltproject.org",
    "edgar": "https://www.sec.gov",
    "nasdaq": "https://www.nasdaqtrader.com",
    "ecb": "https://www.ecb.europa.eu",
}
STREAMS = {
    "yahoo": "wss://streamer.finance.yahoo.com",
    "alpaca": "wss://stream.data.alpaca.markets",
    "finnhub": "wss://ws.finnhub.io",
}


def rest_url(settings: ProvidersSettings, name: str) -> str:
    """Where a vendor's REST interface is: as configured, or its own.

    Raises:
        ConfigError: it is neither the vendor's host nor this machine.
    """
    own: ProviderSettings = getattr(settings, name)
    return _address(own.base_url or REST[name], REST[name], f"providers.{name}.base_url")


def stream_url(settings: ProvidersSettings, name: str) -> str:
    """Where a vendor's websocket is; raises as ``rest_url``."""
    own: StreamingSettings = getattr(settings, name)
    return _address(own.ws_url or STREAMS[name], STREAMS[name], f"providers.{name}.ws_url")


def _address(url: str, own: str, key: str) -> str:
    return checked_base(url, frozenset({urlsplit(own).hostname or ""}), key)


def check_addresses(settings: ProvidersSettings) -> None:
    """Every address of the settings.

    Raises:
        ConfigError: with one problem for each that is wrong.
    """
    checks = [(rest_url, name) for name in REST] + [(stream_url, name) for name in STREAMS]
    problems: list[str] = []
    for check, name in checks:
        try:
            check(settings, name)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
