"""``fin-agent`` as a person or a script runs it: words in; exit code, stdout and stderr out."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from fin_agent.entrypoints.cli.main import app

Word = str | Path | int
TIMEOUT_S = 120
NO_API = {"FIN_AGENT__API__ENABLED": "false"}  # tests beside each other have one port


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def problems(self) -> list[str]:
        """What stands behind ``error:`` on stderr, a line each."""
        lines = self.err.splitlines()
        return [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]

    @property
    def warnings(self) -> list[str]:
        lines = self.err.splitlines()
        return [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]


def fin_agent(*words: Word, env: Mapping[str, str] | None = None) -> Done:
    """Run a command in this process; settings come from ``env`` alone."""
    given = {**_unset(), **(NO_API if "run" in words else {}), **(env or {})}
    result = CliRunner().invoke(app, [str(word) for word in words], env=given)
    return Done(result.exit_code, result.stdout, result.stderr)


def document(*words: Word, env: Mapping[str, str] | None = None) -> Any:
    """The document of a command that must succeed."""
    done = fin_agent(*words, "--json", env=env)
    assert done.code == 0, (words, done.err)
    return done.document


def refusal(code: int, *words: Word, env: Mapping[str, str] | None = None) -> list[str]:
    """The problems of a command that must end with this code, the same for people and scripts."""
    person, script = fin_agent(*words, env=env), fin_agent(*words, "--json", env=env)
    assert person.code == script.code == code, (words, person.code, person.err)
    assert person.out == ""
    assert script.problems == person.problems != []
    assert script.document["error"]["problems"] == person.problems
    assert script.document["error"]["exit"] == code
    return person.problems


def in_own_process(
    *words: Word, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Done:
    """Run a command as a new process."""
    done = subprocess.run(
        [sys.executable, "-m", "fin_agent", *map(str, words)],
        cwd=cwd,
        env={**environment(), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def environment() -> dict[str, str]:
    """This environment without settings of the agent, and without its API."""
    return {n: value for n, value in os.environ.items() if n not in _unset()} | NO_API


def _unset() -> dict[str, str | None]:
    return dict.fromkeys(name for name in os.environ if name.upper().startswith("FIN_AGENT"))
