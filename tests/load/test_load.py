"""The load programme itself, on a small budget: `make load` runs it in full."""

from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest

from tests.load.figures import spread_of
from tests.load.outcome import Load
from tests.load.page import BEGIN, END, report, write
from tests.load.programme import under_load
from tests.load.week import Week

MINUTES, RATE, KILL_EVERY_S = 0.2, 2_000.0, 8.0


async def test_a_killed_day_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    load = Load(MINUTES, RATE, KILL_EVERY_S, most_kills=1)

    await under_load(tmp_path, load, calm_speed=1200.0)

    assert not load.wrong, (load.wrong, load.said[-20:])
    assert load.kills == 1
    assert load.orders > 0
    assert load.executions > load.orders
    assert load.bars > 500
    assert load.prints.count > 1_000
    assert load.streamed.count > 50


def test_figures_are_written_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nafter\n", encoding="utf-8")

    write(page, report(Load(10, 10_000, 30, lives=[30.0]), None, ["--minutes", "10"]))

    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# Before\n\n{BEGIN}\n\nWritten by `python -m tests.load.programme")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "\nold\n" not in text
    assert "| print sent to folded, 99 of 100 | at most 50 ms | none | no |" in text
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="the marks"):
        write(page, [])


def test_a_quantile_is_never_told_too_small() -> None:
    counts = [0] * 20
    counts[0], counts[9], counts[-1] = 980, 15, 5

    spread = spread_of(counts)

    assert (spread.at_most(0.5), spread.at_most(0.99), spread.at_most(1.0)) == (0.00025, 0.05, inf)
    assert spread.is_quick
    assert not spread_of([0] * 20).is_quick


def test_growth_is_laid_through_the_settled_part() -> None:
    week = Week(900.0)
    monday = datetime(2025, 11, 17, 13, tzinfo=UTC)
    for hour in range(104):
        at = monday + timedelta(hours=hour)
        is_first = at.date() == monday.date()
        week.points.append((at, hour * 4.0, 100.0 if is_first else 200.0 + 0.25 * hour))

    assert week.a_session_hour == pytest.approx(0.25)
    assert week.a_wall_hour == pytest.approx(225.0)
    assert week.is_reached
