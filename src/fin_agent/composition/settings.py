"""The settings tree: every key with its default, its range and what it means.

Sources, weakest first: these defaults, ``config.yaml``, ``config/<profile>.yaml``, the environment
(``FIN_AGENT__RISK__DAILY_LOSS_CAP=33``), ``--set``. Loaded once by ``composition.loading``.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from fin_agent.composition.section import Section
from fin_agent.composition.settings_api import ApiSettings
from fin_agent.composition.settings_dashboard import DashboardSettings
from fin_agent.composition.settings_logging import LoggingSettings
from fin_agent.composition.settings_providers import ProvidersSettings
from fin_agent.composition.settings_watching import (
    ChannelChoice,
    NotifySettings,
    TracingSettings,
)

Positive = Annotated[Decimal, Field(gt=0)]
NotNegative = Annotated[Decimal, Field(ge=0)]
Percent = Annotated[float, Field(gt=0, le=100)]


ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
ScanClock = Annotated[str, Field(pattern=r"^(open|([01]\d|2[0-3]):[0-5]\d)$")]
Options = dict[str, Any]


class AccountSettings(Section):
    """Whose money it is, and what may be done with it."""

    name: str = Field("paper", pattern=r"^[a-z0-9_-]{1,24}$", description="name of the account")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="ISO code")
    bankroll: Positive = Field(Decimal(500), description="account currency")
    fractions: bool = Field(default=False, description="lots of 0.0001 shares instead of 1")
    allow_short: bool = Field(default=False, description="trade gaps down")
    allow_borrowing: bool = Field(default=False, description="margin account: no cash limit")


class DataSettings(Section):
    """Which days the agent lives, and what a scan without an instant looks at."""

    use: Literal["live", "stored"] = Field(
        "live", description="live: the providers; stored: imported days, under a fast clock"
    )


class FxSettings(Section):
    """USD per unit of the account currency."""

    use: list[Literal["yahoo", "ecb", "alpha_vantage"]] = Field(
        ["yahoo", "ecb"], description="sources of a live rate in order; two confirm each other"
    )
    fixed: float | None = Field(None, description="a rate you stand for, 0.5..2; 1.0 for USD")


class UniverseSettings(Section):
    """Which symbols are scanned."""

    file: str = Field(
        "config/universe/default.csv", description='CSV file, or "all": every stored symbol'
    )


class ScanSettings(Section):
    """The gates and the selection."""

    at: ScanClock = Field("08:00", description='New York time HH:MM, or "open"')
    min_gap_pct: float = Field(4.0, ge=0, description="percent of the previous close")
    max_gap_pct: float = Field(20.0, gt=0, description="percent of the previous close")
    min_price: float = Field(2, ge=0, description="account currency")
    max_price: float = Field(300, gt=0, description="account currency")
    min_adv: float = Field(5_000_000, ge=0, description="average daily value, account currency")
    min_rvol: float = Field(1.5, ge=0, description="times the normal volume by that clock time")
    rvol_missing: Literal["keep", "reject"] = Field("keep", description="when rvol is unknown")
    min_history: int = Field(21, ge=1, description="completed daily bars")
    min_coverage: float = Field(0.4, ge=0, le=1, description="share of factor weight available")
    min_score: float = Field(50, ge=0, le=100, description="least composite of a pick")
    top_n: int = Field(5, ge=1, description="picks at most")

    @model_validator(mode="after")
    def _ranges(self) -> "ScanSettings":
        if self.min_gap_pct > self.max_gap_pct:
            raise ValueError("min_gap_pct is above max_gap_pct: nothing could pass")
        if self.min_price > self.max_price:
            raise ValueError("min_price is above max_price: nothing could pass")
        return self


class FactorChoice(Section):
    """One factor of the composite."""

    use: str = Field(description="file name in domain/factors")
    weight: float = Field(ge=0, description="share of the composite")
    options: Options = Field({}, description="constructor arguments")


class PlugIn(Section):
    """A plug-in by file name, with its constructor arguments."""

    use: str = Field(description="file name of the plug-in")
    options: Options = Field({}, description="constructor arguments")


class PlanSettings(Section):
    """Stop and target."""

    stop_rule: Literal["tighter", "legacy"] = Field("tighter", description="strategy section 6")
    target_rule: Literal["fixed", "r_multiple", "legacy"] = Field(
        "fixed", description="strategy section 6"
    )
    stop_max_pct: Percent = Field(3.0, description="percent of the entry")
    stop_min_pct: Percent = Field(0.5, description="percent of the entry")
    stop_atr_multiple: float = Field(2.0, gt=0, description="times ATR(5)")
    target_pct: Percent = Field(9.0, description="percent of the entry")
    reward_r: float = Field(3.0, gt=0, description="target in R for target_rule r_multiple")

    @model_validator(mode="after")
    def _stops(self) -> "PlanSettings":
        if self.stop_min_pct > self.stop_max_pct:
            raise ValueError("stop_min_pct is above stop_max_pct")
        return self


class SessionSettings(Section):
    """Minutes of the session, relative to that day's open and close."""

    entry_window_minutes: int = Field(120, ge=1, description="after the open")
    opening_range_minutes: int = Field(30, ge=1, description="after the open")
    flat_minutes_before_close: int = Field(15, ge=1, description="everything is taken out")
    no_entry_minutes_before_close: int = Field(20, ge=1, description="no entry fills any more")
    max_chase_pct: float = Field(2.0, ge=0, description="percent beyond the reference")

    @model_validator(mode="after")
    def _order(self) -> "SessionSettings":
        if self.no_entry_minutes_before_close < self.flat_minutes_before_close:
            raise ValueError("no_entry_minutes_before_close is below flat_minutes_before_close")
        return self


