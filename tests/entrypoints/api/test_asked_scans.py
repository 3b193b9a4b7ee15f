"""A scan that a person asked for is shown like the agent's own: headlines, verdicts, plans."""

import pytest

from tests.acceptance.demo_days import FIRST, DemoDays
from tests.entrypoints.api.test_lived import until
from tests.entrypoints.api.wire import Site, site_on
from tests.entrypoints.live_days import app_of


async def asked(site: Site) -> str:
    """The id of a scan of the demo's first morning, when it is done."""
    told = await site.post("/v1/scans", {"at": f"{FIRST}T08:10"})
    scan_id = told.document["scan"]["scan_id"]
    await until(site, f"/v1/scans/{scan_id}", lambda found: found["scan"]["state"] == "done")
    return str(scan_id)


async def test_everything_about_it_can_be_asked_for_by_its_id(after_day: DemoDays) -> None:
    async with site_on(after_day.folder, app=app_of(after_day, "api.port=0")) as site:
        scan_id = await asked(site)
        document = (await site.get(f"/v1/scans/{scan_id}")).document["result"]
        scans = (await site.get("/v1/scans")).document["items"]
        candidates = (await site.get(f"/v1/candidates?scan_id={scan_id}")).document
        verdicts = (await site.get(f"/v1/verdicts?scan_id={scan_id}&limit=500")).document
        plans = (await site.get(f"/v1/plans?scan_id={scan_id}")).document
        symbol = verdicts["items"][0]["symbol"]
        why = (await site.get(f"/v1/verdicts/{symbol}?scan_id={scan_id}")).document
        strange = await site.get(f"/v1/verdicts/NOSUCH?scan_id={scan_id}")

    assert scans[0] == candidates["scan"] == verdicts["scan"]
    assert scans[0]["at"] == document["at"]
    assert (scans[0]["universe"], scans[0]["passed"]) == (
        document["universe"],
        len(document["candidates"]),
    )
    told = [headline["text"] for one in document["candidates"] for headline in one["headlines"]]
    assert [h["text"] for one in candidates["items"] for h in one["headlines"]] == told
    assert told
    assert verdicts["is_complete"]
    assert len(verdicts["items"]) == document["universe"]
    assert verdicts["funnel"][-1]["left"] == scans[0]["selected"] == len(plans["items"])
    assert [plan["symbol"] for plan in plans["items"]] == [
        plan["symbol"] for plan in document["plans"]
    ]
    assert {(plan["is_armed"], plan["fate"]) for plan in plans["items"]} == {(False, None)}
    assert why["verdict"] == verdicts["items"][0]
    assert strange.status == 404


@pytest.mark.parametrize("path", ["candidates", "verdicts", "plans", "verdicts/AXLO"])
async def test_a_scan_that_nobody_asked_for_is_not_found(after_day: DemoDays, path: str) -> None:
    async with site_on(after_day.folder, app=app_of(after_day, "api.port=0")) as site:
        found = await site.get(f"/v1/{path}?scan_id=none-of-this-name")

    assert found.status == 404
    assert "see GET /v1/scans" in found.document["detail"]
