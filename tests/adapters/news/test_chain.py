"""Many feeds, each story once, and whoever does not answer is named."""

from datetime import timedelta

from fin_agent.adapters.news.chain import Chain
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.provider import ProviderFellBack
from fin_agent.testing.builders import SCAN, a_session
from fin_agent.testing.fakes import FakeNews


def told(text: str, hours: float, source: str = "wire", symbol: str = "A") -> Headline:
    at = SCAN - timedelta(hours=hours)
    return Headline(symbol, text, source, at, at)


FIRST = FakeNews({"A": [told("Acme wins", 1, "first")]}, {"A": False, "B": True})
SECOND = FakeNews({"A": [told("ACME wins.", 2, "second"), told("Acme sued", 3)]}, {"A": True})
SILENT = FakeNews(silent=True)


async def test_every_feed_counts_and_every_story_once() -> None:
    chain = Chain([("first", FIRST), ("second", SECOND)], [], list[DomainEvent]().append)

    found = await chain.headlines(["A", "B"], SCAN)

    kept = (told("ACME wins.", 2, "second"), told("Acme sued", 3))
    assert found["A"] == Known(kept, "fake+fake", SCAN)
    assert found["B"] == Known((), "fake+fake", SCAN)


async def test_a_feed_that_is_silent_is_named() -> None:
    chain = Chain([("first", SILENT), ("second", SECOND)], [], list[DomainEvent]().append)

    found = (await chain.headlines(["A"], SCAN))["A"]

    assert isinstance(found, Known)
    assert found.degraded == "no news feed"


async def test_spares_are_asked_only_when_nobody_answers() -> None:
    events: list[DomainEvent] = []
    full = Chain([("first", FIRST)], [("spare", SECOND)], events.append)
    empty = Chain([("first", SILENT)], [("spare", SECOND)], events.append)

    assert len((await full.headlines(["A"], SCAN))["A"].value) == 1  # type: ignore[union-attr]  # known above
    assert events == []
    found = (await empty.headlines(["A"], SCAN))["A"]
    assert isinstance(found, Known)
    assert len(found.value) == 2
    assert events == [ProviderFellBack("headlines", "first", "spare", 1, "no news feed")]


async def test_nobody_answers() -> None:
    silent = Chain([("a", SILENT)], [("b", SILENT)], list[DomainEvent]().append)

    assert await silent.headlines(["A"], SCAN) == {"A": Missing("no news feed; no news feed")}
    assert await Chain([], [], list[DomainEvent]().append).headlines(["A"], SCAN) == {
        "A": Missing("no news feed is configured")
    }


async def test_one_yes_is_earnings() -> None:
    chain = Chain([("first", FIRST), ("second", SECOND)], [], list[DomainEvent]().append)

    found = await chain.earnings(["A", "B", "C"], a_session())

    assert [e.value for e in (found["A"], found["B"]) if isinstance(e, Known)] == [True, True]
    assert found["C"] == Missing("no earnings calendar; no earnings calendar")
