"""apprise behind our errors: one service, plain text, nothing of its address in any message.

Loading apprise's plug-ins takes seconds of the processor, so a client is made off the event loop.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from fin_agent.domain.errors import ConfigError, Refused, Unavailable
from fin_agent.domain.notice import Message, Severity

_SERVICE_S = 8.0  # below the time that a message may take altogether
_FOR_GOOD = {"400", "401", "403", "404", "410"}
_CODE = re.compile(r"\berror[=: ]+(\d{3})\b")
_SILENT: Mapping[str, str] = {  # what each service calls a message without a sound
    "tgram": "silent=yes",
    "ntfy": "priority=low",
    "ntfys": "priority=low",
    "pover": "priority=low",
    "gotify": "priority=low",
    "gotifys": "priority=low",
}


class AppriseClient:
    """``address`` is an apprise URL, or the arguments of one of its services.

    Raises:
        ConfigError: apprise is not installed, or does not know the address.
    """

    def __init__(self, address: str | Mapping[str, object]) -> None:
        try:
            import apprise
        except ModuleNotFoundError as error:
            problem = "this channel needs apprise: pip install fin-agent[notify]"
            raise ConfigError([problem]) from error
        _keep_quiet()
        self._library = apprise
        self._loud = self._made(address)
        self._quiet = self._loud
        if isinstance(address, str) and _silenced(address) != address:
            self._quiet = self._made(_silenced(address))

    def _made(self, address: str | Mapping[str, object]) -> Any:  # noqa: ANN401 - untyped library
        library = self._library
        asset = library.AppriseAsset(
            app_id="fin-agent", app_desc="", app_url="", service_timeout=_SERVICE_S
        )
        made = library.Apprise(asset=asset)
        if isinstance(address, str) and len(address.split()) != 1:
            raise ConfigError(["the secret must be one apprise URL; a second one is a channel too"])
        if not made.add(address if isinstance(address, str) else dict(address)):
            raise ConfigError(["apprise does not know this address; see its list of services"])
        return made

    async def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            Unavailable: the service did not take it.
            Refused: it will not, with this address.
        """
        kinds = self._library.NotifyType
        kind = {
            Severity.INFO: kinds.INFO,
            Severity.WARNING: kinds.WARNING,
            Severity.CRITICAL: kinds.FAILURE,
        }[message.severity]
        service = self._quiet if message.silent else self._loud
        result = await service.async_notify(
            body=message.text,
            title=message.title,
            notify_type=kind,
            body_format=self._library.NotifyFormat.TEXT,
            timeout=_SERVICE_S,
            log_level=logging.WARNING,
        )
        with result:
            if result:
                return
            codes = [found[1] for entry in result.logs() if (found := _CODE.search(str(entry)))]
        if codes and codes[-1] in _FOR_GOOD:
            raise Refused(f"the service answered {codes[-1]}: is its address right?")
        raise Unavailable(f"the service answered {codes[-1]}" if codes else "the service failed")


def _silenced(url: str) -> str:
    """The same service without a sound, where it can do that."""
    wish = _SILENT.get(url.partition("://")[0].lower())
    if wish is None or f"{wish.partition('=')[0]}=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}{wish}"


def _keep_quiet() -> None:
    """Keep out of our log what shows addresses and answers: apprise's and urllib3's own lines."""
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
