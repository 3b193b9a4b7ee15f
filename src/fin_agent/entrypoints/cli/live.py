"""``run``, ``halt``, ``resume`` and ``flat``: the agent, and the person's word to it."""

import os
from typing import Annotated

import typer

from fin_agent.entrypoints.cli.interpreter import keep_pauses_short, quick_loop
from fin_agent.entrypoints.cli.options import Options, command

ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the log.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    command(app, "run", quick_loop)(run)
    command(app, "halt")(halt)
    command(app, "resume")(resume)
    command(app, "flat")(flat)


async def run(
    options: Options,
    clock: Annotated[
        str | None,
        typer.Option(
            "--clock",
            metavar="START@SPEED",
            help="Live through stored days, so many times as fast.",
        ),
    ] = None,
    no_api: Annotated[bool, typer.Option("--no-api", help="Open no port.")] = False,
) -> int | None:
    """Be the agent: scan, trade, be flat, again each session.

    Starting and recovering are the same: after a crash the same line goes on where it was.
    """
    from fin_agent.composition.kill_switch import data_directory, refuse_second

    refuse_second(data_directory(options.data_dir, os.environ))  # before the slow imports
    from fin_agent.entrypoints.cli.live_report import run_agent

    keep_pauses_short()
    return await run_agent(options, clock, serve=not no_api)


async def halt(options: Options, reason: ReasonOption = "halted by hand") -> None:
    """Stop every new entry at once; exits go on. Works with or without a running agent."""
    from fin_agent.composition import kill_switch

    found = kill_switch.halt(kill_switch.data_directory(options.data_dir, os.environ), reason)
    if options.as_json:
        options.print_document(found)
        return
    who = found["agent"] or "no agent runs; the next one starts halted"
    options.console().print(f"entries are off: {reason} ({who})", markup=False, highlight=False)


async def resume(options: Options, reason: ReasonOption = "resumed by hand") -> int | None:
    """Allow entries again, if the venue and the journal agree."""
    from fin_agent.entrypoints.cli.live_report import ask_to_resume

    return await ask_to_resume(options, reason)


async def flat(
    options: Options,
    reason: ReasonOption = "closed by hand",
    wait: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds to wait for the venue.")
    ] = 120.0,
    clock: Annotated[
        str | None,
        typer.Option("--clock", metavar="START@SPEED", help="The time, after a run with --clock."),
    ] = None,
) -> int | None:
    """Take everything out and verify it. Entries stay off until you resume.

    Without a running agent the command itself does it at the broker, while the exchange is open.
    """
    from fin_agent.entrypoints.cli.live_report import ask_for_flat

    return await ask_for_flat(options, reason, wait, clock)
