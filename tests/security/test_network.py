"""The program speaks to the vendors that were chosen and to this machine, and to nobody else."""

import json
import re
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fin_agent.adapters.alpaca_wire.transport import LIVE_HOST, PAPER_HOST
from fin_agent.composition.addresses import REST, STREAMS, check_addresses
from fin_agent.composition.loading import Choices, load
from fin_agent.domain.errors import ConfigError
from tests.acceptance.command_line import environment, fin_agent
from tests.acceptance.demo_days import SECOND, DemoDays, demo_days, laid_out
from tests.ops.tools import ROOT

__all__ = ["demo_days", "laid_out"]

PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
NAMESPACES = {"www.ecb.int", "www.w3.org"}  # names in XML, never asked
URL = re.compile(r"(?:https?|wss?)://[a-z][\w.-]+\.[a-z]+[\w./-]*")


def heard(folder: Path, *words: str | Path) -> list[tuple[str, Any]]:
    """What a command binds, connects to and asks for; proxies in its environment are bait."""
    file = folder / "heard.jsonl"
    line = [sys.executable, "-m", "tests.security.listening", str(file), *map(str, words)]
    subprocess.run(
        line, cwd=ROOT, env={**environment(), **PROXIES}, capture_output=True, check=True
    )
    return [tuple(json.loads(text)) for text in file.read_text(encoding="utf-8").splitlines()]


def is_here(address: object) -> bool:
    """A loopback address with a port, or a socket file."""
    if isinstance(address, str):
        return address.startswith(("/", "\0"))
    return isinstance(address, list) and ip_address(address[0]).is_loopback


def test_a_running_agent_listens_and_speaks_on_this_machine_only(
    demo_days: DemoDays, tmp_path: Path
) -> None:
    clock = f"{SECOND}T07:55:00-05:00@50000"
    addresses = heard(tmp_path, "run", "--clock", clock, *map(str, demo_days.place))

    assert [found for found in addresses if not is_here(found[1])] == []


def test_the_listener_hears(tmp_path: Path) -> None:
    """A connection that is made would be seen: Redis is asked for on a port where nothing is."""
    file = tmp_path / "heard.jsonl"
    words = ["run", "--data-dir", str(tmp_path / "data"), "--set", "data.use=stored"]
    words += ["--set", "bus.use=redis", "--set", "bus.url=redis://127.0.0.1:9"]
    line = [sys.executable, "-m", "tests.security.listening", str(file), *words]
    subprocess.run(line, cwd=ROOT, env=environment(), capture_output=True, check=False, timeout=120)

    told = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    assert ["socket.connect", ["127.0.0.1", 9]] in told


def test_every_address_in_the_source_is_on_the_list() -> None:
    known = {urlsplit(url).hostname for url in (*REST.values(), *STREAMS.values())}
    known |= {LIVE_HOST, PAPER_HOST, *NAMESPACES}
    found = {
        urlsplit(url).hostname
        for path in (ROOT / "src").rglob("*.py")
        for url in URL.findall(path.read_text(encoding="utf-8"))
    }

    assert found - known == set()


ADDRESSES = [*(f"{name}.base_url" for name in REST), *(f"{name}.ws_url" for name in STREAMS)]
ELSEWHERE = (
    "https://evil.example",
    "https://data.alpaca.markets.evil.example",
    "https://evil.example/data.alpaca.markets",
    "https://127.0.0.1.evil.example",
    "https://data.alpaca.markets@evil.example",
    "http://data.alpaca.markets",
    "ftp://127.0.0.1",
)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_provider_can_be_sent_elsewhere(url: str) -> None:
    assignments = [f"providers.{key}={url}" for key in ADDRESSES]
    settings = load(Choices(None, None, assignments), {}).settings

    with pytest.raises(ConfigError) as refused:
        check_addresses(settings.providers)

    told = {problem.partition(":")[0] for problem in refused.value.problems}
    assert told == {f"providers.{key}" for key in ADDRESSES}


def test_the_check_of_the_settings_says_so() -> None:
    assignment = "providers.finnhub.base_url=https://evil.example"

    done = fin_agent("config", "check", "--set", assignment, "--set", "universe.file=all")

    assert done.code == 78
    refusal = "'evil.example' is no host of this provider; there are finnhub.io"
    assert done.problems == [f"providers.finnhub.base_url: {refusal}"]
