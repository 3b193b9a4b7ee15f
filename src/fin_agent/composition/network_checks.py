"""Checks of what is outside: each provider's key and endpoints once, the clock, the broker."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fin_agent.adapters.http.timing import Timing
from fin_agent.adapters.scheduling.skew import ClockSkew, SkewLevel, judge_skew
from fin_agent.adapters.sources import HistorySource, MinuteSource, QuoteSource, VolumeSource
from fin_agent.composition.bootstrap import App
from fin_agent.composition.broker import network_broker
from fin_agent.composition.findings import Cause, Finding, failure, fine, warning
from fin_agent.composition.live_acts import check_account
from fin_agent.composition.providers import Given, Providers, open_providers
from fin_agent.composition.usage import quota_path
from fin_agent.domain.errors import ConfigError, FinAgentError, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import NewsPort

SYMBOL = "AAPL"  # every provider knows it, and it files with the SEC
_PATIENCE_S = 60.0  # for all endpoints of one provider
_SECOND = timedelta(seconds=1)
_BACK = timedelta(days=10)
_PRICE, _VOLUME, _MINUTES, _HISTORY = "price", "volume", "minutes", "history"
_NEWS, _EARNINGS, _LISTING, _HALTS = "news", "earnings", "listing", "halts"
CAPABILITIES = (_PRICE, _VOLUME, _MINUTES, _HISTORY, _NEWS, _EARNINGS, _LISTING, _HALTS)
_KEY_HINT = "it adds what others lack; everything works without it"

Answer = Evidence[object]
Ask = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Probe:
    """What one endpoint answered; it works when the provider answered in form."""

    provider: str
    capability: str
    works: bool
    answer: Answer

    @property
    def detail(self) -> str:
        if isinstance(self.answer, Missing):
            return self.answer.reason
        late = f", {self.answer.delay_s:.0f} s late" if self.answer.delay_s else ""
        return f"{self.answer.source}{late}"


@dataclass(slots=True)
class Outside:
    """Everything that was found outside; ``heard`` is the best look at another clock."""

    probes: list[Probe] = field(default_factory=list)
    left_out: Sequence[str] = ()
    fx: Answer = field(default_factory=lambda: Missing("not asked"))
    heard: ClockSkew | None = None

    def best(self, capability: str) -> Answer:
        """The first working answer; without one, every reason."""
        asked = [probe for probe in self.probes if probe.capability == capability]
        known = [p.answer for p in asked if p.works and isinstance(p.answer, Known)]
        if known:
            return known[0]
        reasons = [f"{p.provider}: {p.detail}" for p in asked]
        return Missing("; ".join(reasons) or "no provider is configured for it")


async def look_outside(app: App) -> Outside:
    """Ask every configured provider for everything it can tell, once."""
    found = Outside()
    timing = Timing(app.clock)
    settings = app.settings.providers
    once = settings.client.model_copy(update={"attempts": 1})
    given = Given(
        settings.model_copy(update={"client": once}),
        app.loaded.secrets,
        app.calendar,
        timing,
        lambda _event: None,
        {SYMBOL: "Apple Inc."},
    )
    async with AsyncExitStack() as stack:
        providers = await stack.enter_async_context(open_providers(quota_path(app).parent, given))
        found.left_out = providers.left_out
        looks: list[ClockSkew] = []
        providers.network.client.on_time = lambda sent, received, theirs: looks.append(
            judge_skew(sent, received, theirs, _SECOND)
        )
        await providers.warm()
        asked = _questions(app, providers)
        answers = await asyncio.gather(
            *(_ask_all(providers, name, asks) for name, asks in asked.items())
        )
        found.probes = [probe for probes in answers for probe in probes]
        found.fx = await _fx(app, providers)
        found.heard = min(looks, key=lambda look: look.uncertainty_s, default=None)
    return found


def _questions(app: App, providers: Providers) -> dict[str, list[tuple[str, Ask]]]:
    """By provider, what it says that it knows."""
    now = app.clock.now()
    session, at = _session(app, now)
    first, asked = session.date - _BACK, dict[str, list[tuple[str, Ask]]]()
    for name, source in providers.sources.items():
        asks = asked.setdefault(name, [])
        if isinstance(source, QuoteSource):
            asks.append((_PRICE, _of(source.last_trades, [SYMBOL], session, at)))
        if isinstance(source, VolumeSource):
            asks.append((_VOLUME, _of(source.volumes, [SYMBOL], session, at)))
        if isinstance(source, MinuteSource):
            asks.append((_MINUTES, _of(source.minute_bars, [SYMBOL], session, 0, 29)))
        if isinstance(source, HistorySource):
            asks.append((_HISTORY, _of(source.daily, [SYMBOL], first, session.date)))
    for name, feed in providers.feeds.items():
        asked.setdefault(name, []).extend(_news(feed, now, session))
    nasdaq = providers.nasdaq
    asked.setdefault("nasdaq", []).extend(
        [(_LISTING, nasdaq.directory), (_HALTS, lambda: nasdaq.halts(now))]
    )
    return asked


def _news(feed: NewsPort, now: datetime, session: TradingSession) -> list[tuple[str, Ask]]:
    return [
        (_NEWS, _of(feed.headlines, [SYMBOL], now)),
        (_EARNINGS, _of(feed.earnings, [SYMBOL], session)),
    ]


def _of(ask: Callable[..., Awaitable[Mapping[str, Answer]]], *given: object) -> Ask:
    async def one() -> Answer:
        return (await ask(*given)).get(SYMBOL, Missing("nothing was sent"))

    return one


def _session(app: App, now: datetime) -> tuple[TradingSession, datetime]:
    """The session that runs, or the last one, and an instant of it to ask about."""
    today = now.astimezone(NEW_YORK).date()
    current = app.calendar.session(today)
    if current is not None and now >= current.open + 30 * 60 * _SECOND:
        return current, min(now, current.close)
    last = app.calendar.previous(today)
    return last, last.close


async def _ask_all(providers: Providers, name: str, asks: Sequence[tuple[str, Ask]]) -> list[Probe]:
    """One after the other, so that what the lane counted belongs to the question."""
    found: list[Probe] = []
    try:
        async with asyncio.timeout(_PATIENCE_S):
            for capability, ask in asks:
                before = _answered(providers, name)
                answer = await _told(ask)
                works = isinstance(answer, Known) or _answered(providers, name) > before
                found.append(Probe(name, capability, works, answer))
    except TimeoutError:
        late = Missing(f"no answer within {_PATIENCE_S:g} s")
        unasked = [capability for capability, _ in asks[len(found) :]]
        found += [Probe(name, capability, works=False, answer=late) for capability in unasked]
    return found


async def _told(ask: Ask) -> Answer:
    try:
        return await ask()
    except FinAgentError as error:
        return Missing(str(error))


def _answered(providers: Providers, name: str) -> int:
    lane = providers.network.statistics().get(name)
    return 0 if lane is None else lane.answered + lane.from_memory + lane.from_disk


async def _fx(app: App, providers: Providers) -> Answer:
    fx, currency = app.settings.fx, app.settings.account.currency
    if fx.fixed is not None or currency == "USD":
        return await app.fx_rate(app.clock.now())
    if not fx.use:
        return Missing("no rate: neither fx.fixed nor fx.use is set")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await providers.make_fx(fx.use, currency).rate(app.clock.now())
    except TimeoutError:
        return Missing(f"no answer within {_PATIENCE_S:g} s")


def outside_findings(app: App, outside: Outside) -> list[Finding]:
    """What the answers mean for a live day."""
    found = [warning("key", text, _KEY_HINT) for text in outside.left_out]
    broken = [probe for probe in outside.probes if not probe.works]
    for name in sorted({probe.provider for probe in broken}):
        own = [probe for probe in broken if probe.provider == name]
        what = ", ".join(probe.capability for probe in own)
        remedy = f"check the key and the network, or take {name} out of providers"
        found.append(warning("provider", f"{what}: {own[0].detail}", remedy))
    for capability, remedy in (
        (_PRICE, "without prices nothing is scanned live"),
        (_HISTORY, "without daily bars nothing is scanned"),
        (_MINUTES, "without minutes no entry triggers"),
    ):
        if not any(p.works for p in outside.probes if p.capability == capability):
            reason = getattr(outside.best(capability), "reason", "")
            found.append(failure(capability, reason, remedy, Cause.PROVIDER))
    return [*found, _rate(app, outside.fx), _skew(outside.heard)]


def _rate(app: App, rate: Answer) -> Finding:
    currency = app.settings.account.currency
    if isinstance(rate, Missing):
        remedy = "set fx.use: [yahoo, ecb], or fx.fixed"
        cause = Cause.PROVIDER if app.settings.fx.use else Cause.CONFIGURATION
        return failure("fx", f"{currency}: {rate.reason}", remedy, cause)
    text = f"{rate.value:.4f} USD per {currency} ({rate.source})"
    if rate.degraded:
        return warning("fx", f"{text}; {rate.degraded}", "name a second source in fx.use")
    return fine("fx", text)


def _skew(heard: ClockSkew | None) -> Finding:
    sync = "switch on time synchronisation (timedatectl set-ntp true)"
    if heard is None:
        return warning("clock", "no provider told its time", "nothing to compare with yet")
    if heard.level is SkewLevel.NO_ENTRIES:
        return failure("clock", str(heard), sync, Cause.STATE, blocks=True)
    if heard.level is SkewLevel.WARN:
        return warning("clock", str(heard), sync)
    return fine("clock", str(heard))


async def broker(app: App) -> list[Finding]:
    """Whether the account behind the orders answers and is the right one."""
    use = app.settings.broker.use
    try:
        venue = network_broker(app, fast_clock=False)
    except ConfigError as error:
        return [_wrong_broker(text) for text in error.problems]
    if venue is None:
        return [fine("broker", f"{use}: fills from bars, no account")]
    try:
        account = await venue.account()
        check_account(app.settings, app.loaded.secrets, account)
    except ConfigError as error:
        return [_wrong_broker(text) for text in error.problems]
    except (Unavailable, FinAgentError) as error:
        remedy = "check the key and the broker's status page"
        return [failure("broker", str(error), remedy, Cause.PROVIDER, blocks=True)]
    finally:
        await venue.close()
    if account.is_blocked:
        remedy = "ask the broker; nothing can be traded"
        return [failure("broker", f"{use}: the account is blocked", remedy, Cause.PROVIDER)]
    kind = "REAL MONEY" if account.is_live else "paper"
    return [fine("broker", f"{use}: account ...{account.account_id[-4:]}, {kind}")]


def _wrong_broker(text: str) -> Finding:
    remedy = "set the key or the account as the message says"
    return failure("broker", text, remedy, Cause.CONFIGURATION, blocks=True)
