"""THE table: which message wakes which use case. Nothing else routes anything."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fin_agent.application.assess_risk import advise, bind
from fin_agent.application.close_session import cancel_entries, close_session, lock_session
from fin_agent.application.commands import (
    CancelEntries,
    ChangeWeights,
    CloseSession,
    ComparePositions,
    CoverPositions,
    DrawPlans,
    FlattenPositions,
    HaltTrading,
    LockSession,
    NoteTrade,
    OrderOut,
    Reconcile,
    RecordReport,
    ResolveOrders,
    ResumeTrading,
    ReviewPositions,
    ScanMarket,
    SendEntry,
    TakeBack,
    Trouble,
    WorkExits,
)
from fin_agent.application.cover_positions import cover_positions, take_back
from fin_agent.application.desk import Day
from fin_agent.application.halt_trading import halt_trading, resume_trading, tell_trouble
from fin_agent.application.keep_journal import keep_journal, note_trade
from fin_agent.application.plan_trades import plan_trades
from fin_agent.application.reconcile import compare_positions, reconcile
from fin_agent.application.record_fills import record_report
from fin_agent.application.resolve_orders import resolve_orders
from fin_agent.application.review_positions import review_positions
from fin_agent.application.scan_market import change_weights, scan_market
from fin_agent.application.submit_orders import (
    flatten,
    order_out,
    send_entry,
    submit_order,
    work_exits,
)
from fin_agent.application.watch_session import arm, expire
from fin_agent.domain.entry import PlanExpired, PlanTriggered
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.order import OrderIntentCreated
from fin_agent.domain.plan import SignalGenerated
from fin_agent.domain.risk import PlanAdvised

Handler = Callable[[Day, Any], Awaitable[Sequence[object]]]

SUBSCRIPTIONS: Mapping[type, Handler] = {
    ScanMarket: scan_market,
    ChangeWeights: change_weights,
    DrawPlans: plan_trades,
    SignalGenerated: advise,
    PlanAdvised: arm,
    PlanTriggered: bind,
    PlanExpired: expire,
    OrderIntentCreated: submit_order,
    RecordReport: record_report,
    TradeRecorded: keep_journal,
    CancelEntries: cancel_entries,
    LockSession: lock_session,
    FlattenPositions: flatten,
    CloseSession: close_session,
    SendEntry: send_entry,
    OrderOut: order_out,
    WorkExits: work_exits,
    ResolveOrders: resolve_orders,
    Reconcile: reconcile,
    ComparePositions: compare_positions,
    CoverPositions: cover_positions,
    TakeBack: take_back,
    HaltTrading: halt_trading,
    ResumeTrading: resume_trading,
    ReviewPositions: review_positions,
    NoteTrade: note_trade,
    Trouble: tell_trouble,
}
