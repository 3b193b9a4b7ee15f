"""Where the API's tokens are kept: a file of the owner's, or the system's keyring."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from fin_agent.composition.api_tokens import Right, token_beside_files, token_file, tokens_of
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.loading import Choices
from fin_agent.domain.errors import StateUnavailable


class MemoryKeyring(KeyringBackend):
    """A keyring that lasts as long as a test; it can be locked as a desktop's is."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it untyped
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._see()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._see()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._see()
        del self.kept[service, username]

    def _see(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")


@pytest.fixture
def system() -> Iterator[MemoryKeyring]:
    """The keyring in force meanwhile."""
    before, found = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


def app_keeping(folder: Path, place: str) -> App:
    return start(Choices(None, None, (f"api.tokens={place}",)), folder, {})


def text_of(app: App, right: Right, place: str) -> str:
    """The token as its owner finds it."""
    if place == "file":
        return token_file(app.data_dir, right).read_text(encoding="ascii").strip()
    found = token_beside_files(app, right)
    assert found is not None
    return found


@pytest.mark.parametrize("place", ["file", "keyring"])
@pytest.mark.usefixtures("system")
def test_three_tokens_are_made_at_the_first_start_and_stay(tmp_path: Path, place: str) -> None:
    tokens_of(app_keeping(tmp_path, place))
    first = {right: text_of(app_keeping(tmp_path, place), right, place) for right in Right}
    tokens = tokens_of(app_keeping(tmp_path, place))

    assert {right: tokens.holder_of(text) for right, text in first.items()} == {
        right: right for right in Right
    }
    assert len(set(first.values())) == len(Right)
    assert min(len(text) for text in first.values()) >= 43


@pytest.mark.parametrize("place", ["file", "keyring"])
@pytest.mark.usefixtures("system")
def test_a_given_token_goes_before_a_kept_one(tmp_path: Path, place: str) -> None:
    given = "g" * 43
    variables = {"FIN_AGENT_API_READ_TOKEN": given}
    app = start(Choices(None, None, (f"api.tokens={place}",)), tmp_path, variables)

    assert tokens_of(app).holder_of(given) is Right.READ


def test_tokens_of_the_keyring_are_in_no_file(tmp_path: Path, system: MemoryKeyring) -> None:
    tokens_of(app_keeping(tmp_path, "keyring"))

    assert {service for service, _ in system.kept} == {"fin-agent"}
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(text.encode() in one for text in system.kept.values() for one in written)


def test_a_locked_keyring_is_one_clear_line(tmp_path: Path, system: MemoryKeyring) -> None:
    system.is_locked = True

    with pytest.raises(StateUnavailable, match=r"keyring does not answer.*api.tokens: file"):
        tokens_of(app_keeping(tmp_path, "keyring"))
