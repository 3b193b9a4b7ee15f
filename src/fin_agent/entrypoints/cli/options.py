"""The options every command takes, and the one way a command ends: document, line, exit code.

Nothing heavy is imported here: ``fin-agent --help`` pays for this module.
"""

import asyncio
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fin_agent.composition.bootstrap import App

NO, USAGE, BAD_DATA, UNAVAILABLE, INTERNAL = 1, 2, 65, 69, 70
NO_STATE, LOCKED, BAD_CONFIG = 73, 75, 78


@dataclass(frozen=True, slots=True)
class Options:
    """What stands on every command line."""

    config: Path | None
    profile: str | None
    assignments: tuple[str, ...]
    data_dir: Path | None
    as_json: bool
    _started: "list[App]" = field(default_factory=list)

    def app(self) -> "App":
        """Put the application together from these options and the environment."""
        from fin_agent.composition.bootstrap import start
        from fin_agent.composition.loading import Choices

        choices = Choices(self.config, self.profile, self.assignments)
        app = start(choices, self.data_dir, os.environ)
        self._started.append(app)
        return app

    def print_document(self, document: Mapping[str, Any]) -> None:
        """Print the one JSON document of this command."""
        from fin_agent.entrypoints.documents.values import text_of

        sys.stdout.write(text_of(document) + "\n")

    def console(self) -> "Console":
        """Where a person reads the result."""
        from rich.console import Console

        return Console(width=None if sys.stdout.isatty() else 100)

    def note(self, text: str) -> None:
        """A line beside the result: on stderr, so that stdout stays clean."""
        sys.stderr.write(text + "\n")

    def warnings(self) -> list[str]:
        """What the application found and went on from."""
        return [warning for app in self._started for warning in app.warnings]


ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings (default: ./config.yaml).")
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile", metavar="NAME", help="Adds config/NAME.yaml: demo, paper, dev, prod."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting; may be repeated."),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", help="Where the state is (default: FIN_AGENT_DATA_DIR)."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")
]

_SHARED = (
    ("config", ConfigOption, None),
    ("profile", ProfileOption, None),
    ("assignments", SetOption, None),
    ("data_dir", DataDirOption, None),
    ("as_json", JsonOption, False),
)

Command = Callable[..., Coroutine[Any, Any, int | None]]
LoopFactory = Callable[[], asyncio.AbstractEventLoop] | None


def command(
    app: typer.Typer, name: str, loop: Callable[[], LoopFactory] = lambda: None
) -> Callable[[Command], Command]:
    """Register an async command that takes ``Options`` first; its result is the exit code.

    ``loop`` gives the factory of the event loop that the command runs in, None for Python's own.
    """

    def register(function: Command) -> Command:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        def call(**values: Any) -> None:  # noqa: ANN401 - typer fills it by the signature below
            given = {key: values.pop(key) for key, _, _ in _SHARED}
            given["assignments"] = tuple(given["assignments"] or ())
            options = Options(**given)
            with Ending(options):
                with asyncio.Runner(loop_factory=loop()) as runner:
                    code = runner.run(function(options, **values))
                raise typer.Exit(code or 0)

        shared = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=value, annotation=kind)
            for key, kind, value in _SHARED
        ]
        own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        call.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined] # as PEP 362 allows
        call.__annotations__ = {p.name: p.annotation for p in [*own, *shared]}
        call.__doc__ = function.__doc__
        app.command(name)(call)
        return function

    return register


class Ending:
    """Turns errors into one line and the exit code of design section 5, and prints warnings."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        for warning in self._options.warnings():
            self._options.note(f"warning: {warning}")
        if isinstance(error, KeyboardInterrupt):
            self._options.note("interrupted")
            raise typer.Exit(130)
        if isinstance(error, Exception) and not isinstance(error, _PASSED_ON):
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        from fin_agent.domain.errors import FinAgentError

        code = exit_code(error)
        problems = getattr(error, "problems", (str(error),))
        if not isinstance(error, FinAgentError):
            traceback.print_exception(error)
            problems = (f"this is a bug in fin-agent: {type(error).__name__}: {error}",)
        if self._options.as_json:
            from fin_agent.entrypoints.documents.whole import error_document

            self._options.print_document(error_document(error, code))
        for problem in problems:
            self._options.note(f"error: {problem}")
        raise typer.Exit(code) from error


_PASSED_ON = (typer.Exit, typer.Abort, BrokenPipeError)


def exit_code(error: Exception) -> int:
    """The exit code that tells a script what to do about an error."""
    from fin_agent.domain import errors

    codes: tuple[tuple[type[Exception], int], ...] = (
        (errors.UsageError, USAGE),
        (errors.ConfigError, BAD_CONFIG),
        (errors.InvalidValue, BAD_DATA),
        (errors.Unavailable, UNAVAILABLE),
        (errors.Ambiguous, UNAVAILABLE),
        (errors.Refused, UNAVAILABLE),
        (errors.StateUnavailable, NO_STATE),
        (errors.AlreadyRunning, LOCKED),
    )
    return next((code for kind, code in codes if isinstance(error, kind)), INTERNAL)
