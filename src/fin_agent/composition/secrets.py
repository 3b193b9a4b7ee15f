"""Keys and tokens: from the environment, a secrets directory or the OS keyring, never from YAML.

A secret file (Docker, systemd credentials) is named like its variable, in small letters.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from fin_agent.domain.errors import ConfigError

_FOLDERS = ("FIN_AGENT_SECRETS_DIR", "CREDENTIALS_DIRECTORY")
_DOCKER = Path("/run/secrets")
_KEYRING_SERVICE = "fin-agent"


class Secrets(BaseSettings):
    """Every secret the agent can use; absent ones are None, and their text never shows."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    alpaca_key_id: SecretStr | None = None
    alpaca_secret_key: SecretStr | None = None
    finnhub_api_key: SecretStr | None = None
    alphavantage_api_key: SecretStr | None = None
    newsapi_api_key: SecretStr | None = None
    redis_password: SecretStr | None = None
    fin_agent_live_account: SecretStr | None = None
    fin_agent_api_read_token: SecretStr | None = None
    fin_agent_api_control_token: SecretStr | None = None
    fin_agent_api_kill_token: SecretStr | None = None
    dead_man_url: SecretStr | None = None
    channels: Mapping[str, SecretStr] = {}

    def needed(self, name: str, what_for: str) -> SecretStr:
        """A secret that must be there.

        Raises:
            ConfigError: it is not.
        """
        found: SecretStr | None = getattr(self, name)
        if found is None or not found.get_secret_value().strip():
            raise ConfigError([f"{what_for}: set {name.upper()} in the environment or as a file"])
        return found

    def texts(self) -> tuple[str, ...]:
        """The text of every secret there is: what must not show up anywhere."""
        own = [getattr(self, name) for name in Secrets.model_fields if name != "channels"]
        known = [*own, *self.channels.values()]
        return tuple(secret.get_secret_value() for secret in known if secret is not None)


def read_secrets(environment: Mapping[str, str], channels: Sequence[str] = ()) -> Secrets:
    """The secrets in force: a variable before a file before the keyring.

    ``channels`` are the names of the notification channels; the secret of ``phone`` is
    ``CHANNEL_PHONE``.

    Raises:
        ConfigError: the keyring was asked for and is not installed.
    """
    own = {name: _read(environment, name) for name in Secrets.model_fields if name != "channels"}
    theirs = {name: _read(environment, f"channel_{name}") for name in channels}
    known = {name: secret for name, secret in theirs.items() if secret is not None}
    values: dict[str, Any] = {name: secret for name, secret in own.items() if secret is not None}
    return Secrets.model_construct(**values, channels=known)


def _read(environment: Mapping[str, str], name: str) -> SecretStr | None:
    folders = [Path(environment[name]) for name in _FOLDERS if environment.get(name)] or [_DOCKER]
    text = environment.get(name.upper()) or _from_files(folders, name)
    text = text or _from_keyring(environment, name)
    return SecretStr(text.strip()) if text else None


def _from_files(folders: list[Path], name: str) -> str | None:
    for folder in folders:
        path = folder / name
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None


def _from_keyring(environment: Mapping[str, str], name: str) -> str | None:
    """The OS keyring, when ``FIN_AGENT_KEYRING=1`` asks for it: it may want to talk to a person."""
    if environment.get("FIN_AGENT_KEYRING") != "1":
        return None
    try:
        import keyring
    except ModuleNotFoundError as error:
        msg = "FIN_AGENT_KEYRING=1 needs the keyring package: pip install fin-agent[keyring]"
        raise ConfigError([msg]) from error
    found: str | None = keyring.get_password(_KEYRING_SERVICE, name)
    return found
