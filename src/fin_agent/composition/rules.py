"""Settings become the rules the core decides by; nothing below sees the tree itself."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fin_agent.application.desk import TradingRules
from fin_agent.composition.settings import AppSettings, FeeSettings
from fin_agent.domain.candidate import Grade
from fin_agent.domain.events import canonical, derived_id, plain
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.market import Instrument
from fin_agent.domain.matching import FeeTable, FillRules
from fin_agent.domain.money import FRACTION_OF_SHARE, WHOLE_SHARE
from fin_agent.domain.plan import PlanRules
from fin_agent.domain.risk import RiskRules
from fin_agent.domain.session import SessionRules

_DECIDING = {
    "account",
    "fx",
    "scan",
    "factors",
    "entries",
    "plan",
    "session",
    "risk",
    "paper",
    "volume_profile",
}


def trading_rules(
    settings: AppSettings, instruments: Sequence[Instrument], *, daily: bool
) -> TradingRules:
    """Every rule of a day, with the plain mapping of the settings behind them."""
    account, scan = settings.account, settings.scan
    return TradingRules(
        account=account.name,
        scan=ScanRules(**scan.model_dump(exclude={"at"}), allow_short=account.allow_short),
        plan=PlanRules(**settings.plan.model_dump()),
        session=session_rules(settings),
        risk=RiskRules(
            **settings.risk.model_dump(),
            lot=lot_of(settings),
            allow_borrowing=account.allow_borrowing,
            grades=frozenset(Grade),
        ),
        settings=canonical(plain(recorded(settings, instruments, daily=daily))),
        daily=daily,
    )


def recorded(
    settings: AppSettings, instruments: Sequence[Instrument], *, daily: bool
) -> Mapping[str, object]:
    """What a session is decided by, as its first record keeps it."""
    chosen: dict[str, object] = settings.model_dump(include=_DECIDING)
    chosen["universe"] = {
        "symbols": len(instruments),
        "digest": derived_id(*(repr(instrument) for instrument in instruments)),
    }
    chosen["bars"] = "daily" if daily else "minute"
    return chosen


def session_rules(settings: AppSettings) -> SessionRules:
    """Minutes of the session."""
    return SessionRules(**settings.session.model_dump())


def lot_of(settings: AppSettings) -> Decimal:
    """The smallest quantity that can be traded."""
    return FRACTION_OF_SHARE if settings.account.fractions else WHOLE_SHARE


def fill_rules(settings: AppSettings) -> FillRules:
    """How the paper broker fills."""
    paper, fees = settings.paper, settings.paper.fees
    table = FeeTable(**fees.model_dump()) if isinstance(fees, FeeSettings) else FeeTable()
    return FillRules(
        slippage_bps=paper.slippage_bps,
        participation_pct=paper.participation_pct,
        touch=paper.limit_fill == "touch",
        lot=lot_of(settings),
        fees=table,
    )


def profile_minutes(settings: AppSettings) -> tuple[tuple[int, float], ...]:
    """The volume profile as (minute of the New York day, cumulative share)."""
    pairs = ((key.split(":"), share) for key, share in settings.volume_profile.items())
    return tuple((int(hour) * 60 + int(minute), share) for (hour, minute), share in pairs)
