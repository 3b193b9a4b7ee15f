"""Does the dashboard's memory grow over a trading day? Looks at the Live page, one after another.

    python -m tests.browser.memory --looks 400

A day of eight hours has 14,400 looks at two seconds. They run as fast as they can in one browser
session of Streamlit's own test runner, so what is counted is our code, Streamlit's state and the
answers that are kept. Objects are counted exactly, where the resident memory of a process jumps by
megabytes: one object that stays behind in each look is seen after a dozen of them.
"""

import gc
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from streamlit.testing.v1 import AppTest

from fin_agent.entrypoints.dashboard.client import Client, Kept
from fin_agent.entrypoints.dashboard.components.banner import banner
from fin_agent.entrypoints.dashboard.views import live
from tests.dashboard.fake_wire import FakeWire

LOOKS_A_DAY = 8 * 3600 // 2
_SETTLING = 4  # looks, until the caches are full
_POINTS = 24


@dataclass(frozen=True)
class Point:
    """After so many looks: containers that Python keeps, blocks of memory, resident megabytes."""

    look: int
    containers: int
    blocks: int
    resident_mb: float


def counted(look: int) -> Point:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return Point(look, len(gc.get_objects()), sys.getallocatedblocks(), resident)


def slope(points: Sequence[tuple[int, float]]) -> float:
    """Growth a look, by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return above / sum((x - mean_x) ** 2 for x, _ in points)


def page(parts: "Sequence[Callable[[Client], None]]", client: "Client") -> None:
    for part in parts:  # AppTest runs this text alone: no other name is known in it
        part(client)


def measured(looks: int, *more: Callable[[Client], None]) -> list[Point]:
    """The settled part of so many looks; ``more`` is drawn too.

    What was counted is kept as bare numbers meanwhile: they are no containers themselves.
    """
    wire, kept = FakeWire(), Kept()
    parts = (banner, live.render, *more)
    test = AppTest.from_function(page, kwargs={"parts": parts, "client": Client(wire, kept)})
    numbers: list[float] = []
    for look in range(1, looks + 1):
        test.run(timeout=60)
        kept.outdate()
        wire.asked.clear()
        if look > _SETTLING and look % max(1, looks // _POINTS) == 0:
            numbers += astuple(counted(look))
    rows = zip(*[iter(numbers)] * len(fields(Point)), strict=True)
    return [Point(int(look), int(held), int(blocks), mb) for look, held, blocks, mb in rows]


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--looks", type=int, default=LOOKS_A_DAY)
    found = measured(parser.parse_args().looks)
    first, last = found[0], found[-1]
    a_day = LOOKS_A_DAY * slope([(one.look, one.resident_mb) for one in found])
    print(
        f"{first.resident_mb:.0f} MB to {last.resident_mb:.0f} MB,"
        f" {last.containers - first.containers:+,} containers,"
        f" {last.blocks - first.blocks:+,} blocks; {a_day:+.1f} MB a day of eight hours"
    )
