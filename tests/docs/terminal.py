"""The reader's terminal: types the console blocks of a page and compares what comes out.

``fin-agent`` runs in this process, because starting Python anew costs a second a command.
"""

import shlex
import shutil
import subprocess
import sys
import tomllib
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

import pytest
from sybil import Example
from typer.testing import CliRunner

from fin_agent.composition.loading import Choices, load
from fin_agent.entrypoints.cli.main import app
from tests.docs.pages import EXAMPLES, ROOT, file_named_before

PROMPT = "$ "
_HARMLESS = {"cat", "cp", "find", "head", "ls", "mkdir", "mv", "rm", "tail"}
_BEFOREHAND = {"cd", "git", "source"}


class Terminal:
    """A working folder with an environment; the data directory is below its home."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = patch
        self._code = 0

    def console(self, example: Example) -> str | None:
        """Run the commands of a block; what is wrong with their output."""
        problems = [
            problem
            for command, wanted in _commands(str(example.parsed))
            if (problem := self._check(command, wanted)) is not None
        ]
        return "\n".join(problems) or None

    def write(self, example: Example) -> str | None:
        """Put the block into the working folder under the name that stands before it."""
        name = file_named_before(example.document, example.region.start)
        if name is not None:
            (self.folder / name).write_text(str(example.parsed), encoding="utf-8")
        return None

    def settings(self, example: Example) -> str | None:
        """A block of YAML is part of a configuration, so it must be a valid one."""
        self.write(example)
        path = self.folder / "block.yaml"
        path.write_text(str(example.parsed), encoding="utf-8")
        name = file_named_before(example.document, example.region.start)
        profile = "prod" if name == "config/prod.yaml" else None
        load(Choices(config=path, profile=profile), {"FIN_AGENT_LIVE_ACCOUNT": "typed"})
        return None

    def _check(self, command: str, wanted: str) -> str | None:
        failed, self._code = self._code, 0
        if command == "echo $?":
            return _compared(command, wanted, str(failed))
        if failed:
            return f"the command before {command!r} ended with exit code {failed}"
        return _compared(command, wanted, self._run(command))

    def _run(self, command: str) -> str | None:
        """The output of a command, or None when there is nothing to compare."""
        program, *arguments = map(_expanded, shlex.split(command))
        if program == "fin-agent":
            return self._fin_agent(arguments)
        if program == "python":
            return self._shell(command.replace("python", sys.executable, 1), ROOT)
        if program in _HARMLESS:
            return self._shell(command, self.folder)
        if program == "export":
            self._export(arguments)
        elif program == "pip":
            self._install()
        elif program == "make":
            _assert_target(arguments[0])
        else:
            assert program in _BEFOREHAND, f"{command!r}: the tests cannot run {program}"
        return None

    def _export(self, pairs: list[str]) -> None:
        for name, value in (pair.split("=", 1) for pair in pairs):
            self._patch.setenv(name, _expanded(value))

    def _fin_agent(self, arguments: list[str]) -> str:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self._code = result.exit_code
        return result.output

    def _shell(self, command: str, folder: Path) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False
        )
        self._code = done.returncode
        return done.stdout + done.stderr

    def _install(self) -> None:
        """What pip leaves of the package in ./pyproject.toml: its modules and entry points."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))
        site, about = self.folder / "site", project["project"]
        record = site / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
        record.mkdir(parents=True)
        metadata = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
        (record / "METADATA").write_text(metadata, encoding="utf-8")
        lines = []
        for group, points in about["entry-points"].items():
            lines += [f"[{group}]", *(f"{name} = {where}" for name, where in points.items())]
        (record / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for module in EXAMPLES.glob("*.py"):
            shutil.copy(module, site)
        self._patch.syspath_prepend(str(site))


def _expanded(word: str) -> str:
    return str(Path(word).expanduser()) if word.startswith("~") else word


def _commands(block: str) -> list[tuple[str, str]]:
    """Commands with the output that the block shows; a line ending in a backslash goes on."""
    found: list[tuple[str, list[str]]] = []
    for line in block.replace("\\\n", " ").splitlines():
        if line.startswith(PROMPT):
            found.append((line.removeprefix(PROMPT), []))
        else:
            assert found, f"a console block begins with {PROMPT!r}, was {line!r}"
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip()) for command, lines in found]


def _compared(command: str, wanted: str, got: str | None) -> str | None:
    if not wanted or got is None:
        return None
    fits = OutputChecker().check_output(wanted, got.strip(), ELLIPSIS | NORMALIZE_WHITESPACE)
    return None if fits else f"{command}\nwanted:\n{wanted}\ngot:\n{got}"


def _assert_target(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\n{target}:" in makefile, f"the Makefile has no target {target}"
