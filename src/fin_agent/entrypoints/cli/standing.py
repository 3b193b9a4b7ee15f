"""``status``, ``positions``, ``orders``, ``plans``, ``quotas``: what is, now."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    command(app, "status")(status)
    command(app, "positions")(positions)
    command(app, "orders")(orders)
    command(app, "plans")(plans)
    command(app, "quotas")(quotas)


async def status(
    options: Options,
    watch: Annotated[
        bool, typer.Option("--watch", help="Again every second, until Ctrl-C.")
    ] = False,
) -> int | None:
    """Show what is, now: state, agent, session, equity, loss used."""
    from fin_agent.entrypoints.cli.status_report import show_status

    return await show_status(options, watch=watch)


async def positions(options: Options) -> None:
    """Show what is held, with stop, target and open risk."""
    from fin_agent.entrypoints.cli.standing_report import show_positions

    await show_positions(options)


async def orders(options: Options) -> None:
    """Show every order of the newest session with its state."""
    from fin_agent.entrypoints.cli.standing_report import show_orders

    await show_orders(options)


async def plans(options: Options) -> None:
    """Show the plans of the newest session and what became of them."""
    from fin_agent.entrypoints.cli.standing_report import show_plans

    await show_plans(options)


async def quotas(options: Options) -> None:
    """Show how often each provider was asked, as counted on disk."""
    from fin_agent.entrypoints.cli.standing_report import show_quotas

    await show_quotas(options)
