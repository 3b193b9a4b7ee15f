"""Builds the answers about plans: the plans, the pre-mortem, one symbol's way, candles."""

from collections.abc import Mapping, Sequence
from datetime import date

from fin_agent.composition.api_reads import bars_of
from fin_agent.composition.bootstrap import App
from fin_agent.composition.live_view import LiveView
from fin_agent.composition.rules import trading_rules
from fin_agent.composition.standing import Standing, standing
from fin_agent.domain.errors import CorruptData, UsageError
from fin_agent.domain.evidence import Known
from fin_agent.domain.gates import ScanContext
from fin_agent.domain.market import Bar
from fin_agent.domain.premortem import pre_mortem
from fin_agent.domain.risk import ApprovedPlan, PlanAdvised
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.entrypoints.api.models import scan as told
from fin_agent.entrypoints.api.models.trading import Bar as Candle
from fin_agent.entrypoints.api.models.trading import Bars, Fill, Level, OpeningRange
from fin_agent.entrypoints.api.paging import paged
from fin_agent.entrypoints.api.views_scan import candidate_of, verdict_of
from fin_agent.entrypoints.api.views_status import fills_of
from fin_agent.entrypoints.documents.rows import plan_row
from fin_agent.entrypoints.documents.values import maybe, number
from fin_agent.entrypoints.documents.why import evidence_of, gate_rows, nearest_miss

_MOST_FILLS = 200


async def plans_of(app: App, view: LiveView, cursor: str | None, limit: int) -> told.Plans:
    """The plans of the newest session."""
    found = await standing(app)
    fates = found.fates
    rows = [plan_of(one, fates.get(one.plan.symbol), view) for one in found.day.advice]
    return told.Plans(
        session_date=found.session_date,
        phase=found.phase,
        state=found.state.value,
        **paged(rows, cursor, limit),
    )


def plan_of(advice: PlanAdvised, fate: str | None, view: LiveView) -> told.Plan:
    """A plan with how far its symbol is from the reference price."""
    plan = advice.plan
    candidate, last = plan.candidate, view.prices.get(plan.symbol)
    distance = None
    if last is not None:
        reference = float(plan.reference)
        distance = plan.side.sign * 100.0 * (reference - last[0]) / last[0]
    return told.Plan.model_validate(
        {
            **plan_row(advice, fate),
            "composite": number(candidate.composite),
            "grade": candidate.grade.value,
            "gap_pct": number(candidate.gap_pct),
            "is_armed": plan.plan_id in view.armed,
            "last_price": None if last is None else last[0],
            "last_price_at": None if last is None else last[1].astimezone(NEW_YORK),
            "distance_pct": maybe(distance),
        }
    )


async def pre_mortem_of(app: App, view: LiveView) -> told.PreMortem:
    """What may go wrong if every approved plan is taken."""
    found = await standing(app)
    advice = found.day.advice
    rules = trading_rules(app.settings, [], daily=False).risk
    symbols = sorted(a.plan.symbol for a in advice if isinstance(a.assessment, ApprovedPlan))
    correlations: Mapping[tuple[str, str], float | None] = {}
    if found.session_date is not None and symbols:
        market = app.market(daily=False)
        correlations = await market.correlations(symbols, found.session_date)
    seen = pre_mortem(advice, rules, correlations)
    return told.PreMortem(
        session_date=found.session_date,
        plans=seen.plans,
        loss_at_stops=number(seen.loss_at_stops),
        loss_at_gaps=maybe(seen.loss_at_gaps),
        daily_loss_cap=number(rules.daily_loss_cap),
        effective_bets=seen.effective_bets,
        unknown_correlations=seen.unknown_correlations,
        binds_first=None if seen.binds_first is None else seen.binds_first.value,
        limits=[
            told.Bind(
                limit=use.limit.value,
                most=number(use.most),
                taken=number(use.taken),
                share=use.share,
            )
            for use in seen.uses
        ],
        events_today=_events_today(app, found, view),
        missing=_missing(found),
    )


def _events_today(app: App, found: Standing, view: LiveView) -> list[str]:
    session = view.session
    if session is None and found.session_date is not None:
        session = app.calendar.session(found.session_date)
    told_ = [] if session is None or not session.is_half_day else ["half day: an early close"]
    for advice in found.day.advice:
        candidate = advice.plan.candidate
        catalyst = candidate.factors.get("catalyst")
        if candidate.headlines:
            newest = max(candidate.headlines, key=lambda headline: headline.published_at)
            told_.append(f"{candidate.symbol}: {newest.text}")
        elif catalyst is not None and catalyst.score:
            told_.append(f"{candidate.symbol}: earnings since the last close")
    return told_


