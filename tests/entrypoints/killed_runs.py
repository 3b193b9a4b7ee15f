"""``fin-agent run`` killed again and again at random moments, then let run to its end.

    python -m tests.entrypoints.killed_runs SEED LIVES ARGUMENT...

Each life is a fork of this process, which has imported everything and has no thread.
"""

import os
import signal
import sys
from random import Random
from threading import Event

from fin_agent.entrypoints.cli import live_report
from fin_agent.entrypoints.cli.main import app

IMPORTED = live_report  # so that no life has to
_SHORTEST_S, _LONGEST_S = 0.05, 0.8


def killed_life(arguments: list[str], seconds: float) -> None:
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        app(arguments)
    Event().wait(seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def main() -> None:
    seed, lives, *arguments = sys.argv[1:]
    chance = Random(int(seed))
    for _ in range(int(lives)):
        killed_life(arguments, chance.uniform(_SHORTEST_S, _LONGEST_S))
    app(arguments)


if __name__ == "__main__":
    main()
