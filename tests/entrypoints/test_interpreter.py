"""How Python is set for a run: in a process of its own, because the settings are global."""

import subprocess
import sys

import pytest

_PROBE = """
import asyncio, gc, sys
import typer
from fin_agent.entrypoints.cli.interpreter import keep_pauses_short, quick_loop, tune
from fin_agent.entrypoints.cli.options import Options, command

async def probe(options: Options) -> None:
    keep_pauses_short()
    print(type(asyncio.get_running_loop()).__module__, gc.get_threshold()[0])
    print(sys.getswitchinterval())

app = typer.Typer()
tune()
app.callback()(lambda: None)
command(app, "live", quick_loop)(probe)
command(app, "once")(probe)
app([sys.argv[1]])
"""


_WITHOUT = 'import sys; sys.modules["uvloop"] = None'


@pytest.mark.parametrize(
    ("name", "before", "loop"),
    [("live", "", "uvloop"), ("live", _WITHOUT, "asyncio"), ("once", "", "asyncio")],
)
@pytest.mark.skipif(sys.platform == "win32", reason="libuv's loop is not made for Windows")
def test_a_live_run_has_a_quick_loop_and_short_pauses(name: str, before: str, loop: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", before + _PROBE, name], capture_output=True, text=True, check=True
    ).stdout.split()

    assert told[0].split(".")[0] == loop
    assert told[1:] == ["5000", "0.0005"]


_SETTLED = """
import gc
from fin_agent.entrypoints.cli.interpreter import settle

class Knot:
    def __init__(self):
        self.me = self

settle()
of_the_day = Knot()
settle()
print(gc.get_freeze_count() > 1000, gc.get_count()[0] < 100)
del of_the_day
gc.collect()
gc.unfreeze()
print(sum(isinstance(one, Knot) for one in gc.get_objects()))
gc.freeze()
settle()
gc.unfreeze()
print(sum(isinstance(one, Knot) for one in gc.get_objects()))
"""


def test_what_is_there_before_a_session_is_searched_between_sessions_only() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _SETTLED], capture_output=True, text=True, check=True
    ).stdout.split()

    assert told == ["True", "True", "1", "0"]
