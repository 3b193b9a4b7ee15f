"""The API's doctor is the doctor of the command line, and asks nobody outside unless told to."""

from pathlib import Path

from fin_agent.composition.doctor import examine
from tests.entrypoints.api.wire import site_on


async def test_the_doctor_finds_what_the_command_finds(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        told = (await site.get("/v1/health/doctor")).document
        found = await examine(site.app, offline=True)

    checks = [(check["name"], check["state"]) for check in told["checks"]]
    assert checks == [("entries", "ok"), *((f.check, f.level.value) for f in found.findings)]
    assert all(one["works"] is None for one in told["capabilities"])
