"""What the account is kept in."""

from fin_agent.entrypoints.api.models.status import Status
from fin_agent.entrypoints.dashboard.client import Client


def currency_of(client: Client) -> str:
    """The account's currency; empty while no agent has told it."""
    status = client.read(Status, "/v1/status").value
    return "" if status is None else status.currency
