"""Starts a real process that watches itself, to be stopped, blocked and woken."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import dedent


@contextmanager
def watching(program: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs the program; it has said its first line, and dies at the end."""
    path = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen(
        [sys.executable, "-u", "-c", dedent(program)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "watching\n", child.communicate()[1]
            yield child
        finally:
            child.kill()
