"""What a person looks at when something seems wrong, and what each provider can do here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fin_agent.composition import catalogue, plugins
from fin_agent.composition.bootstrap import App
from fin_agent.composition.doctor import examine
from fin_agent.composition.providers import KEYS, MARKET_DATA
from fin_agent.composition.settings_providers import ProviderSettings
from fin_agent.composition.standing import Standing, standing_or_problem

OK, WARN, FAIL = "ok", "warn", "fail"
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
    """What one provider is asked for; ``has_key`` is None where none is needed.

    ``works`` says by capability whether it answered, None while it was not asked.
    """

    provider: str
    used_for: Sequence[str]
    has_key: bool | None
    quotas: Sequence[str]
    works: Mapping[str, bool] | None = None
    note: str | None = None


async def looked_at(app: App, *, outside: bool) -> tuple[list[Check], list[Capability]]:
    """What ``doctor`` finds, with the agent and its state; ``outside`` asks providers too."""
    found = await standing_or_problem(app)
    seen = await examine(app, offline=not outside)
    checks = [Check(f.check, f.level.value, f.detail, f.remedy or None) for f in seen.findings]
    able = [replace(one, works=seen.matrix.get(one.provider)) for one in capabilities(app)]
    return [_entries(found), *checks], able


def _entries(found: Standing) -> Check:
    if found.state.value == "ACTIVE":
        return Check("entries", OK, "on")
    why = found.killed or "; ".join(latch.reason for latch in found.latches)
    return Check("entries", WARN, f"{found.state.value}: {why}", "look at it; fin-agent resume")


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
        note = "no key: it is left out" if has_key is False else None
        found.append(Capability(name, _uses(app, name), has_key, own.quotas, None, note))
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
