"""A day at a broker without an API: the agent says what to do, the trader what was filled."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.folders import copied
from tests.browser.conftest import trading
from tests.browser.looking import DESK, PATIENCE_MS, go, opened, picture, said, unlock

pytestmark = pytest.mark.browser

_SPEED = 60  # the orders live for two hours: nobody is hurried


def test_a_fill_by_hand_becomes_a_position_and_a_trade(
    laid_out: Path, chromium: Browser, pictures: Path, tmp_path: Path
) -> None:
    home = copied(laid_out, tmp_path / "home")
    with (
        trading(home, _SPEED, "broker.use=manual") as desk,
        opened(chromium, desk.url, size=DESK) as (page, complaints),
    ):
        unlock(page, desk.control_token)
        go(page, "Live")
        expect(page.get_by_role("region", name="Plans of the day")).to_contain_text("AXLO")
        _ordered(page)
        go(page, "Journal")
        expect(page.get_by_role("region", name="Orders")).to_contain_text("works at the broker")

        _record(page, "AXLO", "90", "28.45")
        said(page, "AXLO: 90 filled, but only 9 can be (entry)")
        _record(page, "NVDA", "9", "28.45")
        said(page, "NVDA: no ticket of that name")
        picture(page, pictures, "manual-refused-desk-light")
        _record(page, "AXLO", "9", "28.45")
        said(page, "9 at 28.45.")

        go(page, "Live")
        held = page.get_by_role("region", name="Open positions")
        expect(held).to_contain_text("28.45", timeout=PATIENCE_MS)
        go(page, "Journal")
        _record(page, "AXLO", "9", "31.06", part="target")
        said(page, "9 at 31.06.")
        table = page.get_by_role("region", name="Plan against actual of AXLO")
        expect(table).to_contain_text("31.06, target reached", timeout=PATIENCE_MS)
        picture(page, pictures, "manual-journal-desk-light")

        assert complaints.found == []


def _ordered(page: Page) -> None:
    """The plan met its trigger, and its order waits for the trader."""
    orders = page.get_by_role("region", name="Orders")
    expect(orders).to_contain_text("AXLO", timeout=PATIENCE_MS)


def _record(page: Page, order: str, shares: str, price: str, part: str = "") -> None:
    """As a trader does; the form keeps what was typed before."""
    for label, text in (("Order or symbol", order), ("Shares", shares), ("Price, USD", price)):
        page.get_by_label(label, exact=True).fill(text)
    if part:
        page.get_by_label("Part (empty: the one that is due)").click()
        page.get_by_role("option", name=part).click()
    page.get_by_label("type FILL to confirm").fill("FILL")
    page.get_by_role("button", name="Record fill").click()
