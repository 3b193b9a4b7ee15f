"""Programs that tests need from the system: absent, a test is skipped; under ``CI`` it fails."""

import os
import shutil
from typing import NoReturn

import pytest


def program(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    path = next((path for name in names if (path := shutil.which(name))), None)
    return path or lacking(f"{' or '.join(names)} is not installed")


def lacking(what: str) -> NoReturn:
    """Skip for a thing this machine has not, but fail where every test must run."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}: under CI nothing may be skipped")
    pytest.skip(what)
