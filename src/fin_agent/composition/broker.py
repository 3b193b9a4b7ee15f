"""The broker behind a network: made, reached, and seen to be the right account."""

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from fin_agent.composition import catalogue
from fin_agent.composition.bootstrap import App
from fin_agent.composition.live_acts import check_account
from fin_agent.domain.errors import Unavailable, UsageError
from fin_agent.ports import OrderPort, SimulatedVenue

_ATTEMPTS = 6  # to read the account at the start: about ten seconds


def network_broker(app: App, *, fast_clock: bool) -> OrderPort | None:
    """The configured broker; None when it fills from bars and is made anew for each session.

    Raises:
        ConfigError: a key is missing.
        UsageError: real money would be traded by a fast clock.
    """
    found = catalogue.broker_class(app.settings)
    if issubclass(found, SimulatedVenue):
        return None
    if fast_clock and app.settings.broker.live:
        raise UsageError("--clock: real money is traded by the machine's own clock only")
    return catalogue.network_broker(
        app.settings, found, app.loaded.secrets, app.clock, app.data_dir / "manual"
    )


async def check_reached(app: App, venue: OrderPort) -> None:
    """See that the broker answers and that it is the account that was typed.

    Raises:
        ConfigError: it is another one.
        Unavailable: the broker does not answer.
    """
    patient = AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=5.0),
        retry=retry_if_exception_type(Unavailable),
        reraise=True,
    )
    async for attempt in patient:
        with attempt:
            check_account(app.settings, app.loaded.secrets, await venue.account())
