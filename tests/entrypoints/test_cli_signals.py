"""``run`` and the signals it is sent."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.acceptance.command_line import (
    TIMEOUT_S,
    document,
    environment,
)
from tests.acceptance.demo_days import SECOND, DemoDays
from tests.entrypoints.live_days import (
    sound,
)


@contextmanager
def own_process(days: DemoDays, *words: str) -> Iterator[subprocess.Popen[str]]:
    """An agent in a process of its own, once it says that it runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "fin_agent", "run", *words, *map(str, days.place)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("the agent runs")
            yield process
        finally:
            process.kill()


def test_signals_halt_and_end_the_agent(demo_days: DemoDays) -> None:
    with own_process(demo_days, "--clock", f"{SECOND}T07:55:00-05:00@600") as process:
        process.send_signal(signal.SIGUSR1)
        until = time.monotonic() + TIMEOUT_S
        while not document("status", *demo_days.place)["latches"] and time.monotonic() < until:
            pass
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=TIMEOUT_S)

    assert process.returncode == 0
    assert all(json.loads(line)["channel"] for line in out.splitlines())
    assert "stopping: everything that happened is on disk" in err
    (latch,) = document("status", *demo_days.place)["latches"]
    assert (latch["kind"], latch["reason"]) == ("halt", "signal USR1")
    assert sound(demo_days.folder)


def test_ctrl_c_ends_the_agent_with_its_document(demo_days: DemoDays) -> None:
    clock = f"{SECOND}T07:55:00-05:00@600"
    with own_process(demo_days, "--json", "--clock", clock) as process:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=TIMEOUT_S)

    assert process.returncode == 0
    assert json.loads(out) == {"sessions": []}
    assert sound(demo_days.folder)
