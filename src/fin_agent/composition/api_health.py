"""What a person looks at when something seems wrong, and what each provider can do here."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fin_agent.composition import catalogue, plugins
from fin_agent.composition.bootstrap import App
from fin_agent.composition.providers import KEYS, MARKET_DATA
from fin_agent.composition.settings_providers import ProviderSettings
from fin_agent.composition.standing import Standing, standing_or_problem

OK, WARN, FAIL = "ok", "warn", "fail"
_LEAST_FREE = 1 << 30
_LOG_TOO_LARGE = 64 << 20
_ABOUT = {
    "market_data": "prices",
    "news": "news",
    "spare_news": "spare news",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; ``remedy`` says what to do about it."""

    name: str
    state: str
    found: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """What one provider is asked for; ``has_key`` is None where none is needed."""

    provider: str
    used_for: Sequence[str]
    has_key: bool | None
    quotas: Sequence[str]


async def checks(app: App) -> list[Check]:
    """Configuration, database, disk, backup and agent, each with its remedy."""
    found = await standing_or_problem(app)
    problems = await app.configuration_problems()
    settings = [Check("configuration", FAIL, text, "fin-agent config check") for text in problems]
    return [
        *(settings or [Check("configuration", OK, "everything it names exists")]),
        _agent(found),
        _entries(found),
        _database(found),
        _log(found),
        _disk(app),
        _backup(found),
    ]


def _agent(found: Standing) -> Check:
    if found.agent is None:
        return Check("agent", WARN, "none runs", "fin-agent run")
    return Check("agent", OK, found.agent)


def _entries(found: Standing) -> Check:
    if found.state.value == "ACTIVE":
        return Check("entries", OK, "on")
    why = found.killed or "; ".join(latch.reason for latch in found.latches)
    return Check("entries", WARN, f"{found.state.value}: {why}", "look at it; fin-agent resume")


def _database(found: Standing) -> Check:
    database = found.database
    if database.problem is not None:
        return Check("database", FAIL, str(database.problem), "fin-agent db verify")
    if not database.is_there:
        return Check("database", WARN, "none yet", "the first run of the agent makes it")
    return Check("database", OK, f"{database.events:,} events")


def _log(found: Standing) -> Check:
    size = found.database.log_size
    if size > _LOG_TOO_LARGE:
        return Check("write-ahead log", WARN, f"{size >> 20} MiB", "a reader holds it; restart")
    return Check("write-ahead log", OK, f"{size >> 10} KiB")


def _disk(app: App) -> Check:
    free = shutil.disk_usage(app.data_dir if app.data_dir.is_dir() else app.data_dir.anchor).free
    text = f"{free / (1 << 30):.1f} GiB free"
    return Check("disk", OK, text) if free > _LEAST_FREE else Check("disk", WARN, text, "free some")


def _backup(found: Standing) -> Check:
    if found.backup is None:
        return Check("backup", WARN, "there is none", "fin-agent db backup")
    return Check("backup", OK, found.backup.name)


def capabilities(app: App) -> list[Capability]:
    """Every provider of the settings."""
    providers, secrets = app.settings.providers, app.loaded.secrets
    found = []
    for name in type(providers).model_fields:
        own = getattr(providers, name)
        if not isinstance(own, ProviderSettings):
            continue
        keys = KEYS.get(name)
        has_key = None if keys is None else all(getattr(secrets, key) for key in keys)
        found.append(Capability(name, _uses(app, name), has_key, own.quotas))
    return found


def _uses(app: App, name: str) -> list[str]:
    providers = app.settings.providers
    used = [about for key, about in _ABOUT.items() if name in getattr(providers, key)]
    return used + (["fx"] if name in app.settings.fx.use else [])


def quota_limits(app: App) -> Mapping[str, Sequence[str]]:
    """The configured quotas by provider."""
    return {one.provider: one.quotas for one in capabilities(app)}


def plug_ins() -> dict[str, list[str]]:
    """Everything that could be chosen, by kind."""
    kinds = {
        "factors": catalogue.FACTORS,
        "entries": catalogue.ENTRIES,
        "brokers": catalogue.BROKERS,
        "news": catalogue.NEWS,
        "sentiment": catalogue.SENTIMENT,
        "market_data": MARKET_DATA,
    }
    return {kind: plugins.names(*place) for kind, place in kinds.items()}
