"""The ``providers`` settings: where each vendor is, how often it may be asked, and in which order.

Quotas are what the vendors publish for free keys, or less. Keys are never settings: they come from
the environment, a secrets directory or the keyring (``composition.secrets``).
"""

from typing import Annotated, Literal

from pydantic import Field

from fin_agent.composition.section import Section

Seconds = Annotated[float, Field(gt=0)]
QuotaText = Annotated[str, Field(pattern=r"^[1-9]\d{0,6}/(\d{0,5}s|min|h|day)$")]

_UNIT_S = {"min": 60.0, "h": 3600.0, "day": 86400.0}


def quota_of(text: str) -> tuple[int, float]:
    """Calls and seconds of a quota: "60/min", "1/6s", "25/day"."""
    calls, _, unit = text.partition("/")
    seconds = _UNIT_S.get(unit) or float(unit.removesuffix("s") or 1)
    return int(calls), seconds


_QUOTAS = "calls in any second, minute, hour or day"
_PARALLEL = "calls at once"
_RESERVE = "percent of each quota, for what cannot wait"


class ProviderSettings(Section):
    """One vendor: where it is and how often it may be asked."""

    base_url: str | None = Field(None, description="REST; null: the vendor's own")
    quotas: list[QuotaText] = Field(description=_QUOTAS)
    parallel: int = Field(4, ge=1, le=64, description=_PARALLEL)
    reserve_pct: int = Field(10, ge=0, le=90, description=_RESERVE)


class StreamingSettings(ProviderSettings):
    """One vendor that streams as well."""

    ws_url: str | None = Field(None, description="websocket; null: the vendor's own")


class YahooSettings(StreamingSettings):
    """No key."""

    quotas: list[QuotaText] = Field(["1500/h"], description=_QUOTAS)
    parallel: int = Field(8, ge=1, le=64, description=_PARALLEL)


class AlpacaSettings(StreamingSettings):
    """Keys ALPACA_KEY_ID and ALPACA_SECRET_KEY."""

    quotas: list[QuotaText] = Field(["200/min"], description=_QUOTAS)


class FinnhubSettings(StreamingSettings):
    """Key FINNHUB_API_KEY."""

    quotas: list[QuotaText] = Field(["60/min", "30/s"], description=_QUOTAS)


class AlphaVantageSettings(ProviderSettings):
    """Key ALPHAVANTAGE_API_KEY."""

    quotas: list[QuotaText] = Field(["25/day"], description=_QUOTAS)
    parallel: int = Field(1, ge=1, le=64, description=_PARALLEL)
    reserve_pct: int = Field(0, ge=0, le=90, description=_RESERVE)


class NewsapiSettings(ProviderSettings):
    """Key NEWSAPI_API_KEY."""

    quotas: list[QuotaText] = Field(["100/day"], description=_QUOTAS)
    parallel: int = Field(1, ge=1, le=64, description=_PARALLEL)
    reserve_pct: int = Field(0, ge=0, le=90, description=_RESERVE)


class GdeltSettings(ProviderSettings):
    """No key."""

    quotas: list[QuotaText] = Field(["1/6s"], description=_QUOTAS)
    parallel: int = Field(1, ge=1, le=64, description=_PARALLEL)
    reserve_pct: int = Field(0, ge=0, le=90, description=_RESERVE)


class EdgarSettings(ProviderSettings):
    """No key, but a contact: the SEC wants to know whom to reach."""

    quotas: list[QuotaText] = Field(["8/s"], description=_QUOTAS)
    contact: str = Field("", description="name and e-mail address; without it it is left out")


class NasdaqSettings(ProviderSettings):
    """No key."""

    quotas: list[QuotaText] = Field(["60/min"], description=_QUOTAS)


class EcbSettings(ProviderSettings):
    """No key."""

    quotas: list[QuotaText] = Field(["10/min"], description=_QUOTAS)


class ClientSettings(Section):
    """Every call to every vendor."""

    connect_s: Seconds = Field(5.0, description="seconds to connect")
    total_s: Seconds = Field(15.0, description="seconds for the whole answer")
    max_body_mb: float = Field(16, gt=0, description="megabytes of an answer, unpacked")
    attempts: int = Field(3, ge=1, le=10, description="at one question")
    proxy: str | None = Field(None, description="the environment's proxies are ignored")


class KeptSettings(Section):
    """How many seconds an answer is good."""

    quote: float = Field(60, ge=0, description="last trades")
    bars: float = Field(3600, ge=0, description="daily and minute bars")
    news: float = Field(300, ge=0, description="headlines and earnings dates")
    universe: float = Field(86400, ge=0, description="what is listed")
    halts: float = Field(30, ge=0, description="what is halted")
    fx: float = Field(600, ge=0, description="exchange rates")


class ProvidersSettings(Section):
    """Where live values come from; a vendor whose key is not set is left out."""

    market_data: list[str] = Field(
        ["alpaca", "finnhub", "yahoo"], description="asked in order, the next for what is missing"
    )
    news: list[str] = Field(
        ["alpaca", "finnhub", "edgar", "yahoo"], description="all are asked, a story counts once"
    )
    spare_news: list[str] = Field(["gdelt"], description="asked when no news feed answers")
    streams: list[Literal["finnhub", "alpaca"]] = Field(
        ["finnhub", "alpaca"],
        description="trade streams, the first with a key; without any, minutes are asked for",
    )
    client: ClientSettings = Field(ClientSettings(), description="every call")
    kept_s: KeptSettings = Field(KeptSettings(), description="seconds an answer is good")
    yahoo: YahooSettings = Field(YahooSettings(), description="no key")
    alpaca: AlpacaSettings = Field(
        AlpacaSettings(), description="keys ALPACA_KEY_ID and ALPACA_SECRET_KEY"
    )
    finnhub: FinnhubSettings = Field(FinnhubSettings(), description="key FINNHUB_API_KEY")
    alpha_vantage: AlphaVantageSettings = Field(
        AlphaVantageSettings(), description="key ALPHAVANTAGE_API_KEY"
    )
    newsapi: NewsapiSettings = Field(NewsapiSettings(), description="key NEWSAPI_API_KEY")
    gdelt: GdeltSettings = Field(GdeltSettings(), description="no key")
    edgar: EdgarSettings = Field(EdgarSettings(), description="no key, but a contact")
    nasdaq: NasdaqSettings = Field(NasdaqSettings(), description="no key")
    ecb: EcbSettings = Field(EcbSettings(), description="no key")
