"""``events``: the log, one event with its deliveries, the dead letters and their way back."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="The event log and the dead letters: tail, show, dead, requeue.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(group, "tail")(tail)
    command(group, "show")(show)
    command(group, "dead")(dead)
    command(group, "requeue")(requeue)
    app.add_typer(group, name="events")


async def tail(
    options: Options,
    lines: Annotated[
        int, typer.Option("--lines", metavar="N", min=0, help="How many of the newest.")
    ] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what comes until Ctrl-C.")
    ] = False,
) -> None:
    """Show the newest events. Works while the agent runs."""
    from fin_agent.entrypoints.cli.events_report import show_tail

    await show_tail(options, lines, follow=follow)


async def show(
    options: Options,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Event id, or its beginning.")],
) -> None:
    """Show one event and what each consumer did with it."""
    from fin_agent.entrypoints.cli.events_report import show_event

    await show_event(options, event)


async def dead(options: Options) -> None:
    """List what could not be handled: consumer, reason, attempts."""
    from fin_agent.entrypoints.cli.events_report import show_dead

    await show_dead(options)


async def requeue(
    options: Options,
    events: Annotated[list[str] | None, typer.Argument(metavar="EVENTS", help="Event ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it nothing changes.")] = False,
) -> int | None:
    """Let dead letters be tried again at the next run. Without --yes nothing changes."""
    from fin_agent.entrypoints.cli.events_report import show_requeue

    return await show_requeue(options, events or [], every=every, yes=yes)
