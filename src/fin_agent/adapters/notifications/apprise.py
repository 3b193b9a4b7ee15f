"""Anything apprise knows: Telegram, ntfy, Slack, Discord, Pushover and a hundred more."""

from pydantic import SecretStr

from fin_agent.adapters.apprise_client import AppriseClient
from fin_agent.domain.notice import Message
from fin_agent.ports import NotifierPort


class Apprise(NotifierPort):
    """The secret is the one apprise URL that the channel sends to."""

    def __init__(self, secret: SecretStr) -> None:
        self._client = AppriseClient(secret.get_secret_value().strip())

    async def send(self, message: Message) -> None:
        await self._client.send(message)
