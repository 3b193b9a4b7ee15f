"""A running agent tells what it does in JSON lines, and no line holds a secret."""

import json
import logging
from io import StringIO
from pathlib import Path

import pytest

from fin_agent.composition.api_tokens import Right, token_file, tokens_of
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.loading import Choices
from fin_agent.composition.logging import logged, quiet
from tests.acceptance.command_line import in_own_process
from tests.acceptance.demo_days import SECOND, DemoDays, demo_days, laid_out
from tests.entrypoints.live_days import ONE_DAY

__all__ = ["demo_days", "laid_out"]

SECRETS = {
    "ALPACA_KEY_ID": "PKCANARY0123456789AB",
    "ALPACA_SECRET_KEY": "canary/secret+with=signs&more",
    "FINNHUB_API_KEY": "canaryfinnhubkey1234",
    "ALPHAVANTAGE_API_KEY": "CANARYALPHA1234",
    "NEWSAPI_API_KEY": "canarynewsapi1234567",
    "REDIS_PASSWORD": "canary-redis-pass",
    "FIN_AGENT_LIVE_ACCOUNT": "CANARY-ACCOUNT-1",
}


def an_app(folder: Path, *assignments: str) -> App:
    return start(Choices(assignments=("logging.format=json", *assignments)), folder, SECRETS)


def lines_in(folder: Path) -> list[dict[str, object]]:
    text = (folder / "logs" / "agent.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def fail(secret: str) -> None:
    raise RuntimeError(f"cannot reach https://x.test/?key={secret}")


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "logger", ["fin_agent.x", "aiohttp.client", "uvicorn.error", "py.warnings"]
)
def test_no_configured_secret_is_in_any_line(tmp_path: Path, name: str, logger: str) -> None:
    secret = SECRETS[name]
    with logged(an_app(tmp_path, "logging.lines_per_minute=1000"), as_document=True):
        speaker = logging.getLogger(logger)
        speaker.warning("asked with %s", secret, extra={"facts": {"of": [secret]}})
        try:
            fail(secret)
        except RuntimeError:
            speaker.exception("it broke")

    told = lines_in(tmp_path)
    text = (tmp_path / "logs" / "agent.jsonl").read_text()
    assert "RuntimeError" in text
    assert len(told) == 3  # and how many lines there were
    assert secret not in text
    assert json.dumps(secret)[1:-1] not in text


def test_the_tokens_of_the_api_are_secrets_too(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    tokens_of(app)
    token = token_file(tmp_path, Right.CONTROL).read_text().strip()

    with logged(app, as_document=True):
        logging.getLogger("fin_agent.x").warning("held by %s", token)

    assert lines_in(tmp_path)[0]["message"] == "held by [redacted]"


def test_libraries_tell_only_what_is_wrong(tmp_path: Path) -> None:
    with logged(an_app(tmp_path, "logging.level=debug"), as_document=True):
        for name in ("aiohttp.access", "urllib3.connectionpool", "curl_cffi", "uvicorn.access"):
            logging.getLogger(name).info("GET /")
        logging.getLogger("yfinance").error("possibly delisted")
        logging.getLogger("fin_agent.x").debug("kept")

    assert [line["message"] for line in lines_in(tmp_path)] == ["kept", "log lines"]


def test_what_was_there_before_is_put_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = [*root.handlers], root.level
    stream = StringIO()

    with quiet(stream):
        logging.getLogger("any").warning("password=verysecret1")
        logging.getLogger("any").info("not told")

    assert ([*root.handlers], root.level) == before
    assert stream.getvalue().endswith("WARNING any: password=[redacted]\n")


def test_a_log_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")

    with logged(an_app(tmp_path), as_document=True) as writer:
        logging.getLogger("fin_agent.x").info("said")

    assert writer.counts.unwritable >= 1


def test_a_day_is_told_in_lines_that_name_cause_and_plan(demo_days: DemoDays) -> None:
    done = in_own_process("run", "--clock", ONE_DAY, *demo_days.place, env=SECRETS)

    lines = [json.loads(line) for line in done.out.splitlines()]
    by_name = {line["message"]: line for line in lines}
    assert done.code == 0, done.err
    assert by_name["SessionOpened"]["channel"] == "audit"
    assert by_name["FillRecorded"]["channel"] == "trading"
    assert by_name["log lines"]["channel"] == "performance"
    assert {line["session_date"] for line in lines if "event_id" in line} == {SECOND}
    intent = by_name["OrderIntentCreated"]
    approved = [line for line in lines if line["message"] == "PlanApproved"]
    assert intent["plan_id"] in {line["plan_id"] for line in approved}
    assert intent["causation_id"]
    assert by_name["session ended"]["session"]["flat"] is True
    assert "SignalExpired" not in by_name  # to tell of a stale plan is not to act on it
    assert lines_in(demo_days.folder)[-1]["message"] == "log lines"
    for secret in SECRETS.values():
        assert secret not in done.out + done.err
