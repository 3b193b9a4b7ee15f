"""``journal fill``: what a person filled at a broker without an API."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options


async def fill(
    options: Options,
    order: Annotated[str, typer.Argument(help="Order id, its end, or a symbol.")],
    quantity: Annotated[str | None, typer.Option("--quantity", help="Shares.")] = None,
    price: Annotated[str | None, typer.Option("--price", help="USD a share.")] = None,
    part: Annotated[
        str | None, typer.Option("--part", help="entry, stop, target or exit (default: fits).")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="When, ISO 8601 with offset (default: now).")
    ] = None,
    cancelled: Annotated[
        bool, typer.Option("--cancelled", help="The rest is cancelled at the broker.")
    ] = False,
) -> None:
    """Record a fill made by hand, or that the rest of an order is cancelled."""
    from fin_agent.entrypoints.cli.manual_report import Given, record_fill

    await record_fill(options, Given(order, quantity, price, part, at, cancelled))
