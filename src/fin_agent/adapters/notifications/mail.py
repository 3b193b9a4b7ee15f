"""E-mail over your own provider's SMTP server."""

from typing import Literal

from pydantic import SecretStr

from fin_agent.adapters.apprise_client import AppriseClient
from fin_agent.adapters.http.hosts import LOOPBACK
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.notice import Message
from fin_agent.ports import NotifierPort

_PORTS = {"starttls": 587, "ssl": 465, "insecure": 25}


class Mail(NotifierPort):
    """From ``sender`` to ``to`` over ``server`` (host or host:port); the secret is the password."""

    def __init__(
        self,
        *,
        server: str,
        sender: str,
        to: str,
        user: str = "",
        security: Literal["starttls", "ssl", "insecure"] = "starttls",
        secret: SecretStr | None = None,
    ) -> None:
        host, _, port = server.partition(":")
        if port and not port.isdigit():
            raise ConfigError([f"server must be host or host:port, was {server!r}"])
        if security == "insecure" and host not in LOOPBACK:
            raise ConfigError([f"security: insecure is for a server on this machine, not {host}"])
        if user and secret is None:
            raise ConfigError([f"the password of {user} is missing"])
        address: dict[str, object] = {
            "schema": "mailto" if security == "insecure" else "mailtos",
            "host": host,
            "smtp_host": host,
            "port": int(port) if port else _PORTS[security],
            "secure_mode": security,
            "from_addr": sender,
            "targets": [to],
            "cto": 8,
        }
        if user and secret is not None:
            address |= {"user": user, "password": secret.get_secret_value()}
        self._client = AppriseClient(address)

    async def send(self, message: Message) -> None:
        await self._client.send(message)
