"""What a person is told."""

from datetime import UTC, datetime

from fin_agent.domain.notice import Message, Notice, NoticesAcknowledged, Severity


def test_what_is_told_makes_a_sound_unless_it_is_asked_not_to() -> None:
    at = datetime(2026, 3, 3, tzinfo=UTC)

    assert not Message("title", "text", Severity.INFO).silent
    assert not Notice("n-1", "scan", Severity.INFO, "title", "text", at).silent


def test_severities_rank_by_how_much_there_is_to_do() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2]
    assert Severity.CRITICAL.rank == 2


def test_that_a_person_has_heard_is_a_fact_and_no_decision() -> None:
    heard = NoticesAcknowledged("person")

    assert (heard.payload(), heard.is_decision) == ({"by": "person"}, False)
