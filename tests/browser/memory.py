"""Does the dashboard's memory grow over a trading day? Sessions of a day, one after another.

    python -m tests.browser.memory --looks 400

A look is one pass of every part of the Live page; a day of eight hours has 14,400 of them at two
seconds. The looks run as fast as they can in one browser session of Streamlit's own test runner, so
what is measured is our code, Streamlit's state and the answers that are kept.
"""

import gc
import os
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from fin_agent.entrypoints.dashboard.client import Client, Kept
from fin_agent.entrypoints.dashboard.frame import show
from tests.dashboard.fake_wire import FakeWire

LOOKS_A_DAY = 8 * 3600 // 2
_SETTLING = 0.25  # of the looks, before growth is counted: caches fill
_POINTS = 20


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def slope(points: list[tuple[int, float]]) -> float:
    """MB a look, by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return above / sum((x - mean_x) ** 2 for x, _ in points)


def whole(show: "Callable[[Client], None]", client: "Client") -> None:
    show(client)


def measured(looks: int) -> list[tuple[int, float]]:
    """Resident memory after so many looks, from the settled part on."""
    wire, kept = FakeWire(), Kept()
    client = Client(wire, kept)
    test = AppTest.from_function(whole, kwargs={"show": show, "client": client})
    points = []
    for look in range(1, looks + 1):
        test.run(timeout=60)
        kept.outdate()
        wire.asked.clear()
        if look >= _SETTLING * looks and look % max(1, looks // _POINTS) == 0:
            gc.collect()
            points.append((look, resident_mb()))
    return points


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--looks", type=int, default=LOOKS_A_DAY)
    found = measured(parser.parse_args().looks)
    a_day = slope(found) * LOOKS_A_DAY
    print(f"{found[0][1]:.0f} MB to {found[-1][1]:.0f} MB; {a_day:+.1f} MB a day of eight hours")
