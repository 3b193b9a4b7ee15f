"""How soon each page of the dashboard is there, in a browser that opens it for the first time.

    python benchmarks/paint.py DATA_DIR [--rounds 5] [--starts 3]

DATA_DIR is a demo folder (``fin-agent demo``). The agent lives its first day in real time with the
dashboard beside it. In each round every page is opened by a browser that has nothing of it in its
cache, then again by the same browser. ``--starts`` says how often the agent and its dashboard are
started anew for the very first look. Each cell is the median and, in brackets, the slowest. Other
programs make the seconds longer, but not the browser's own work, which is processor time of the
page's thread.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

CLOCK = "2026-03-03T09:45:00-05:00@1"
PAGES = (
    "",  # Today
    "why-not",
    "live",
    "pre-mortem",
    "journal",
    "performance",
    "backtest",
    "system",
)
PATIENCE_MS = 120_000
Look = tuple[float, ...]
DRAWN = """
() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  && document.querySelectorAll('[data-testid=stSkeleton]').length === 0
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')]
    .every(chart => chart.querySelector('.main-svg'))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    firsts: list[Look] = []
    cold: dict[str, list[Look]] = {page: [] for page in PAGES}
    again: dict[str, list[Look]] = {page: [] for page in PAGES}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=given.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for start in range(given.starts):
            with living(given.folder) as url:
                firsts.append(looks(browser, url, 1)[0])
                for _ in range(given.rounds if start == given.starts - 1 else 0):
                    for page in PAGES:
                        first, second = looks(browser, f"{url}/{page}", 2)
                        cold[page].append(first)
                        again[page].append(second)
        browser.close()
    told("today, after a start", firsts, [])
    for page in PAGES:
        told(page or "today", cold[page], again[page])
    print(f"load average {os.getloadavg()[0]:.1f}")


@contextmanager
def living(folder: Path) -> Iterator[str]:
    """The agent in the middle of a session with its dashboard; gives its address."""
    api, own = port(), port()
    for path in (*folder.glob("state.db*"), folder / "control" / "halt"):
        path.unlink(missing_ok=True)
    changes = (f"api.port={api}", f"dashboard.port={own}", "dashboard.enabled=true")
    line = [sys.executable, "-m", "fin_agent", "run", "--clock", CLOCK]
    line += ["--config", str(folder / "config.yaml"), "--data-dir", str(folder)]
    line += [word for one in changes for word in ("--set", one)]
    running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        token = folder / "api" / "read.token"
        while not answers(f"http://127.0.0.1:{own}/_stcore/health") or not token.is_file():
            time.sleep(0.2)
        time.sleep(15)
        yield f"http://127.0.0.1:{own}"
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def port() -> int:
    with create_server(("127.0.0.1", 0)) as found:
        number: int = found.getsockname()[1]
    return number


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.read())
    except (URLError, OSError):
        return False


def looks(browser: Browser, url: str, count: int) -> list[Look]:
    """The first look of a browser with an empty cache, then others with what it has by then."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = [look(context.new_page(), url) for _ in range(count)]
    context.close()
    return found


def look(page: Page, url: str) -> Look:
    """Seconds until the page says what it is, until all is drawn, and of the browser's own work."""
    metrics = page.context.new_cdp_session(page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_role("heading", level=1).wait_for(timeout=PATIENCE_MS)
    first = time.perf_counter() - begun
    page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
    whole = time.perf_counter() - begun
    known = metrics.send("Performance.getMetrics")["metrics"]
    work = next(one["value"] for one in known if one["name"] == "TaskDuration")
    page.close()
    return first, whole, work


def told(name: str, *kinds: list[Look]) -> None:
    columns = [column for found in kinds for column in zip(*found, strict=True)]
    cells = [f"{median(column):.2f} ({max(column):.2f})" for column in columns]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
