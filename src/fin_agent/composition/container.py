"""Settings in, a wired application out: the one place where adapters meet ports."""

from pathlib import Path

from fin_agent.adapters.bars.importing import ParquetBarStore
from fin_agent.adapters.bars.kept_rows import KeptRows
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.fx.fixed import FixedFx
from fin_agent.adapters.market_data.daily import Daily
from fin_agent.adapters.market_data.stored import Stored
from fin_agent.composition.catalogue import news_source, scorer
from fin_agent.composition.injection import containers, providers
from fin_agent.composition.rules import profile_minutes
from fin_agent.composition.settings import AppSettings


class Container(containers.DeclarativeContainer):
    """Everything that exists once a process."""

    settings = providers.Dependency(instance_of=AppSettings)
    data_dir = providers.Dependency(instance_of=Path)

    clock = providers.Singleton(SystemClock)
    cache_folder = providers.Callable(lambda folder: folder / "cache", data_dir)
    calendar = providers.Singleton(ExchangeCalendar, cache=cache_folder)
    bars_folder = providers.Callable(lambda folder: folder / "bars", data_dir)
    bars = providers.Singleton(BarStore, bars_folder, providers.Factory(KeptRows, cache_folder))
    bar_store = providers.Singleton(ParquetBarStore, bars_folder, calendar)
    minute_market = providers.Singleton(
        Stored,
        bars,
        calendar,
        providers.Callable(profile_minutes, settings),
        providers.Callable(lambda folder: folder / "halts", data_dir),
    )
    daily_market = providers.Singleton(Daily, bars)
    fx = providers.Singleton(
        FixedFx, settings.provided.fx.fixed, settings.provided.account.currency
    )
    sentiment = providers.Singleton(
        scorer,
        settings.provided.sentiment,
        providers.Callable(lambda d: d / "sentiment", data_dir),
    )
    news = providers.Singleton(
        news_source, settings.provided.news, providers.Callable(lambda d: d / "news", data_dir)
    )
