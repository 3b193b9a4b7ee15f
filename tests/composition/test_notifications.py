"""Channels come from settings and secrets; a problem with one is a line with its remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.loading import Choices
from fin_agent.composition.notifications import channels, levels_in_force, rules_of, try_channels
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.notice import Severity

CANARY = "canary-77aa66bb"


def app_with(folder: Path, *assignments: str, **environment: str) -> App:
    return start(Choices(None, None, assignments), folder, environment)


def test_there_is_no_channel_by_default(tmp_path: Path) -> None:
    assert channels(app_with(tmp_path)) == []


def test_a_channel_is_known_by_its_own_name(tmp_path: Path) -> None:
    app = app_with(tmp_path, "notifications=[{use: file},{use: terminal,name: tty,least: warning}]")

    file, terminal = channels(app)

    assert (file.name, file.least) == ("file", Severity.INFO)
    assert (terminal.name, terminal.least) == ("tty", Severity.WARNING)


def test_two_channels_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two channels have one name"):
        app_with(tmp_path, "notifications=[{use: file},{use: file}]")


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ("{use: pigeon}", "notifications.0.use: no plug-in 'pigeon'; there are apprise, desktop"),
        ("{use: webhook}", "notifications.0: set CHANNEL_WEBHOOK in the environment or as a file"),
        ("{use: webhook, name: ops}", "notifications.0: set CHANNEL_OPS"),
        ("{use: file, options: {size: 3}}", "notifications.0.options.size: unknown option"),
        ("{use: desktop, options: {command: no-such-x}}", "notifications.0: no-such-x is not"),
        (
            "{use: mail, options: {server: mx.example.com, sender: a, to: b, security: insecure}}",
            "notifications.0: security: insecure is for a server on this machine",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(tmp_path: Path, choice: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        channels(app_with(tmp_path, f"notifications=[{choice}]"))

    assert caught.value.problems[0].startswith(problem)


@pytest.mark.parametrize("address", [f"http://example.com/{CANARY}", f"bogus://{CANARY}", CANARY])
def test_a_wrong_address_is_refused_without_showing_it(tmp_path: Path, address: str) -> None:
    for use in ("webhook", "apprise"):
        app = app_with(tmp_path, f"notifications=[{{use: {use}, name: x}}]", CHANNEL_X=address)
        with pytest.raises(ConfigError) as caught:
            channels(app)

        assert "notifications.0: " in str(caught.value)
        assert CANARY not in str(caught.value)


def test_the_secret_of_a_channel_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "channel_ops").write_text("https://example.com/hook\n")
    app = app_with(
        tmp_path,
        "notifications=[{use: webhook,name: ops}]",
        FIN_AGENT_SECRETS_DIR=str(tmp_path),
    )

    assert [channel.name for channel in channels(app)] == ["ops"]
    assert "hook" not in repr(app.loaded.secrets)


def test_levels_are_checked_and_shown(tmp_path: Path) -> None:
    app = app_with(tmp_path, "notify.levels={entry_filled: silent}")

    assert levels_in_force(app)["entry_filled"] == "silent"
    assert levels_in_force(app)["stop_hit"] == "on"
    with pytest.raises(ConfigError, match="no kind of notice entry_fill"):
        app_with(tmp_path, "notify.levels={entry_fill: silent}")


def test_times_are_those_of_the_settings(tmp_path: Path) -> None:
    usual = rules_of(app_with(tmp_path).settings.notify)
    never = rules_of(app_with(tmp_path, "notify.safe_after_minutes=0").settings.notify)

    assert usual.safe_after == timedelta(minutes=30)
    assert never.safe_after is None
    assert usual.pace.repeat == timedelta(minutes=5)


async def test_a_test_message_says_which_channels_work(tmp_path: Path) -> None:
    app = app_with(
        tmp_path,
        "notifications=[{use: file},{use: webhook,name: ops}]",
        CHANNEL_OPS=f"http://127.0.0.1:9/{CANARY}",
    )

    found = dict(await try_channels(app))

    assert found["file"] is None
    assert found["ops"] is not None
    assert found["ops"].startswith("no connection")
    assert CANARY not in found["ops"]
