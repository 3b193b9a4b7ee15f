"""How Python itself is set for a run of this program."""

import atexit
import gc
import os
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable

# A run makes millions of small objects and hardly a cycle: Python's default of 700 would look for
# cycles thousands of times and cost a backtest an eighth of its time.
_COLLECT_EVERY = 100_000
# Orders wait for a search in a live run: of 10,000 new objects it took 5 to 8 ms, of 200,000 young
# ones 80 to 130 ms. What is older is looked through between two sessions (``settle``).
_LIVE_EVERY = (5_000, 4, 100)
# The database's thread wants its turn several times in a commit; Python lets it wait up to 5 ms.
_SWITCH_S = 0.0005


def tune() -> None:
    """Call it once, before anything heavy is loaded."""
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
    atexit.register(gc.freeze)  # or Python looks for cycles in all of a run once more: 0.05 s
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrices here, but threads that spin


def keep_pauses_short() -> None:
    """For a process that lives with the market."""
    gc.set_threshold(*_LIVE_EVERY)
    sys.setswitchinterval(_SWITCH_S)


def settle() -> None:
    """Look through everything once, and leave it out of later searches: a session begins."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def quick_loop() -> Callable[[], AbstractEventLoop] | None:
    """The event loop of a live run; None where only Python's own is to be had, as on Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
