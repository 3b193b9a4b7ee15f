"""systemd units: what systemd says about them, and that they fit the program."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fin_agent.composition.secrets import Secrets
from fin_agent.entrypoints.cli import options
from tests.ops.tools import ROOT
from tests.programs import program

FOLDER = ROOT / "ops/systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
WORST = 15  # tenths of systemd's exposure level, which ends at 10.0
each_service = pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)


def service(path: Path) -> dict[str, str]:
    """The section Service; of a key that stands twice the last."""
    section = path.read_text(encoding="utf-8").partition("[Service]")[2].partition("\n[")[0]
    return dict(re.findall(r"^(\w+)=(.*)$", section, re.MULTILINE))


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    for unit in tmp_path.rglob("*.service"):  # the program is not installed here
        text = unit.read_text().replace("/opt/fin-agent/bin/fin-agent", "/bin/true")
        unit.write_text(text)
    units = [str(path) for path in tmp_path.iterdir() if path.is_file()]

    line = [program("systemd-analyze"), "verify", "--man=no", *units]
    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_service
def test_little_is_exposed(path: Path) -> None:
    line = [
        program("systemd-analyze"),
        "security",
        "--offline=true",
        f"--threshold={WORST}",
        str(path),
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@each_service
def test_nothing_is_written_for_others_or_into_a_core(path: Path) -> None:
    unit = service(path)

    assert (unit["UMask"], unit["LimitCORE"]) == ("0077", "0")
    assert unit["NoNewPrivileges"] == "yes"
    assert unit["ProtectSystem"] == "strict"
    assert unit["CapabilityBoundingSet"] == ""


def test_the_agent_is_watched_and_a_start_that_cannot_help_is_not_tried() -> None:
    unit = service(FOLDER / "fin-agent.service")

    assert unit["Type"] == "notify"
    assert int(unit["WatchdogSec"]) > 30  # longer than the loop's own watch waits
    hopeless = {str(code) for code in (options.BAD_DATA, options.LOCKED, options.BAD_CONFIG)}
    assert set(unit["RestartPreventExitStatus"].split()) == hopeless


def test_credentials_are_named_like_the_secrets_of_the_program() -> None:
    known = set(Secrets.model_fields)
    for path in FOLDER.rglob("*.conf"):
        loaded = re.findall(r"^LoadCredential=(\w+):(\S+)$", path.read_text(), re.MULTILINE)
        assert loaded
        for name, file in loaded:
            assert name in known
            assert file.endswith(f"/{name}")


def test_no_unit_holds_a_secret() -> None:
    for path in (*SERVICES, *FOLDER.rglob("*.conf")):
        for line in re.findall(r"^Environment=(.*)$", path.read_text(), re.MULTILINE):
            assert not re.search(r"key|secret|token|password", line, re.IGNORECASE)
