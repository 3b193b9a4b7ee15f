"""What a process that holds keys leaves behind: files for its owner alone, and no memory image."""

import ctypes
import os
import resource
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def close_process() -> None:
    """No core dump and, on Linux, no other process of the same user that reads our memory."""
    os.umask(0o077)  # what a trader's agent writes is for that trader only
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
