"""Between asking for trades and getting them there is a time, and nobody says how long it was."""

from fin_agent.domain.market import Bar
from tests.adapters.ticks.test_feed import REPAIRED, a_world


async def test_what_is_made_before_a_subscription_works_is_repaired() -> None:
    """It was sent half a minute before the open, and may take a minute to work."""
    async with a_world(start_s=-30.0, subscribed_s=0.5) as world:
        minutes, _ = await world.lived()

    bars = world.bars(minutes)
    assert bars[0] == Bar(0, 10.0, 10.0, 10.0, 10.0, REPAIRED)
    assert bars[2] == world.market.bar(2)
