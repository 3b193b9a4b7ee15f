"""How Python itself is set for a run of this program."""

import atexit
import gc
import os

# A run makes millions of small objects and hardly a cycle: Python's default of 700 would look for
# cycles thousands of times and cost a backtest an eighth of its time.
_COLLECT_EVERY = 100_000
_LIVE_EVERY = 10_000  # 5 ms for one search; of 100,000 objects it takes 50 ms, and orders wait


def tune() -> None:
    """Call it once, before anything heavy is loaded."""
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
    atexit.register(gc.freeze)  # or Python looks for cycles in all of a run once more: 0.05 s
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrices here, but threads that spin


def keep_pauses_short() -> None:
    """For a process that lives with the market."""
    gc.set_threshold(_LIVE_EVERY, 20, 20)
