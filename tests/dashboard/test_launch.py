"""The dashboard's process listens on this machine, tells nobody, and takes no token on its line."""

from pathlib import Path
from socket import create_server

import pytest
from streamlit import config

from fin_agent.composition.bootstrap import start
from fin_agent.composition.loading import Choices
from fin_agent.domain.errors import ConfigError, UsageError
from fin_agent.entrypoints.cli.dashboard_process import become
from fin_agent.entrypoints.dashboard.launch import OPTIONS, READ_TOKEN, Launch, read_token
from tests.acceptance.demo_days import DemoDays, demo_days, laid_out

__all__ = ["demo_days", "laid_out"]


def test_what_is_written_on_the_command_line_is_read_again() -> None:
    launch = Launch("http://127.0.0.1:1", Path("/data/read.token"), 9, end_with_stdin=True)

    assert Launch.parse(launch.arguments) == launch


def test_every_option_is_one_that_streamlit_knows() -> None:
    known = config.get_config_options()

    assert set(OPTIONS) <= set(known)


def test_it_listens_here_only_and_sends_no_statistics() -> None:
    assert OPTIONS["server.address"] == "127.0.0.1"
    assert OPTIONS["browser.gatherUsageStats"] is False
    assert OPTIONS["client.showErrorDetails"] == "none"


def test_the_token_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "read.token"
    assert read_token(file) is None

    file.write_text("secret\n", encoding="ascii")
    assert read_token(file) == "secret"


def test_a_token_in_the_environment_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READ_TOKEN, "given")

    assert read_token(tmp_path / "none") == "given"


@pytest.mark.parametrize(
    "api", ["https://127.0.0.1:1", "http://example.com", "http://10.0.0.1:8420", "127.0.0.1:8420"]
)
def test_the_token_is_sent_to_this_machine_only(demo_days: DemoDays, api: str) -> None:
    app = start(Choices(demo_days.folder / "config.yaml", None, ()), demo_days.folder, {})

    with pytest.raises(UsageError, match="on this machine"):
        become(app, api, None, lambda _: None)


def test_a_port_in_use_is_told_in_one_line(demo_days: DemoDays) -> None:
    app = start(Choices(demo_days.folder / "config.yaml", None, ()), demo_days.folder, {})
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=f"dashboard.port: {port} cannot be used"):
            become(app, None, port, lambda _: None)
