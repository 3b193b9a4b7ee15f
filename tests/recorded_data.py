"""Where recorded market data lies: ``FIN_AGENT_TEST_DATA``, else ``../shared/data``.

Where it is expected (the variable is set, or ``CI`` is and ``../shared`` is beside the repository)
its absence fails; elsewhere the tests that need it are skipped.
"""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[1].parent / "shared"
_NAMED = os.environ.get("FIN_AGENT_TEST_DATA")
DATA = Path(_NAMED) if _NAMED else BESIDE / "data"


def need(*paths: Path) -> None:
    """Skip without recorded data, but fail where it must be."""
    absent = [str(path) for path in paths if not path.exists()]
    if not absent:
        return
    reason = f"needs recorded market data: {', '.join(absent)}; set FIN_AGENT_TEST_DATA"
    if _NAMED or (os.environ.get("CI") and BESIDE.is_dir()):
        pytest.fail(reason)
    pytest.skip(reason)
