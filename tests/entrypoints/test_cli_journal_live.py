"""``journal`` of the agent itself: its trades come first, and a person may write about them."""

from tests.acceptance.command_line import document, fin_agent, refusal
from tests.acceptance.demo_days import FIRST, DemoDays
from tests.entrypoints.test_schemas import check


def test_the_agents_own_journal_comes_before_any_run(after_day: DemoDays) -> None:
    document("replay", FIRST, *after_day.place)

    live = document("journal", "list", *after_day.place)
    run = document("journal", "list", "--run", f"replay-{FIRST}", *after_day.place)

    assert (live["run"], run["run"]) == ("live", f"replay-{FIRST}")
    assert [trade["symbol"] for trade in live["trades"]] == ["SOLVI", "TYRUS"]
    assert document("journal", "list", "--run", "live", *after_day.place) == live
    shown = document("journal", "show", "SOLVI", *after_day.place)
    check("journal", shown)
    assert [row["type"] for row in shown["decisions"]][-1] == "TradeRecorded"
    assert shown["notes"] == []


def test_without_an_agent_there_is_no_journal_of_its_own(demo_days: DemoDays) -> None:
    (problem,) = refusal(65, "journal", "list", "--run", "live", *demo_days.place)

    assert problem.startswith("nothing has been traded in")


def test_notes_are_kept_in_the_log_and_shown(after_day: DemoDays) -> None:
    words = ("journal", "note", "SOLVI", "[bold]held[/bold] through a halt")
    first = document(*words, "--tag", "gap", "--grade", "c", *after_day.place)
    check("journal-note", first)
    assert fin_agent("journal", "note", "SOLVI", "again", *after_day.place).out.startswith("noted")

    notes = document("journal", "show", "SOLVI", *after_day.place)["notes"]

    assert [(n["text"], n["tag"], n["grade"]) for n in notes] == [
        ("[bold]held[/bold] through a halt", "gap", "C"),
        ("again", None, None),
    ]
    assert "C gap [bold]held" in fin_agent("journal", "show", "SOLVI", *after_day.place).out
    assert document("db", "verify", *after_day.place)["ok"]
    event = document("events", "tail", "--lines", 1, *after_day.place)["events"][0]
    assert (event["type"], event["is_decision"]) == ("TradeNoted", False)


def test_a_note_that_cannot_be(after_day: DemoDays) -> None:
    place = after_day.place
    before = document("status", *place)["last_event"]

    assert refusal(2, "journal", "note", "NONE", "x", *place)[0].startswith("no trade 'NONE'")
    assert refusal(2, "journal", "note", "SOLVI", " ", *place) == ["a note says something"]
    assert refusal(2, "journal", "note", "SOLVI", "x", "--grade", "G", *place) == [
        "a grade is one of A, B, C, D, E, F, was 'G'"
    ]
    (problem,) = refusal(2, "journal", "note", "SOLVI", "x" * 2_001, *place)
    assert problem == "a note has at most 2,000 characters, this one 2,001"
    assert document("status", *place)["last_event"] == before
