"""Everything taken out at the broker by the command itself, when no agent runs to do it."""

from collections.abc import Callable, Mapping
from time import monotonic

from fin_agent.adapters.clock import AcceleratedClock, speed_of, start_and_speed
from fin_agent.composition import catalogue
from fin_agent.composition.agent import agent
from fin_agent.composition.bootstrap import App
from fin_agent.composition.person import desk_of
from fin_agent.domain.control import Act
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import SimulatedVenue

_STEP_S = 1.0  # real seconds between two looks at the venue


def can_leave(app: App, clock_text: str | None) -> bool:
    """Whether there is a broker to ask, and its exchange is open."""
    if issubclass(catalogue.broker_class(app.settings), SimulatedVenue):
        return False
    now = app.clock.now() if clock_text is None else start_and_speed(clock_text)[0]
    session = app.calendar.session(now.astimezone(NEW_YORK).date())
    return session is not None and session.open <= now < session.close


async def flat_alone(
    app: App,
    reason: str,
    timeout_s: float,
    clock_text: str | None,
    tell: Callable[[str], None],
) -> Mapping[str, object]:
    """Recover as a start does, order everything out, and wait until the venue holds nothing.

    No plan is decided and no market is looked at. The next start is HALTED, and writes the
    journal of what was closed here when it has seen the bars.

    Raises:
        AlreadyRunning: an agent has started meanwhile.
        Unavailable: not flat in time; what was sent goes on working at the venue.
    """
    async with agent(app, clock_text, tell, sees_market=False) as alone:
        driver, desk, timer = await alone.recovered(), desk_of(app), alone.timer
        if isinstance(timer, AcceleratedClock):
            timer.release()
        request_id, until = desk.ask(Act.FLAT, reason, timer.now()), monotonic() + timeout_s
        await driver.leave(timer.now())
        while (found := desk.answer(request_id)) is None and monotonic() < until:
            await timer.sleep(_STEP_S * speed_of(timer))
            await driver.leave(timer.now())
        if found is not None:
            return {**found, "agent": None}
        desk.withdraw(request_id)
        held = driver.day.book.open
        left = {symbol: f"{trade.position.quantity:f}" for symbol, trade in held.items()}
    raise Unavailable(
        f"not flat within {timeout_s:g} s, open: {left or 'what the venue holds and we do not'};"
        " what was sent works on at the broker: look at its own page, then flat again"
    )
