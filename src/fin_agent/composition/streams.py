"""Which trade stream is followed: the first of the configured ones that a key is set for."""

from fin_agent.adapters.streams import alpaca, finnhub
from fin_agent.adapters.ticks.trades import TradeStream
from fin_agent.composition.addresses import stream_url
from fin_agent.composition.secrets import Secrets
from fin_agent.composition.settings_providers import ProvidersSettings

_IEX = "/v2/iex"  # the feed of Alpaca's free plan


def trade_stream(settings: ProvidersSettings, secrets: Secrets) -> TradeStream | None:
    """The stream; None when no key is set, so that minutes have to be asked for.

    Raises:
        ConfigError: its address is not the vendor's.
    """
    for name in settings.streams:
        if name == "finnhub" and secrets.finnhub_api_key is not None:
            key = secrets.finnhub_api_key.get_secret_value()
            return finnhub.Finnhub(key, stream_url(settings, name))
        if name == "alpaca" and secrets.alpaca_key_id and secrets.alpaca_secret_key:
            pair = secrets.alpaca_key_id, secrets.alpaca_secret_key
            url = stream_url(settings, name)
            url = url if settings.alpaca.ws_url else url + _IEX
            key_id, secret = (word.get_secret_value() for word in pair)
            return alpaca.Alpaca(key_id, secret, url)
    return None
