"""The desk over broken and working channels: nothing lost, nothing blocked, silence escalates."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from fin_agent.adapters.notice_desk import Channel, DeskRules
from fin_agent.adapters.persistence.notices import NoticeBox
from fin_agent.application.notify import Level
from fin_agent.application.send_notices import Pace
from fin_agent.domain.control import ErrorRaised, TradingResumed
from fin_agent.domain.errors import Refused, StateUnavailable, Unavailable
from fin_agent.domain.notice import Severity
from fin_agent.testing.notices import FakeScreen
from tests.adapters.notice_world import CRITICAL, MINUTE, RULES, START, WARNING, World, texts, world
from tests.entrypoints.live_days import eventually

__all__ = ["world"]


async def test_each_channel_gets_each_notice_once(world: World) -> None:
    await world.happen(WARNING, CRITICAL)
    for _ in range(3):
        await world.step()

    assert texts(world.phone) == texts(world.mail) == ["high", "low"]


async def test_the_same_event_brought_twice_is_told_once(world: World) -> None:
    recorded = world.log.record(WARNING, START)
    for _ in range(2):
        async with world.store.begin() as work:
            await world.desk.take(recorded, work)
    await world.step()
    await world.step()

    assert texts(world.phone) == ["low"]


async def test_what_waits_survives_a_crash_and_what_was_sent_is_not_sent_again(
    world: World,
) -> None:
    world.mail.problem = Unavailable("down")
    await world.happen(WARNING)
    await world.step()

    world.mail.problem = None
    world.desk = world.made()  # all memory is gone
    await world.step()

    assert texts(world.phone) == ["low"]
    assert texts(world.mail) == ["low"]


async def test_a_crash_after_sending_sends_once_more_and_loses_nothing(world: World) -> None:
    class Lost(NoticeBox):
        async def sent(self, channel: str, notice_ids: Sequence[str], at: datetime) -> None:
            raise StateUnavailable("the process ended here")

    world.desk.box = Lost(world.store, world.database)
    await world.happen(WARNING)
    with pytest.raises(StateUnavailable):
        await world.step()
    world.desk = world.made()
    await world.step()
    await world.step()

    assert texts(world.phone) == ["low", "low"]


async def test_a_channel_that_hangs_holds_the_others_up_no_longer_than_its_time(
    world: World,
) -> None:
    world.phone.hangs = True
    await world.happen(WARNING)
    running = asyncio.create_task(world.desk.run())
    await eventually(lambda: world.mail.sent and world.desk.outcomes["phone", "failed"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert texts(world.mail) == ["low"]


async def test_a_channel_may_raise_anything_and_its_words_stay_out_of_the_log(
    world: World,
) -> None:
    world.phone.problem = RuntimeError("https://user:canary@example.com is broken")
    await world.happen(WARNING)
    for _ in range(120):
        await world.step()

    assert await world.raised() == ["notifications: phone does not work: RuntimeError"]
    assert texts(world.mail)[0] == "low"


async def test_a_broken_channel_is_told_on_the_other_and_raised_once(world: World) -> None:
    world.phone.problem = Unavailable("answered 503")
    await world.happen(WARNING)
    for _ in range(240):
        await world.step()

    (told,) = await world.raised()
    await world.happen(ErrorRaised(told, "see fin-agent notify test"))
    await world.step()
    assert told == "notifications: phone does not work: answered 503"
    assert texts(world.mail)[-1] == f"{told}; see fin-agent notify test"
    assert not world.halted


async def test_two_dead_channels_take_entries_off_within_two_minutes(world: World) -> None:
    world.phone.problem = Unavailable("down")
    world.mail.problem = Refused("answered 401")
    await world.happen(WARNING)
    while not world.halted and world.clock.now() < START + timedelta(minutes=10):
        await world.step()

    assert world.clock.now() - START <= timedelta(minutes=2)
    assert world.halted == ["nobody can be told anything: phone, mail do not work"]
    assert (await world.raised())[-1] == world.halted[0]
    (latch,) = await world.store.latches()
    assert latch.reason == world.halted[0]


async def test_one_channel_alone_or_a_screen_never_takes_entries_off(world: World) -> None:
    screen = FakeScreen(problem=Unavailable("down"))
    world.phone.problem = Refused("answered 401")
    world.desk.channels = [Channel("phone", world.phone), Channel("screen", screen)]
    await world.happen(WARNING)
    for _ in range(120):
        await world.step()

    assert len(await world.raised()) == 2
    assert not world.halted


async def test_a_channel_that_works_again_sends_what_waited(world: World) -> None:
    world.phone.problem = Unavailable("down")
    await world.happen(WARNING)
    for _ in range(100):
        await world.step()
    world.phone.problem = None
    await world.step(MINUTE)

    assert texts(world.phone) == ["low"]
    assert world.notes == ["notifications: phone works again"]


async def test_a_critical_notice_is_repeated_until_it_is_acknowledged(world: World) -> None:
    await world.happen(CRITICAL)
    for _ in range(12):
        await world.step(MINUTE)
    assert [m.title for m in world.phone.sent] == [
        "Act now",
        "Act now (said 2 times; fin-agent ack)",
        "Act now (said 3 times; fin-agent ack)",
    ]

    assert await world.desk.acknowledge("person") == 1
    for _ in range(12):
        await world.step(MINUTE)

    assert len(world.phone.sent) == 3
    assert await world.desk.box.unheard() == []


async def test_a_person_who_resumes_has_heard(world: World) -> None:
    await world.happen(CRITICAL, TradingResumed("looked"))

    assert await world.desk.box.unheard() == []
    await world.step()
    assert "high" in texts(world.phone)  # it was never sent, so it still is


async def test_an_acknowledgement_left_in_the_folder_is_recorded(world: World) -> None:
    await world.happen(CRITICAL)
    left = world.desk.acks.leave(START)
    await world.step()

    (row,) = await world.database.rows("SELECT type FROM event_log WHERE type LIKE 'Notices%'")
    assert row["type"] == "NoticesAcknowledged"
    assert not left.exists()


async def test_nobody_who_acknowledges_takes_entries_off_once(world: World) -> None:
    await world.happen(CRITICAL)
    for _ in range(40):
        await world.step(MINUTE)

    assert world.halted == ["nobody acknowledged: Act now"]
    assert await world.raised() == world.halted
    world.desk = world.made()
    for _ in range(40):
        await world.step(MINUTE)
    assert len(world.halted) == 1


async def test_entries_stay_on_when_that_is_the_setting(world: World) -> None:
    world.desk = world.made(DeskRules(RULES.pace, safe_after=None))
    await world.happen(CRITICAL)
    for _ in range(60):
        await world.step(MINUTE)

    assert not world.halted


async def test_a_channel_gets_only_what_is_severe_enough(world: World) -> None:
    world.desk.channels[0].least = Severity.CRITICAL
    await world.happen(WARNING, CRITICAL)
    await world.step()
    await world.step()

    assert texts(world.phone) == ["high"]
    assert texts(world.mail) == ["high", "low"]


async def test_what_is_off_is_not_even_kept(world: World) -> None:
    world.desk = world.made(levels={"error": Level.OFF})
    await world.happen(WARNING)

    assert await world.database.rows("SELECT * FROM notice") == []


async def test_an_error_storm_is_a_few_messages_and_no_notice_is_lost(world: World) -> None:
    world.desk = world.made(DeskRules(Pace()))
    for number in range(300):
        await world.happen(ErrorRaised(f"trouble {number}", ""))
    for _ in range(120):
        await world.step()

    assert len(world.phone.sent) <= 12
    assert await world.desk.box.count("phone", START - MINUTE) == 0


async def test_the_end_of_a_run_sends_what_waits_without_waiting_for_more(world: World) -> None:
    world.desk = world.made(DeskRules(Pace(group=timedelta(hours=1))))
    world.mail.hangs = True
    await world.happen(WARNING)

    await world.desk.flush(0.5)

    assert texts(world.phone) == ["low"]


async def test_a_database_that_cannot_be_read_is_said_once(world: World) -> None:
    await world.database.close()
    running = asyncio.create_task(world.desk.run())
    await eventually(lambda: world.notes)
    await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert len(world.notes) == 1
    assert world.notes[0].startswith("notifications wait: ")
