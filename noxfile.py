"""The tests on every supported Python: ``uvx nox``, or one of them: ``uvx nox -s tests-3.13``."""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.stop_on_first_error = False


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Every test, as the lock installs it; words after ``--`` go to pytest."""
    session.install("--require-hashes", "-r", "requirements-dev.lock")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("pytest", *(session.posargs or ["-q", "-n", "2"]))


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """What ``make lint`` does."""
    session.install("--require-hashes", "-r", "requirements-dev.lock")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy", "src", "tests")
    session.run("lint-imports", "--no-logo")
