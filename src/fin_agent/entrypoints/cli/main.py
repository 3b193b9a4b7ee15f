"""The command line. Only typer is imported before a command is chosen."""

import atexit
import gc
import os

import typer

from fin_agent.entrypoints.cli import (
    dashboard,
    data,
    database,
    doctor,
    events,
    journal,
    live,
    notify,
    running,
    scanning,
    setup,
    standing,
)
from fin_agent.entrypoints.cli.closed_process import close_process

# A run makes millions of small objects and hardly a cycle: Python's default of 700 would look for
# cycles thousands of times and cost a backtest an eighth of its time.
_COLLECT_EVERY = 100_000

app = typer.Typer(
    name="fin-agent",
    help="A one-day trading agent for one trader: scan, plan, risk gate, trade, flat by the close.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
running.register(app)
scanning.register(app)
data.register(app)
database.register(app)
events.register(app)
journal.register(app)
live.register(app)
dashboard.register(app)
notify.register(app)
standing.register(app)
setup.register(app)
doctor.register(app)


def run() -> None:
    """Run one command; how it ends is in ``options.Ending``."""
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
    atexit.register(gc.freeze)  # or Python looks for cycles in all of a run once more: 0.05 s
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrices here, but threads that spin
    close_process()
    app()
