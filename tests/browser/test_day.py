"""A trader's day in a browser: every page before an agent that trades the demo day."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.folders import copied
from tests.browser.conftest import Desk, trading
from tests.browser.looking import (
    DESK,
    PATIENCE_MS,
    PHONE,
    TITLES,
    go,
    opened,
    overflow,
    picture,
    said,
    settled,
    unlock,
)

pytestmark = pytest.mark.browser

_SPEED = 60  # from 09:43 to 15:45 something is held
_ENDS = {
    "Today": "Closer",
    "Why not": "Nearest misses",
    "Live": "Candles",
    "Pre-mortem": "Missing data",
    "Journal": "One trade",
    "Performance": "Where results come from",
    "Backtest": "Runs",
}


@pytest.fixture(scope="module")
def desk(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = copied(laid_out, tmp_path_factory.mktemp("desk") / "home")
    with trading(home, _SPEED) as found:
        yield found


def test_the_day_is_traded_from_the_browser(desk: Desk, chromium: Browser, pictures: Path) -> None:
    with opened(chromium, desk.url, size=DESK) as (page, complaints):
        said(page, "ACTIVE: entries are allowed")
        _inspect(page, pictures)
        unlock(page, desk.control_token)
        _scan(page)
        _halt_and_resume(page, pictures)
        _flat(page, pictures)
        _journal(page, desk, pictures)
        for title in ("Pre-mortem", "Performance", "Backtest", "System"):
            _go_and_see_all(page, title)
            picture(page, pictures, f"day-{TITLES[title]}-desk-light")

        assert complaints.found == []
    for size, is_dark in ((PHONE, True), (PHONE, False), (DESK, True)):
        _look_at_all(desk, chromium, pictures, size, is_dark=is_dark)


def _look_at_all(
    desk: Desk, chromium: Browser, pictures: Path, size: tuple[int, int], *, is_dark: bool
) -> None:
    """Every page in one width and theme; the day itself is seen wide and light."""
    look = f"{'phone' if size == PHONE else 'desk'}-{'dark' if is_dark else 'light'}"
    with opened(chromium, f"{desk.url}/today", size=size, dark=is_dark) as (page, complaints):
        expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)  # an address that Streamlit knows
        for title, path in TITLES.items():
            _go_and_see_all(page, title)
            picture(page, pictures, f"day-{path}-{look}")
            assert overflow(page) == 0, title

        assert complaints.found == []


def _go_and_see_all(page: Page, title: str) -> None:
    """Down to the end of the page: a picture of a heading alone shows nothing."""
    go(page, title)
    found = {
        "System": page.get_by_role("region", name="Checks"),
        **{of: page.get_by_role("heading", name=end, exact=True) for of, end in _ENDS.items()},
    }
    expect(found[title]).to_be_visible(timeout=PATIENCE_MS)
    settled(page)


def _inspect(page: Page, pictures: Path) -> None:
    """The picks of the scan, and why another symbol was none."""
    table = page.get_by_role("region", name="Picks of the scan")
    expect(table).to_contain_text("AXLO", timeout=PATIENCE_MS)
    settled(page)
    picture(page, pictures, "day-today-desk-light")
    go(page, "Why not")
    page.get_by_label("Symbol", exact=True).fill("holmq")
    page.get_by_label("Symbol", exact=True).press("Enter")
    said(page, "would have been admitted with rvol")
    picture(page, pictures, "day-why-not-desk-light")


def _scan(page: Page) -> None:
    go(page, "Live")
    page.get_by_role("button", name="Scan now").click()
    said(page, "It sent nothing.")


def _halt_and_resume(page: Page, pictures: Path) -> None:
    positions = page.get_by_role("region", name="Open positions")
    expect(positions).to_be_visible(timeout=PATIENCE_MS)
    settled(page)
    picture(page, pictures, "day-live-desk-light")
    page.get_by_role("button", name="Halt").dblclick()  # a double click is one halt
    said(page, "HALTED: entries are off")
    page.get_by_role("button", name="Resume").click()
    page.get_by_label("type RESUME to confirm").fill("RESUME")
    page.get_by_role("button", name="Resume trading").click()
    said(page, "ACTIVE: entries are allowed")


def _flat(page: Page, pictures: Path) -> None:
    page.get_by_role("button", name="Flat").click()
    word = page.get_by_label("type FLAT to confirm")
    word.fill("flat please")
    page.get_by_role("button", name="Close everything").click()
    said(page, "Nothing was done")
    word.fill("FLAT")
    page.get_by_role("button", name="Close everything").click()
    said(page, "Nothing is held.")
    picture(page, pictures, "day-flat-desk-light")


def _journal(page: Page, desk: Desk, pictures: Path) -> None:
    """The trade is there, and paper needs no fill by hand; the export is whole."""
    go(page, "Journal")
    said(page, "Plan against actual")
    settled(page)
    picture(page, pictures, "day-journal-desk-light")
    said(page, "The broker paper tells its fills itself.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert "BREVA" in download.value.path().read_text(encoding="utf-8")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export PARQUET").click()
    assert download.value.path().read_bytes().startswith(b"PAR1")
    halted = [line for line in _log(desk) if line["type"] == "TradingHalted"]
    assert len(halted) >= 1


def _log(desk: Desk) -> list[dict[str, str]]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(desk.folder / "state.db")) as connection:
        rows = connection.execute("SELECT type, payload FROM event_log ORDER BY seq").fetchall()
    return [{"type": kind, **json.loads(payload)} for kind, payload in rows]