class RiskSettings(Section):
    """The limits of a session, account currency."""

    risk_per_trade_pct: Annotated[Decimal, Field(gt=0, le=100)] = Field(
        Decimal("2.0"), description="percent of equity a trade may lose"
    )
    max_position: Positive = Field(Decimal(250), description="value of one position")
    max_exposure: Positive = Field(Decimal(500), description="value of all positions")
    daily_loss_cap: Positive = Field(Decimal(33), description="loss at which the session locks")
    max_entries: int = Field(5, ge=1, description="order intents a day")
    max_correlation: float = Field(0.70, ge=-1, le=1, description="with anything held")
    min_order_value: NotNegative = Field(Decimal(0), description="least value of an order")


class FeeSettings(Section):
    """What the paper broker charges, USD."""

    per_order: NotNegative = Field(Decimal(0), description="USD an order")
    per_share: NotNegative = Field(Decimal(0), description="USD a share")
    percent: NotNegative = Field(Decimal(0), description="percent of the value")


class PaperSettings(Section):
    """How the paper broker fills."""

    slippage_bps: NotNegative = Field(Decimal(5), description="on market and stop fills")
    participation_pct: Annotated[Decimal, Field(gt=0, le=100)] = Field(
        Decimal(10), description="of a bar's volume, an order and bar"
    )
    limit_fill: Literal["through", "touch"] = Field("through", description="touch: equality fills")
    fees: Literal["none"] | FeeSettings = Field("none", description="none, or a fee table")


class BrokerSettings(Section):
    """Where orders go; live trading needs three independent acts (design section 6)."""

    use: str = Field("paper", description="file name in adapters/brokers")
    live: bool = Field(default=False, description="real money: profile prod and account id too")
    options: Options = Field({}, description="constructor arguments")


class BusSettings(Section):
    """What carries events to their consumers; the log in SQLite is the truth either way."""

    use: Literal["sqlite", "redis"] = Field("sqlite", description="redis: needs the extra `redis`")
    url: str = Field(
        "",
        pattern=r"^((redis|rediss|unix)://[^@]*)?$",
        description="where Redis is (empty: this machine); its password is REDIS_PASSWORD",
    )
    stream: str = Field("fin-agent", pattern=r"^[a-z0-9:_-]{1,40}$", description="its stream")