def _missing(found: Standing) -> list[str]:
    missing = []
    for advice in found.day.advice:
        candidate = advice.plan.candidate
        missing += [f"{candidate.symbol}: {text}" for text in candidate.degraded]
        missing += [
            f"{candidate.symbol}: no {name} score ({factor.reason})"
            for name, factor in candidate.factors.items()
            if factor.score is None
        ]
    return missing


def why_in_memory(view: LiveView, symbol: str) -> told.Why | None:
    """One symbol's way through the last scan, from what the agent still holds of it."""
    section, verdicts, rules = view.section, view.verdicts, view.rules
    if section is None or verdicts is None or rules is None or view.session is None:
        return None
    if symbol not in verdicts:
        raise CorruptData(f"{symbol} is not in the universe of {view.session.date}")
    fx = Known(view.fx, "scan") if view.fx is not None else Known(1.0, "scan")
    snapshot, verdict = section.snapshot(symbol), verdicts[symbol]
    candidate = next((one for one in view.candidates if one.symbol == symbol), None)
    return told.Why.model_validate(
        {
            "session_date": view.session.date,
            "at": section.at,
            "symbol": symbol,
            "verdict": verdict_of(verdict),
            "nearest_miss": nearest_miss(verdict),
            "gates": gate_rows(snapshot, ScanContext(rules, section.at, fx)),
            "evidence": evidence_of(snapshot, candidate),
            "candidate": None if candidate is None else candidate_of(candidate),
            "plan": None,
            "fate": None,
            "trade": None,
            "decision_hash": None,
        }
    )


def session_named(app: App, view: LiveView, day: date | None) -> TradingSession:
    """The session of a date, else the agent's, else the newest with minutes.

    Raises:
        UsageError: the exchange is closed on that day.
        CorruptData: no day was named and nothing is stored.
    """
    if day is None and view.session is not None:
        return view.session
    stored = app.minute_dates()
    if day is None and not stored:
        raise CorruptData("no minute bars are stored; import some: fin-agent data import FILE")
    wanted = day or max(stored)
    found = app.calendar.session(wanted)
    if found is None:
        raise UsageError(f"{wanted} is not a session: the exchange is closed")
    return found


async def candles_of(app: App, view: LiveView, symbol: str, session: TradingSession) -> Bars:
    """The minutes of a symbol with everything to draw on them."""
    source, bars = await bars_of(app, symbol, session, view)
    found = await standing(app)
    fills = await fills_of(app, session.date, symbol, None, _MOST_FILLS)
    return Bars.model_validate(
        {
            "symbol": symbol,
            "session_date": session.date,
            "resolution": "1m",
            "source": source,
            "bars": _candles(bars, session),
            "opening_range": _opening_range(app, bars),
            "levels": _levels(found, symbol, session.date, fills.items),
            "fills": fills.items,
        }
    )


def _candles(bars: Sequence[Bar], session: TradingSession) -> list[Candle]:
    """Bars with the session's VWAP up to each of them, by typical price."""
    value = volume = 0.0
    candles = []
    for bar in bars:
        value += (bar.high + bar.low + bar.close) / 3.0 * bar.volume
        volume += bar.volume
        candles.append(
            Candle(
                at=session.time_of(bar.minute).astimezone(NEW_YORK),
                open=bar.open,
                high=bar.high,
                low=bar.low,
                close=bar.close,
                volume=bar.volume,
                vwap=number(value / volume) if volume else None,
            )
        )
    return candles


def _opening_range(app: App, bars: Sequence[Bar]) -> OpeningRange:
    minutes = app.settings.session.opening_range_minutes
    first = [bar for bar in bars if bar.minute < minutes]
    return OpeningRange(
        minutes=minutes,
        high=max((bar.high for bar in first), default=None),
        low=min((bar.low for bar in first), default=None),
        is_complete=any(bar.minute >= minutes - 1 for bar in bars),
    )


def _levels(found: Standing, symbol: str, day: date, fills: list[Fill]) -> list[Level]:
    """The plan's prices, and those of the order that came of it once there is one."""
    plan = next((a.plan for a in found.day.advice if a.plan.symbol == symbol), None)
    if plan is None or found.session_date != day:
        return []
    intent = next((i for i in found.day.intents if i.symbol == symbol), None)
    levels = plan.levels if intent is None else intent.approved.levels
    rows = [
        Level(name="previous_close", price=plan.candidate.prev_close),
        Level(name="entry", price=number(levels.entry)),
        Level(name="stop", price=number(levels.stop)),
        Level(name="target", price=number(levels.target)),
    ]
    entered = [fill for fill in fills if fill.is_entry]
    return rows + [Level(name="filled", price=fill.price) for fill in entered[-1:]]
