"""Text from outside is only text, and a restarting agent leaves old data with its age."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Desk
from tests.browser.looking import PATIENCE_MS, TITLES, go, opened, picture, said, settled

pytestmark = pytest.mark.browser

_NAMELESS = """
[...document.querySelectorAll(
  '[data-testid=stMain] :is(button, input, textarea, select, [role=slider], [role=combobox])')]
  .filter(e => e.offsetParent && e.tabIndex >= 0)
  .filter(e => !(e.getAttribute('aria-label') || e.labels?.length
    || e.getAttribute('aria-labelledby') || e.innerText?.trim() || e.title
    || e.closest('[data-testid=stDataFrame]')))
  .map(e => e.outerHTML.slice(0, 200))
"""
SHOWING = ("Today", "Why not", "Pre-mortem", "Journal", "System")


def test_hostile_text_is_shown_and_does_nothing(
    fake_desk: Desk, chromium: Browser, pictures: Path
) -> None:
    with opened(chromium, fake_desk.url) as (page, complaints):
        for title in SHOWING:
            go(page, title)
            said(page, '<img src=x onerror="document.title=1">')
            settled(page)
            picture(page, pictures, f"hostile-{TITLES[title]}")
            assert page.title() == "fin_agent"
            main = page.get_by_test_id("stMain")
            expect(main.locator("a[href*='javascript'], a[href*='evil']")).to_have_count(0)
            expect(main.locator("img, iframe, script")).to_have_count(0)

        assert complaints.found == []


def test_the_pages_go_on_while_the_agent_starts_again(
    fake_desk: Desk, chromium: Browser, pictures: Path
) -> None:
    assert fake_desk.wire is not None
    with opened(chromium, fake_desk.url) as (page, _):
        go(page, "Live")
        said(page, "AXLO")
        fake_desk.wire.is_there = False
        try:
            said(page, "The agent does not answer:")
            expect(page.get_by_role("region", name="Open positions")).to_contain_text("AXLO")
            picture(page, pictures, "restarting-live")
        finally:
            fake_desk.wire.is_there = True
        expect(page.get_by_text("The agent does not answer:")).to_have_count(0, timeout=PATIENCE_MS)


def test_every_control_has_a_name(fake_desk: Desk, chromium: Browser) -> None:
    with opened(chromium, fake_desk.url) as (page, _):
        for title in TITLES:
            go(page, title)
            settled(page)

            assert page.evaluate(_NAMELESS) == [], title
