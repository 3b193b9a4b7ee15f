"""A POST of one JSON document to an address of yours."""

from pydantic import SecretStr

from fin_agent.adapters.http.outbound import Outbound
from fin_agent.adapters.message_document import message_document
from fin_agent.domain.notice import Message
from fin_agent.ports import NotifierPort


class Webhook(NotifierPort):
    """The secret is the address; https, or http to this machine. Any 2xx means that it is taken."""

    def __init__(self, secret: SecretStr, *, timeout_s: float = 8.0) -> None:
        self._outbound = Outbound(secret, timeout_s)

    async def send(self, message: Message) -> None:
        await self._outbound.call("POST", message_document(message))

    async def close(self) -> None:
        await self._outbound.close()
