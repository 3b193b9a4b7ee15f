"""When what goes out: critical at once, the rest grouped and paced, nothing dropped."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.application.send_notices import (
    ChannelState,
    Pace,
    Sending,
    Waiting,
    next_sending,
)
from fin_agent.domain.notice import Message, Notice, Severity

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
PACE = Pace(group=timedelta(seconds=5), per_minute=2, lines=3)
SECOND = timedelta(seconds=1)


def a_notice(
    number: int = 1, age_s: float = 10, severity: Severity = Severity.INFO, **more: str
) -> Waiting:
    text = more.get("text", f"text {number}")
    made = NOW - timedelta(seconds=age_s)
    silent = more.get("sound", "on") == "off"
    notice = Notice(f"n{number}", "error", severity, f"title {number}", text, made, silent)
    return Waiting(notice, times=int(more.get("times", "0")))


def a_sending() -> Sending:
    return Sending(Message("t", "x", Severity.INFO), ["n1"])


def test_one_notice_keeps_its_own_title() -> None:
    sending = next_sending([a_notice()], [], PACE, NOW)

    assert sending == Sending(Message("title 1", "text 1", Severity.INFO), ["n1"])


def test_young_notices_wait_for_others() -> None:
    assert next_sending([a_notice(age_s=4)], [], PACE, NOW) is None
    together = next_sending([a_notice(1, 6), a_notice(2, 1)], [], PACE, NOW)

    assert together is not None
    assert together.notices == ["n1", "n2"]
    assert together.message.title == "2 messages"
    assert together.message.text == "title 1: text 1\ntitle 2: text 2"


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert next_sending([a_notice(age_s=-3600)], [], PACE, NOW) is not None


def test_a_critical_notice_waits_for_nobody() -> None:
    critical = a_notice(1, 0, Severity.CRITICAL)
    full = [NOW - SECOND] * 10

    sending = next_sending([a_notice(2), critical], full, PACE, NOW)

    assert sending is not None
    assert sending.notices == ["n1"]
    assert sending.message.severity is Severity.CRITICAL


def test_a_repeated_one_says_how_often() -> None:
    again = a_notice(1, 0, Severity.CRITICAL, times="2")

    sending = next_sending([again], [], PACE, NOW)

    assert sending is not None
    assert sending.message.title == "title 1 (said 3 times; fin-agent ack)"


def test_more_than_the_pace_allows_waits_and_is_grouped() -> None:
    sent = [NOW - 30 * SECOND, NOW - 59 * SECOND]

    assert next_sending([a_notice()], sent, PACE, NOW) is None
    assert next_sending([a_notice()], sent, PACE, NOW + 2 * SECOND) is not None


def test_the_same_words_are_said_once_with_their_count() -> None:
    same = [a_notice(n, text="the disk is full") for n in (1, 1, 1)]

    sending = next_sending(same, [], PACE, NOW)

    assert sending is not None
    assert sending.message.text == "title 1: the disk is full [3 times]"


def test_only_what_is_all_silent_is_silent() -> None:
    quiet, loud = a_notice(1, sound="off"), a_notice(2)

    one, both = next_sending([quiet], [], PACE, NOW), next_sending([quiet, loud], [], PACE, NOW)

    assert one is not None
    assert both is not None
    assert (one.message.silent, both.message.silent) == (True, False)


@given(
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(Severity)), min_size=1, max_size=60),
    st.integers(1, 6),
)
def test_everything_is_sent_once_however_slow_the_pace(
    ages: list[tuple[int, Severity]], per_minute: int
) -> None:
    pace = Pace(group=timedelta(seconds=5), per_minute=per_minute)
    waiting = [a_notice(n, age, severity) for n, (age, severity) in enumerate(ages)]
    sent: list[str] = []
    times: list[datetime] = []
    now = NOW
    while waiting:
        sending = next_sending(waiting, times, pace, now)
        if sending is not None:
            sent += sending.notices
            waiting = [w for w in waiting if w.notice.notice_id not in sending.notices]
            if sending.message.severity is not Severity.CRITICAL:
                times.append(now)
        assert sum(now - timedelta(minutes=1) < at for at in times) <= per_minute
        now += SECOND

    assert sorted(sent) == sorted(f"n{n}" for n in range(len(ages)))
    assert now - NOW < timedelta(minutes=3)


def test_a_failing_channel_is_tried_ever_more_slowly() -> None:
    state, now = ChannelState(), NOW
    waits = []
    for _ in range(8):
        state.failed(now, "no answer", PACE, for_good=False)
        assert state.retry_at is not None
        assert not state.may_try(now, PACE)
        waits.append((state.retry_at - now).total_seconds())
        now = state.retry_at
        assert state.may_try(now, PACE)

    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_channel_is_dead_within_two_minutes_and_said_so_once() -> None:
    state, now, deaths = ChannelState(), NOW, list[datetime]()
    while now < NOW + timedelta(minutes=10):
        if state.may_try(now, PACE) and state.failed(now, "down", PACE, for_good=False):
            deaths.append(now)
        now += SECOND

    assert len(deaths) == 1
    assert deaths[0] - NOW <= timedelta(minutes=2)
    assert state.worked(now, a_sending())
    assert not state.worked(now, a_sending())


def test_a_channel_that_refuses_is_dead_at_once() -> None:
    state = ChannelState()

    assert state.failed(NOW, "401", PACE, for_good=True)
    assert not state.failed(NOW, "401", PACE, for_good=True)


def test_a_clock_that_was_set_back_does_not_silence_a_channel() -> None:
    state = ChannelState()
    state.failed(NOW, "down", PACE, for_good=False)

    assert state.may_try(NOW - timedelta(hours=1), PACE)
