"""yfinance's cookie stays in memory: a file of it would be a pickle that anybody may have damaged.

yfinance keeps one session a process, so each of these is a process of its own.
"""

import subprocess
import sys
from pathlib import Path

import pytest

CHILD = """
import asyncio, sys
from pathlib import Path
from tests.adapters.market_data.yahoo_world import DAY, a_world
from tests.servers.yahoo import epoch

async def main():
    async with a_world(Path(sys.argv[1])) as world:
        price = await world.one(preMarketPrice=106.0, preMarketTime=epoch(DAY, "07:58"))
        print(getattr(price, "value", price))

asyncio.run(main())
"""


def told(folder: Path) -> str:
    """What a process with this folder is told of a quote."""
    line = [sys.executable, "-W", "error::ResourceWarning", "-c", CHILD, str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr


def test_no_file_is_written(tmp_path: Path) -> None:
    assert told(tmp_path) == "106.0\n"
    assert [*tmp_path.glob("yahoo/*")] == []


@pytest.mark.parametrize("is_folder", [False, True])
def test_one_that_was_left_and_is_damaged_harms_nothing(tmp_path: Path, *, is_folder: bool) -> None:
    left = tmp_path / "yahoo" / "cookies.db"
    left.parent.mkdir()
    if is_folder:
        left.mkdir()
    else:
        left.write_bytes(b"no database at all" * 500)

    assert told(tmp_path) == "106.0\n"
