"""Between minutes the driver is given time; a minute that is complete waits for nothing."""

from collections import defaultdict
from datetime import datetime, timedelta

from fin_agent.ports import MinuteBars, Pulse
from fin_agent.testing.builders import OPEN
from tests.adapters.ticks.test_feed import MINUTES, RULES, SESSION, SPEED, a_world


async def test_no_pulse_comes_between_a_complete_minute_and_its_bars() -> None:
    pulses: dict[int, list[datetime]] = defaultdict(list)
    async with a_world() as world:
        number = 0
        async for item in world.feed.follow(SESSION, ["A"]):
            if isinstance(item, Pulse):
                pulses[number].append(item.now)
            elif isinstance(item, MinuteBars):
                number = item.minute + 1

    grace = timedelta(seconds=RULES.at_speed(SPEED).grace_s)
    complete = [OPEN + timedelta(minutes=minute + 1) + grace for minute in range(MINUTES)]
    late = [pulses[minute][-1] >= complete[minute] for minute in range(MINUTES - 1)]
    assert not any(late)
    assert all(len(pulses[minute]) > 1 for minute in range(1, MINUTES - 1))
