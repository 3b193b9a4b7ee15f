"""Image and compose file: valid by their own rules, and with no more rights than they need."""

import asyncio
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fin_agent.composition.secrets import Secrets
from ops.relay import relay
from tests.ops.tools import ROOT, checked, tool

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KEY_LIKE = re.compile(r"(pass|key|token|secret)", re.IGNORECASE)
each_service = pytest.mark.parametrize("name", SERVICES)


def instructions(word: str) -> list[str]:
    """The arguments of every instruction of a kind, in order."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    return re.findall(rf"^{word} (.*)$", joined, re.MULTILINE)


def test_hadolint_has_nothing_to_say() -> None:
    checked("hadolint", "Dockerfile")


def test_hadolint_would_say_it(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN pip install x\n")
    line = [str(tool("hadolint")), str(tmp_path / "Dockerfile")]

    assert subprocess.run(line, capture_output=True, check=False).returncode == 1


def test_the_compose_file_follows_its_schema() -> None:
    checked("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")


def test_what_is_installed_is_what_the_lock_hashes() -> None:
    fetching = [run for run in instructions("RUN") if "pip install" in run]

    assert "--require-hashes --only-binary :all: -r requirements-image.lock" in fetching[0]
    assert "--no-deps --no-build-isolation ." in fetching[1]
    assert len(fetching) == 2
    assert not re.search(r"curl|wget|apt|git clone|ADD ", DOCKERFILE)


def test_the_image_lock_holds_the_lock_and_the_extras() -> None:
    def named(lock: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))

    assert named("requirements.lock") <= named("requirements-image.lock")
    assert named("requirements-image.lock") <= named("requirements-dev.lock")


def test_the_image_runs_as_nobody_in_particular_and_in_exec_form() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert instructions("ENTRYPOINT") == ['["fin-agent"]']
    assert "/healthz" in "".join(instructions("HEALTHCHECK"))
    assert instructions("STOPSIGNAL") == ["SIGTERM"]


def test_no_secret_is_built_in() -> None:
    for line in (*instructions("ENV"), *instructions("ARG")):
        assert not KEY_LIKE.search(line), line
    sent = (ROOT / ".dockerignore").read_text().split()
    assert "*" in sent
    assert {line for line in sent if line.startswith("!")} == {
        "!requirements-image.lock",
        "!pyproject.toml",
        "!README.md",
        "!config.yaml",
        "!config/",
        "!src/",
    }


@each_service
def test_a_service_has_no_right_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
    assert service["mem_limit"]
    assert "privileged" not in service
    assert service["image"].startswith("fin-agent:") or ":0" not in service["user"]


@each_service
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:")


@each_service
def test_secrets_are_files_and_never_variables(name: str) -> None:
    service = SERVICES[name]

    for variable, value in service.get("environment", {}).items():
        assert not KEY_LIKE.search(variable) or str(value).startswith("/run/secrets/"), variable
    for secret in service.get("secrets", []):
        assert COMPOSE["secrets"][secret]["file"] == f"./secrets/{secret}"


def test_every_service_can_be_asked_for_its_health_and_is_waited_for() -> None:
    of_image = {"agent"}  # the image's own health check
    asked = {name for name, service in SERVICES.items() if "healthcheck" in service} | of_image

    assert asked == set(SERVICES)
    for service in SERVICES.values():
        for other, condition in service.get("depends_on", {}).items():
            wanted = "service_started" if other == "pod" else "service_healthy"
            assert condition == {"condition": wanted}


def test_the_dashboard_has_no_key_of_a_broker_and_no_database() -> None:
    dashboard = SERVICES["dashboard"]

    assert "volumes" not in dashboard
    assert dashboard["secrets"] == ["fin_agent_api_read_token"]


def test_every_volume_is_declared_and_every_folder_is_read_only() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source, *rest = volume.split(":")
            assert source in COMPOSE["volumes"] or rest[-1] == "ro", volume


def test_the_agents_secrets_are_named_as_it_looks_for_them() -> None:
    assert set(SERVICES["agent"]["secrets"]) <= set(Secrets.model_fields)


async def test_the_door_passes_both_ways_and_closes_what_leads_nowhere() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()

    inner = await asyncio.start_server(shout, "127.0.0.1", 0)
    port = inner.sockets[0].getsockname()[1]
    door = await relay(0, port)
    async with asyncio.timeout(30), door:
        async with inner:
            assert await asked(door, b"hello\n") == b"HELLO\n"
        assert await asked(door, b"hello\n") == b""


async def asked(door: asyncio.Server, words: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*door.sockets[0].getsockname())
    writer.write(words)
    answer = await reader.read()
    writer.close()
    return answer
