"""Each pass once, late ones by rule, none dated back, whatever the clock does."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from fin_agent.adapters.scheduling.agenda import Agenda, FiredPasses, Job, Missed, Pass
from fin_agent.adapters.scheduling.cron import Cron
from fin_agent.adapters.scheduling.session_times import CronTimes, FireTimes
from fin_agent.domain.errors import CorruptData, Unavailable
from fin_agent.domain.session import NEW_YORK
from fin_agent.testing.fakes import FakeCalendar

CALENDAR = FakeCalendar.weekdays(date(2025, 11, 3), date(2025, 11, 28))


def scan(name: str, expression: str) -> Job:
    times = CronTimes(Cron(expression, NEW_YORK), CALENDAR)
    return Job(name, times, late=timedelta(minutes=10))


PRIMARY, REFRESH = scan("primary", "0 8 * * 1-5"), scan("refresh", "25 9 * * 1-5")
OFTEN = scan("often", "* 8 * * 1-5")


def ny(text: str, day: int = 21) -> datetime:
    return (
        datetime.fromisoformat(f"2025-11-{day:02}T{text}").replace(tzinfo=NEW_YORK).astimezone(UTC)
    )


def everything(agenda: Agenda, now: datetime) -> Iterator[Pass | Missed]:
    while (found := agenda.take(now)) is not None:
        yield found


def said(agenda: Agenda, text: str, day: int = 21) -> list[str]:
    """What an agenda says at a time: the pass, or why it is missed."""
    return [
        f"{found.job} {found.due.astimezone(NEW_YORK):%d %H:%M}"
        + (f": {found.reason}" if isinstance(found, Missed) else "")
        for found in everything(agenda, ny(text, day))
    ]


def test_a_pass_is_given_once_at_its_time() -> None:
    agenda = Agenda([PRIMARY, REFRESH], ny("07:55"))

    assert said(agenda, "07:59:59.9") == []
    assert agenda.next_at() == ny("08:00")
    assert agenda.take(ny("08:00:00.2")) == Pass("primary", ny("08:00"), ny("08:00:00.2"))
    assert said(agenda, "08:00:00.2") == []
    assert said(agenda, "08:00:01") == []
    assert agenda.next_at() == ny("09:25")
    assert said(agenda, "09:25") == ["refresh 21 09:25"]
    assert agenda.next_at() == ny("08:00", 24)


def test_a_late_start_takes_the_next_pass() -> None:
    agenda = Agenda([PRIMARY, REFRESH], ny("08:05"))

    assert said(agenda, "08:05") == []
    assert said(agenda, "09:25") == ["refresh 21 09:25"]


def test_a_start_within_a_minute_is_on_time_and_dated_now() -> None:
    now = ny("08:00:40")

    assert Agenda([PRIMARY], now).take(now) == Pass("primary", ny("08:00"), now)


def test_a_pass_that_falls_due_during_the_preparations_is_run() -> None:
    agenda = Agenda([PRIMARY], started=ny("07:59"))

    assert agenda.take(ny("08:04")) == Pass("primary", ny("08:00"), ny("08:04"))


def test_a_restart_does_not_run_it_again() -> None:
    first = Agenda([PRIMARY], ny("07:59"))
    assert said(first, "08:00") == ["primary 21 08:00"]
    stored = json.loads(json.dumps(first.fired.document()))

    second = Agenda([PRIMARY], ny("08:00:02"), FiredPasses.of_document(stored))

    assert said(second, "08:00:02") == []
    assert said(second, "08:00:03", 24) == ["primary 24 08:00"]


def test_a_restart_in_the_moment_of_a_pass_loses_nothing() -> None:
    killed = Agenda([PRIMARY], ny("07:00"))
    assert said(killed, "07:59:59") == []

    assert said(Agenda([PRIMARY], ny("08:00:03"), killed.fired), "08:00:03") == ["primary 21 08:00"]


@pytest.mark.parametrize(
    ("woken", "expected"),
    [
        ("08:10:00", ["primary 21 08:00"]),
        ("08:10:01", ["primary 21 08:00: 10 minutes 1 second late"]),
        ("09:26:00", ["primary 21 08:00: 1 hour 26 minutes late", "refresh 21 09:25"]),
    ],
)
def test_what_was_slept_through_is_run_late_or_missed(woken: str, expected: list[str]) -> None:
    agenda = Agenda([PRIMARY, REFRESH], ny("07:50"))
    assert said(agenda, "07:50") == []

    assert said(agenda, woken) == expected
    assert said(agenda, woken) == []


def test_a_clock_set_back_repeats_nothing() -> None:
    agenda = Agenda([PRIMARY], ny("07:55"))
    assert said(agenda, "08:00:05") == ["primary 21 08:00"]

    assert [said(agenda, text) for text in ("07:58", "07:59:59", "08:00", "08:03")] == [[]] * 4


def test_a_clock_that_was_wrong_for_a_moment_loses_nothing() -> None:
    agenda = Agenda([PRIMARY], ny("07:50"))
    assert said(agenda, "07:50") == []

    assert said(agenda, "08:00", 26) == [
        "primary 21 08:00: 5 days late",
        "primary 24 08:00: 2 days late",
        "primary 25 08:00: 1 day late",
        "primary 26 08:00",
    ]
    assert said(agenda, "08:02") == ["primary 21 08:00"]
    assert said(agenda, "08:00", 24) == ["primary 24 08:00"]
    assert said(agenda, "08:00", 26) == ["primary 25 08:00: 1 day late"]


def test_a_late_start_that_is_set_back_is_none() -> None:
    agenda = Agenda([PRIMARY], ny("08:30"))
    assert said(agenda, "08:30") == []
    assert said(agenda, "07:59") == []

    assert said(agenda, "08:00") == ["primary 21 08:00"]


def test_only_the_newest_of_several_late_ones_is_run() -> None:
    agenda = Agenda([OFTEN], ny("07:59"))
    assert said(agenda, "07:59") == []

    assert said(agenda, "08:02") == [
        "often 21 08:00: overtaken by its next time",
        "often 21 08:01: overtaken by its next time",
        "often 21 08:02",
    ]
    assert said(agenda, "08:01:30") == []
    assert said(agenda, "08:03") == ["often 21 08:03"]


def test_a_pass_found_early_and_taken_late_is_judged_when_it_is_taken() -> None:
    agenda = Agenda([PRIMARY, scan("other", "0 8 * * *")], ny("07:59"))

    assert agenda.take(ny("08:00")) == Pass("other", ny("08:00"), ny("08:00"))
    assert agenda.take(ny("08:20")) == Missed(
        "primary", ny("08:00"), ny("08:20"), "20 minutes late"
    )


def test_a_pass_found_and_then_set_back_waits_for_its_time() -> None:
    agenda = Agenda([PRIMARY, scan("other", "0 8 * * *")], ny("07:59"))
    assert agenda.take(ny("08:00")) is not None

    assert said(agenda, "07:59:30") == []
    assert said(agenda, "08:00") == ["primary 21 08:00"]


def test_a_pass_found_twice_is_given_once() -> None:
    agenda = Agenda([PRIMARY, scan("other", "0 8 * * *")], ny("07:59"))
    assert agenda.take(ny("08:00:30")) is not None

    assert said(agenda, "08:00:10") == ["primary 21 08:00"]


def test_each_job_has_its_own_patience() -> None:
    patient = Job("other", scan("other", "45 15 * * *").times, late=timedelta(minutes=15))
    agenda = Agenda([PRIMARY, patient], ny("12:00"))
    assert said(agenda, "12:00") == []

    assert said(agenda, "15:59") == ["other 21 15:45"]


def test_years_of_passes_are_one_span() -> None:
    agenda = Agenda([PRIMARY], ny("07:00", 10))
    for day in (10, 11, 12, 13, 14, 17, 18):
        assert said(agenda, "08:00", day) == [f"primary {day} 08:00"]
    assert agenda.fired.document() == {
        "primary": [["2025-11-10T13:00:00+00:00", "2025-11-18T13:00:00+00:00"]]
    }

    missed = said(agenda, "08:00", 20)

    assert missed == ["primary 19 08:00: 1 day late", "primary 20 08:00"]
    assert len(agenda.fired.spans["primary"]) == 2
    assert not agenda.fired.knows("primary", ny("08:00", 19))
    assert said(agenda, "08:00", 19) == ["primary 19 08:00"]
    assert len(agenda.fired.spans["primary"]) == 1


def test_the_memory_is_bounded() -> None:
    fired = FiredPasses()
    for minute in range(0, 5000, 2):
        fired = fired.also("x", ny("00:00", 3) + timedelta(minutes=minute), lambda _: None)

    assert len(fired.spans["x"]) == 2000
    assert fired.knows("x", ny("00:00", 3) + timedelta(minutes=4998))
    assert not fired.knows("x", ny("00:00", 3))
    assert not fired.knows("y", ny("00:00", 3))


@pytest.mark.parametrize(
    "document",
    [{"primary": [["soon", "later"]]}, {"primary": [["2025-11-10"]]}, {"primary": 5}, [1], None],
)
def test_a_memory_that_is_none_is_refused(document: object) -> None:
    with pytest.raises(CorruptData, match="the memory of passes cannot be read"):
        FiredPasses.of_document(document)  # type: ignore[arg-type] # what a damaged store may hold


class EndOfCalendar(FireTimes):
    """Knows its times until an instant."""

    def __init__(self, until: datetime) -> None:
        self.until = until

    def next_after(self, instant: datetime) -> datetime | None:
        if instant >= self.until:
            raise Unavailable("the calendar ends")
        return PRIMARY.times.next_after(instant)


def test_where_no_next_time_is_known_the_reason_is() -> None:
    agenda = Agenda(
        [Job("primary", EndOfCalendar(ny("09:00")), timedelta(minutes=10))], ny("07:59")
    )
    assert said(agenda, "08:00") == ["primary 21 08:00"]
    assert agenda.blocked == ""

    assert said(agenda, "08:00", 24) == ["primary 24 08:00"]
    assert agenda.blocked == "the calendar ends"
    assert agenda.next_at() is None
    assert said(agenda, "08:00", 25) == []
    assert said(agenda, "07:00") == []
    assert agenda.blocked == ""
