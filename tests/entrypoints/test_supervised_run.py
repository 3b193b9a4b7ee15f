"""``run`` under a supervisor: ready, alive while its loop turns, and stopping."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from fin_agent.composition.supervision import supervised
from tests.acceptance.command_line import TIMEOUT_S, environment
from tests.acceptance.demo_days import SECOND, DemoDays
from tests.entrypoints.live_days import eventually, place
from tests.servers.supervisor import listening, without_supervisor


def block(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - what must be noticed


async def test_a_loop_that_stands_still_gives_no_sign_of_life(tmp_path: Path) -> None:
    with listening(tmp_path) as supervisor:
        async with supervised(supervisor.environment(patience_s=0.03)):
            assert supervisor.heard()[0] == "READY=1"
            await eventually(supervisor.drained)
            block(0.2)
            silent = supervisor.drained()
            await eventually(supervisor.drained)
        last = supervisor.drained()

    assert silent == []
    assert last[-2] == "STOPPING=1"


def test_a_run_is_ready_alive_and_stopping(demo_days: DemoDays, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "fin_agent", "run", "--clock", f"{SECOND}T07:55:00-05:00@60"]
    with (
        listening(tmp_path) as supervisor,
        subprocess.Popen(
            [*line, *map(str, place(demo_days.folder))],
            env={**without_supervisor(environment()), **supervisor.environment(patience_s=0.3)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as run,
    ):
        assert supervisor.heard() == ["READY=1", "STATUS=the agent runs"]
        signs = [supervisor.heard() for _ in range(3)]
        run.send_signal(signal.SIGTERM)
        while (last := supervisor.heard()) == ["WATCHDOG=1"]:
            pass
        code = run.wait(TIMEOUT_S)

    assert signs == [["WATCHDOG=1"]] * 3
    assert last[0] == "STOPPING=1"
    assert code == 0