class ScheduleSettings(Section):
    """When the agent scans by itself: five-field cron in its own time zone."""

    timezone: str = Field("America/New_York", description="IANA zone")
    scanner_cron: str = Field("0 8 * * 1-5", description="primary scan")
    refresh_cron: str = Field("25 9 * * 1-5", description="refresh before the open")
    second_look_cron: str = Field("15 12 * * 1-5", description="second look")


_PROFILE = {
    "04:00": 0.0,
    "07:00": 0.004,
    "08:00": 0.010,
    "09:00": 0.022,
    "09:25": 0.035,
    "09:30": 0.04,
    "10:00": 0.18,
    "11:00": 0.34,
    "12:00": 0.45,
    "13:00": 0.53,
    "14:00": 0.61,
    "15:00": 0.71,
    "15:30": 0.79,
    "16:00": 1.0,
}


def _in_order(profile: dict[str, float]) -> dict[str, float]:
    """By time: a later source adds its times at the end."""
    return dict(sorted(profile.items()))


class AppSettings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="FIN_AGENT__",
        env_nested_delimiter="__",
        allow_inf_nan=False,
    )

    account: AccountSettings = AccountSettings()
    fx: FxSettings = FxSettings()
    universe: UniverseSettings = UniverseSettings()
    scan: ScanSettings = ScanSettings()
    factors: list[FactorChoice] = Field(
        [
            FactorChoice(use="volatility", weight=0.40),
            FactorChoice(use="catalyst", weight=0.30),
            FactorChoice(use="sentiment", weight=0.10),
            FactorChoice(use="liquidity", weight=0.20),
        ],
        min_length=1,
        description="the composite",
    )
    entries: list[PlugIn] = Field(
        [PlugIn(use=name) for name in ("pullback", "vwap", "opening_range", "market")],
        min_length=1,
        description="asked in order, the first that fits is taken",
    )
    plan: PlanSettings = PlanSettings()
    session: SessionSettings = SessionSettings()
    risk: RiskSettings = RiskSettings()
    paper: PaperSettings = PaperSettings()
    broker: BrokerSettings = BrokerSettings()
    bus: BusSettings = BusSettings()
    news: PlugIn = Field(PlugIn(use="silent"), description="headlines of stored days")
    sentiment: PlugIn = Field(PlugIn(use="finance"), description="how headlines are scored")
    schedule: ScheduleSettings = ScheduleSettings()
    data: DataSettings = DataSettings()
    providers: ProvidersSettings = ProvidersSettings()
    api: ApiSettings = ApiSettings()
    logging: LoggingSettings = LoggingSettings()
    dashboard: DashboardSettings = DashboardSettings()
    notifications: list[ChannelChoice] = Field(
        [], description="channels to you; their addresses are secrets: CHANNEL_<NAME>"
    )
    notify: NotifySettings = NotifySettings()
    tracing: TracingSettings = TracingSettings()
    volume_profile: Annotated[dict[ClockTime, float], AfterValidator(_in_order)] = Field(
        _PROFILE,
        min_length=2,
        description="cumulative share of a day's volume by New York time, interpolated linearly",
    )

    @model_validator(mode="after")
    def _profile(self) -> "AppSettings":
        shares = list(self.volume_profile.values())
        if shares != sorted(shares) or shares[0] < 0 or shares[-1] > 1:
            raise ValueError("volume_profile must rise with the time, within 0..1")
        if not any(choice.weight > 0 for choice in self.factors):
            raise ValueError("factors: at least one weight must be above 0")
        channels = [choice.known_as for choice in self.notifications]
        if len(set(channels)) < len(channels):
            raise ValueError("notifications: two channels have one name; give each a `name`")
        return self
