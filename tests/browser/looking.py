"""How a test looks at the dashboard: by what a person reads, waiting for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PATIENCE_S

PATIENCE_MS = 1000 * PATIENCE_S
TITLES = {
    "Today": "today",
    "Why not": "why-not",
    "Live": "live",
    "Pre-mortem": "pre-mortem",
    "Journal": "journal",
    "Performance": "performance",
    "Backtest": "backtest",
    "System": "system",
}
DESK, PHONE = (1280, 900), (390, 844)
_PHONE_AGENT = (  # by it Streamlit knows a phone, and folds the navigation away after a choice
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36"
)


class Complaints:
    """What a page should never do: fetch from elsewhere, open a dialogue, fail in a script."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("request", self._asked)
        page.on("dialog", lambda dialog: self._say(f"dialogue: {dialog.message}"))
        page.on("pageerror", lambda error: self._say(f"script: {error}"))

    def _asked(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            self._say(f"fetched from elsewhere: {url}")

    def _say(self, what: str) -> None:
        self.found.append(what)


@contextmanager
def opened(
    browser: Browser, url: str, *, size: tuple[int, int] = DESK, dark: bool = False
) -> Iterator[tuple[Page, Complaints]]:
    """A page of one size and theme."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        accept_downloads=True,
        is_mobile=size == PHONE,
        has_touch=size == PHONE,
        user_agent=_PHONE_AGENT if size == PHONE else None,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints = Complaints(page)
    page.goto(url, wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE_MS)
    try:
        yield page, complaints
    finally:
        context.close()


def go(page: Page, title: str) -> None:
    """By the navigation, which a phone hides behind a button."""
    link = page.get_by_role("link", name=title, exact=True)
    unfold = page.get_by_test_id("stExpandSidebarButton")
    expect(link.or_(unfold).first).to_be_visible(timeout=PATIENCE_MS)
    if unfold.is_visible():  # folded away beside the window, where a link still counts as visible
        unfold.click()
    link.first.click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=PATIENCE_MS)


def said(page: Page, text: str) -> Locator:
    """What the page says; waits until it does."""
    found = page.get_by_text(text).first
    expect(found).to_be_visible(timeout=PATIENCE_MS)
    return found


def unlock(page: Page, token: str) -> None:
    """As a person does, once."""
    page.get_by_role("button", name="Unlock").first.click()
    field = page.get_by_label("Control token")
    field.fill(token)
    field.press("Enter")
    expect(page.get_by_role("button", name="Lock", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def settled(page: Page) -> None:
    """The page's script has ended, and everything of it is drawn."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE_MS)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=PATIENCE_MS)
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')]"
        ".every(c => c.querySelector('.main-svg'))",
        timeout=PATIENCE_MS,
    )


def picture(page: Page, folder: Path, name: str) -> None:
    """A screenshot of the whole page, not only of what fits the window, when all of it is there."""
    settled(page)
    size = page.viewport_size or {"width": DESK[0], "height": DESK[1]}
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(6000, int(tall) + 40)})
    settled(page)
    page.screenshot(path=folder / f"{name}.png")
    page.set_viewport_size({"width": size["width"], "height": size["height"]})


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    found: int = page.evaluate(
        "(() => { const m = document.querySelector('[data-testid=stMain]');"
        " return m.scrollWidth - m.clientWidth; })()"
    )
    return found
