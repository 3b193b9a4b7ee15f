"""Who may ask the API: three tokens, made at the first start and compared by their hashes."""

import os
import secrets
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

from pydantic import SecretStr

from fin_agent.composition.bootstrap import App
from fin_agent.domain.errors import ConfigError, StateUnavailable

_BYTES = 32  # 256 bits
_SHORTEST = 43  # characters of 32 bytes in base64
_SERVICE = "fin-agent"


class Right(StrEnum):
    """What a token may do; each is a token of its own."""

    READ = "read"
    CONTROL = "control"
    KILL = "kill"


_MAY: Mapping[Right, frozenset[Right]] = {
    Right.READ: frozenset({Right.READ}),
    Right.CONTROL: frozenset(Right),
    Right.KILL: frozenset({Right.KILL}),
}


class Tokens:
    """Knows the hashes of the tokens, never their text."""

    def __init__(self, texts: Mapping[Right, str]) -> None:
        self._hashes = {right: _hash(text) for right, text in texts.items()}

    def holder_of(self, text: str) -> Right | None:
        """Whose token this is; every token is compared, however early one fits."""
        asked, found = _hash(text), None
        for right, known in self._hashes.items():
            if compare_digest(asked, known):
                found = right
        return found

    @staticmethod
    def may(holder: Right, right: Right) -> bool:
        """Whether the holder of a token may do what needs this right."""
        return right in _MAY[holder]


def tokens_of(app: App) -> Tokens:
    """The tokens in force: from the environment, a secrets directory, the keyring, or the file.

    Missing ones are made.

    Raises:
        ConfigError: a given token is too short, or the keyring is not installed.
        StateUnavailable: a file cannot be read or written, or others may read it.
    """
    return Tokens({right: _token(app, right) for right in Right})


def token_beside_files(app: App, right: Right) -> str | None:
    """A token that is in no file: from the environment, a secrets directory or the keyring.

    Raises:
        ConfigError: it is too short, or the keyring is not installed.
        StateUnavailable: the keyring does not answer.
    """
    given = getattr(app.loaded.secrets, f"fin_agent_api_{right.value}_token")
    is_elsewhere = given is not None or app.settings.api.tokens == "keyring"
    return _token(app, right) if is_elsewhere else None


def token_file(data_dir: Path, right: Right) -> Path:
    """Where a token is kept, for its owner only."""
    return data_dir / "api" / f"{right.value}.token"


def _token(app: App, right: Right) -> str:
    given: SecretStr | None = getattr(app.loaded.secrets, f"fin_agent_api_{right.value}_token")
    if given is not None:
        text = given.get_secret_value().strip()
        if len(text) < _SHORTEST:
            name = f"FIN_AGENT_API_{right.value.upper()}_TOKEN"
            raise ConfigError([f"{name}: has {len(text)} characters, needs {_SHORTEST} or more"])
        return text
    if app.settings.api.tokens == "keyring":
        return _of_keyring(right)
    return _of_file(token_file(app.data_dir, right))


def _of_keyring(right: Right) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError as error:
        msg = "api.tokens: keyring needs its package: pip install fin-agent[keyring]"
        raise ConfigError([msg]) from error
    name = f"fin_agent_api_{right.value}_token"
    try:
        known = keyring.get_password(_SERVICE, name)
        if known is None:
            known = secrets.token_urlsafe(_BYTES)
            keyring.set_password(_SERVICE, name, known)
    except KeyringError as error:
        raise StateUnavailable(
            f"the keyring does not answer ({error}); api.tokens: file"
        ) from error
    return known


def _of_file(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _made(path)
        if path.stat().st_mode & 0o077:
            raise StateUnavailable(f"{path}: others may read it; chmod 600 {path}")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StateUnavailable(f"{path}: cannot be used ({error}); remove it") from error
    if len(text) < _SHORTEST:
        raise StateUnavailable(f"{path}: holds no token; remove it, a new one is made")
    return text


def _made(path: Path) -> None:
    """A new token under its name at once and whole, so that a crash leaves no half of one."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
