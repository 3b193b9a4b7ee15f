"""Recorded headlines come back as they were received; a day without a file has no feed."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fin_agent.adapters.news.recorded import Recorded
from fin_agent.adapters.news.silent import Silent
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.evidence import Known, Missing
from fin_agent.testing.builders import DAY, SCAN, YESTERDAY, a_headline, a_session


def line(text: str = "Acme wins a contract", hours: float = 2, **changes: Any) -> dict[str, Any]:
    at = (SCAN - timedelta(hours=hours)).isoformat()
    told = {"symbol": "ACME", "text": text, "source": "wire"}
    return {**told, "published_at": at, "received_at": at, **changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "news"


def write(folder: Path, *lines: dict[str, Any] | str, day: object = DAY) -> None:
    folder.mkdir(exist_ok=True)
    texts = [text if isinstance(text, str) else json.dumps(text) for text in lines]
    (folder / f"{day}.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")


async def test_a_headline_is_what_was_received(folder: Path) -> None:
    write(folder, line('\u00dcber-Acme \u2014 "great"'))

    found = await Recorded(folder).headlines(["ACME", "OTHER"], SCAN)

    text = '\u00dcber-Acme \u2014 "great"'
    assert found["ACME"] == Known((a_headline(text),), "recorded", SCAN)
    assert found["OTHER"] == Known((), "recorded", SCAN)  # zero headlines is an answer


async def test_a_day_without_a_file_has_no_feed(folder: Path) -> None:
    write(folder, line(), day=YESTERDAY)

    found = await Recorded(folder).headlines(["ACME"], SCAN)

    assert found == {"ACME": Missing(f"no headlines recorded for {DAY}")}


async def test_the_day_before_belongs_to_the_24_hours(folder: Path) -> None:
    write(folder, line("today"))
    write(folder, line("yesterday", 20), day=YESTERDAY)

    found = (await Recorded(folder).headlines(["ACME"], SCAN))["ACME"]

    assert isinstance(found, Known)
    assert [headline.text for headline in found.value] == ["today", "yesterday"]


async def test_late_headlines_are_left_to_the_scan_to_drop(folder: Path) -> None:
    """The source tells what it has; which of it counts is the domain's rule."""
    write(folder, line(received_at=(SCAN + timedelta(minutes=1)).isoformat()))

    found = (await Recorded(folder).headlines(["ACME"], SCAN))["ACME"]

    assert isinstance(found, Known)
    assert found.value[0].received_at > SCAN


async def test_earnings_are_known_or_missing_never_no(folder: Path) -> None:
    write(
        folder, {"symbol": "ACME", "earnings": True}, line(), {"symbol": "BETA", "earnings": False}
    )

    found = await Recorded(folder).earnings(["ACME", "BETA", "CODA"], a_session())

    opened = a_session().open
    assert found == {
        "ACME": Known(True, "recorded", opened),
        "BETA": Known(False, "recorded", opened),
        "CODA": Missing("no earnings calendar"),
    }


@pytest.mark.parametrize("bad", ["no json", "[1]", '"text"', "{}", "3", "", '{"text": "x"}'])
async def test_a_line_that_is_no_headline_is_named(folder: Path, bad: str) -> None:
    write(folder, line(), bad)

    with pytest.raises(CorruptData, match=rf"{DAY}.jsonl: line 2 is no headline"):
        await Recorded(folder).headlines(["ACME"], SCAN)


@pytest.mark.parametrize("key", ["symbol", "text", "source", "published_at", "received_at"])
async def test_a_headline_that_lacks_something_is_named(folder: Path, key: str) -> None:
    broken = line()
    del broken[key]
    write(folder, line(), broken)
    lacking = "earnings" if key == "text" else key

    with pytest.raises(CorruptData, match=rf"line 2 is no headline \(KeyError: '{lacking}'\)"):
        await Recorded(folder).headlines(["ACME"], SCAN)


@pytest.mark.parametrize("at", ["this morning", "2025-03-12T07:00:00", 7, None])
async def test_a_time_that_is_none_is_named(folder: Path, at: object) -> None:
    write(folder, line(received_at=at))

    with pytest.raises(CorruptData, match=rf"{DAY}.jsonl: line 1 is no headline"):
        await Recorded(folder).headlines(["ACME"], SCAN)


async def test_earnings_are_yes_or_no(folder: Path) -> None:
    write(folder, {"symbol": "ACME", "earnings": "no"})

    with pytest.raises(CorruptData, match="earnings must be true or false, was 'no'"):
        await Recorded(folder).earnings(["ACME"], a_session())


async def test_a_headline_may_hold_any_character(folder: Path) -> None:
    text = "Acme\u2028wins \x85 \x1f"
    write(folder, json.dumps(line(text), ensure_ascii=False))

    found = (await Recorded(folder).headlines(["ACME"], SCAN))["ACME"]

    assert isinstance(found, Known)
    assert found.value[0].text == text


@pytest.fixture
def strange_file(folder: Path) -> Path:
    folder.mkdir()
    (folder / f"{DAY}.jsonl").write_bytes(b"\xff\xfe")
    return folder


async def test_a_file_in_another_encoding_is_named(strange_file: Path) -> None:
    with pytest.raises(CorruptData, match=rf"{DAY}.jsonl: cannot be read \('utf-8' codec"):
        await Recorded(strange_file).headlines(["ACME"], SCAN)


async def test_the_silent_source_has_no_answer() -> None:
    assert await Silent().headlines(["ACME"], SCAN) == {"ACME": Missing("no news feed")}
    assert await Silent().earnings(["ACME"], a_session()) == {
        "ACME": Missing("no earnings calendar")
    }
