"""The newest events in memory: what they can tell, and when only the log can."""

from fin_agent.adapters.persistence.newest import Newest
from tests.adapters.persistence.stored_events import an_event


def test_events_are_told_behind_a_place() -> None:
    newest = Newest()
    newest.add(7, [an_event(0), an_event(1)])
    newest.add(9, [an_event(2)])

    assert newest.behind(7, 10) == [an_event(0), an_event(1), an_event(2)]
    assert newest.behind(8, 1) == [an_event(1)]
    assert newest.behind(10, 10) == []


def test_only_the_log_can_tell_what_is_older_or_was_not_seen() -> None:
    newest = Newest()
    assert newest.behind(0, 10) is None

    newest.add(7, [an_event(0)])
    newest.add(9, [an_event(2)])

    assert newest.behind(6, 10) is None
    assert newest.behind(7, 10) is None  # what is before a gap is the log's too
    assert newest.behind(8, 10) is None
    assert newest.behind(9, 10) == [an_event(2)]


def test_a_write_of_unknown_outcome_leaves_the_end_to_the_log() -> None:
    newest = Newest()
    newest.add(7, [an_event(0)])
    newest.add(None, [an_event(1)])

    assert newest.behind(8, 10) is None
    newest.add(9, [an_event(2)])
    assert newest.behind(8, 10) is None
    assert newest.behind(10, 10) == []


def test_events_that_are_told_late_are_left_to_the_log() -> None:
    newest = Newest()
    newest.add(7, [an_event(0)])
    newest.add(9, [an_event(2)])
    newest.add(8, [an_event(1)])

    assert newest.behind(8, 10) is None
    assert newest.behind(9, 10) == [an_event(2)]
    assert newest.behind(10, 10) == []


def test_memory_is_bounded() -> None:
    newest = Newest()
    newest.add(0, [an_event(number) for number in range(5_000)])
    newest.add(5_000, [an_event(9_999)])

    assert newest.behind(0, 10) is None
    assert newest.behind(904, 1) is None
    kept = newest.behind(905, 5_000)
    assert kept is not None
    assert len(kept) == 4_096
    assert kept[-1] == an_event(9_999)
