"""The kinds of plug-in, where each kind lives, and what each is given besides its options."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from inspect import signature
from pathlib import Path

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.composition import plugins
from fin_agent.composition.rules import fill_rules, session_rules
from fin_agent.composition.secrets import Secrets
from fin_agent.composition.settings import AppSettings, PlugIn
from fin_agent.domain.entry import Entry
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.factor import Factor
from fin_agent.ports import ClockPort, NewsPort, OrderPort, SentimentPort, SimulatedVenue

FACTORS = ("fin_agent.domain.factors", "fin_agent.factors")
ENTRIES = ("fin_agent.domain.entries", "fin_agent.entries")
NEWS = ("fin_agent.adapters.news", "fin_agent.news")
SENTIMENT = ("fin_agent.adapters.sentiment", "fin_agent.sentiment")
BROKERS = ("fin_agent.adapters.brokers", "fin_agent.brokers")
NOTIFICATIONS = ("fin_agent.adapters.notifications", "fin_agent.notifications")


def factors(settings: AppSettings) -> Sequence[tuple[str, float, Factor]]:
    """The configured factors in order.

    Raises:
        ConfigError: one of them does not exist or refuses its options.
    """
    built = []
    for index, choice in enumerate(settings.factors):
        key = f"factors.{index}"
        found = plugins.find(*FACTORS, Factor, choice.use, f"{key}.use")
        factor = plugins.build(found, choice.options, {}, key)
        built.append((choice.use, choice.weight, factor))
    return built


def entries(settings: AppSettings, *, daily: bool) -> Sequence[tuple[str, Entry]]:
    """The configured entries in order; daily bars know only the market entry (section 12)."""
    at_open = PlugIn(use="market", options={"at_open": True})
    chosen = [at_open] if daily else settings.entries
    built = []
    for index, choice in enumerate(chosen):
        key = f"entries.{index}"
        found = plugins.find(*ENTRIES, Entry, choice.use, f"{key}.use")
        built.append((choice.use, plugins.build(found, choice.options, {}, key)))
    return built


def news_source(choice: PlugIn, folder: Path) -> NewsPort:
    """The configured news source; one that reads files is given the data directory's folder."""
    found = plugins.find(*NEWS, NewsPort, choice.use, "news.use")
    made_from = {"api", "data", "feeds", "sdk", "web"} & signature(found).parameters.keys()
    if made_from:
        problem = f"news.use: {choice.use} is a live feed (providers.news); stored days read files"
        raise ConfigError([problem])
    given = {"folder": folder} if "folder" in signature(found).parameters else {}
    return plugins.build(found, choice.options, given, "news")


def broker_class(settings: AppSettings) -> type[OrderPort]:
    """The configured broker's class.

    Raises:
        ConfigError: there is no such broker.
    """
    return plugins.find(*BROKERS, OrderPort, settings.broker.use, "broker.use")


def network_broker(
    settings: AppSettings,
    found: type[OrderPort],
    secrets: Secrets,
    clock: ClockPort,
    folder: Path,
) -> OrderPort:
    """A broker that goes on without us, with its keys; ``folder`` is what it may keep files in.

    Raises:
        ConfigError: a key is missing, or an option is wrong.
    """
    given: dict[str, object] = {"clock": clock}
    if "credentials" in signature(found).parameters:
        from fin_agent.adapters.alpaca_wire.transport import AlpacaCredentials  # it loads aiohttp

        what_for = f"broker.use: {settings.broker.use}"
        given["credentials"] = AlpacaCredentials(
            secrets.needed("alpaca_key_id", what_for),
            secrets.needed("alpaca_secret_key", what_for),
        )
    if "folder" in signature(found).parameters:
        given["folder"] = folder
    if "live" in signature(found).parameters:
        given["live"] = settings.broker.live
    reserved = {*given, "transport"}
    options = plugins.checked(found, settings.broker.options, reserved, "broker")
    return found(**options, **given)


def scorer(choice: PlugIn, folder: Path) -> SentimentPort:
    """The configured scorer of headlines; ``folder`` is where its options' files are looked for."""
    found = plugins.find(*SENTIMENT, SentimentPort, choice.use, "sentiment.use")
    given = {"folder": folder} if "folder" in signature(found).parameters else {}
    return plugins.build(found, choice.options, given, "sentiment")


def venues(settings: AppSettings) -> Callable[[Decimal], SimulatedVenue]:
    """Makes a new venue for a session; its argument (fx) turns fees into account currency.

    Raises:
        ConfigError: there is no such venue or it refuses its options.
    """
    found, options = broker_class(settings), settings.broker.options
    if not issubclass(found, SimulatedVenue):  # stored days are filled on paper whoever trades
        found, options = Paper, {}
    simulated = found
    arguments: dict[str, object] = {
        "rules": fill_rules(settings),
        "session_rules": session_rules(settings),
    }
    arguments |= plugins.checked(simulated, options, {*arguments, "fx"}, "broker")

    def venue(fx: Decimal) -> SimulatedVenue:
        return simulated(**{**arguments, "fx": fx})

    return venue
