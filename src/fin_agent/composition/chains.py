"""Whether the sources that the settings name exist, before anything is asked."""

from fin_agent.adapters.sources import FxSource, Source
from fin_agent.composition import plugins
from fin_agent.composition.providers import FX, MARKET_DATA, NEWS
from fin_agent.composition.settings import AppSettings
from fin_agent.domain.errors import ConfigError
from fin_agent.ports import NewsPort


def chain_problems(settings: AppSettings) -> list[str]:
    """Every name in a chain that is no source, with those that there are."""
    providers = settings.providers
    chains: list[tuple[tuple[str, str], type[object], str, list[str]]] = [
        (MARKET_DATA, Source, "providers.market_data", list(providers.market_data)),
        (NEWS, NewsPort, "providers.news", list(providers.news)),
        (NEWS, NewsPort, "providers.spare_news", list(providers.spare_news)),
        (FX, FxSource, "fx.use", list(settings.fx.use)),
    ]
    problems: list[str] = []
    for kind, port, key, names in chains:
        for name in names:
            try:
                plugins.find(*kind, port, name, key)
            except ConfigError as error:
                problems += error.problems
    return problems
