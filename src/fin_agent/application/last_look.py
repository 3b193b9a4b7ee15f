"""The last look at the venue, when nothing fills any more."""

from collections.abc import Awaitable, Callable, Sequence

from fin_agent.application.commands import Reconcile, ResolveOrders
from fin_agent.application.live_state import LiveState

_LOOKS = 3


async def last_look(live: LiveState, handle: Callable[[Sequence[object]], Awaitable[None]]) -> None:
    """Compare once more after the close, again if there is no answer."""
    for _ in range(_LOOKS):
        for search in live.searches.values():
            search.next_look = None
        await handle([Reconcile(positions=True), ResolveOrders()])
        unheard = any(search.absent_at is None for search in live.searches.values())
        if live.is_reconciled and not unheard:
            return
