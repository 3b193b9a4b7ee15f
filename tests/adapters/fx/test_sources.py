"""Each source of exchange rates tells value and time, or why not."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fin_agent.adapters.fx.alpha_vantage import AlphaVantage
from fin_agent.adapters.fx.ecb import Ecb
from fin_agent.adapters.fx.yahoo import Yahoo
from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.retry import RetryRules
from fin_agent.adapters.vendors.alpha_vantage import AlphaVantageApi
from fin_agent.adapters.vendors.yahoo import YahooRules, YahooWeb
from fin_agent.domain.evidence import Evidence, Known, Missing
from tests.servers import faults
from tests.servers.networks import START, a_network, an_api
from tests.servers.rates import KEY, AlphaVantageServer, EcbServer, a_table, an_exchange_rate
from tests.servers.recorded import recorded
from tests.servers.yahoo import YahooServer, a_quote

OBSERVED = datetime(2025, 11, 20, 14, 15, tzinfo=ZoneInfo("Europe/Berlin"))


async def ecb(folder: Path, server: EcbServer, currency: str = "EUR") -> Evidence[float]:
    async with faults.served(server), a_network(folder) as network:
        return await Ecb(an_api(network, "ecb", server.base_url)).usd_per(currency)


async def test_the_ecb_tells_the_euro_and_others_over_the_euro(tmp_path: Path) -> None:
    assert await ecb(tmp_path, EcbServer()) == Known(1.08, "ecb", OBSERVED)
    assert await ecb(tmp_path / "b", EcbServer(), "GBP") == Known(1.35, "ecb", OBSERVED)
    assert await ecb(tmp_path / "c", EcbServer(), "XXX") == Missing("ecb has no rate for XXX")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (a_table(GBP="0.8"), "ecb changed its format: a rate is missing or cannot be"),
        (a_table(USD="-1"), "ecb changed its format: a rate is missing or cannot be"),
        (a_table(USD="nan"), "ecb changed its format: a rate is missing or cannot be"),
        (a_table(USD="about one"), "ecb changed its format: could not convert"),
        (a_table("today", USD="1.08"), "ecb changed its format: Invalid isoformat"),
        (b"<rss/>", "ecb changed its format: no table of rates"),
        (faults.PAGE.encode(), "ecb answered with a web page instead of XML"),
    ],
)
async def test_a_table_that_is_none(tmp_path: Path, table: bytes, reason: str) -> None:
    found = await ecb(tmp_path, EcbServer(table=table))

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def yahoo(folder: Path, server: YahooServer) -> Evidence[float]:
    async with faults.served(server), a_network(folder) as network:
        lane = network.lane(LaneRules("yahoo", retry=RetryRules(attempts=1)))
        web = YahooWeb(lane, YahooRules(folder / "yahoo", server.base_url))
        found = await Yahoo(web).usd_per("EUR")
        await web.close()
        return found


async def test_yahoo_tells_the_last_traded_rate(tmp_path: Path) -> None:
    row = a_quote("EURUSD=X", regularMarketPrice=1.0812, regularMarketTime=int(START.timestamp()))

    assert await yahoo(tmp_path, YahooServer(quotes={"EURUSD=X": row})) == Known(
        1.0812, "yahoo", START
    )
    assert await yahoo(tmp_path / "b", YahooServer()) == Missing("yahoo sent no row for EURUSD=X")


async def test_a_rate_in_another_form_is_missing(tmp_path: Path) -> None:
    row = a_quote("EURUSD=X", regularMarketPrice="1.08", regularMarketTime=1)

    found = await yahoo(tmp_path, YahooServer(quotes={"EURUSD=X": row}))

    assert isinstance(found, Missing)
    assert "regularMarketPrice" in found.reason


async def alpha_vantage(folder: Path, server: AlphaVantageServer) -> Evidence[float]:
    async with faults.served(server), a_network(folder) as network:
        api = an_api(network, "alpha_vantage", server.base_url, secrets={"apikey": KEY})
        return await AlphaVantage(AlphaVantageApi(api)).usd_per("EUR")


async def test_alpha_vantage_tells_the_rate_and_its_time(tmp_path: Path) -> None:
    answers = {("CURRENCY_EXCHANGE_RATE", "EUR"): an_exchange_rate()}

    found = await alpha_vantage(tmp_path, AlphaVantageServer(answers=answers))

    assert found == Known(1.08, "alpha_vantage", datetime(2025, 11, 21, 12, 59, tzinfo=UTC))


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "one"])
async def test_a_rate_that_cannot_be_is_missing(tmp_path: Path, rate: str) -> None:
    answers = {("CURRENCY_EXCHANGE_RATE", "EUR"): an_exchange_rate(rate)}

    found = await alpha_vantage(tmp_path, AlphaVantageServer(answers=answers))

    assert isinstance(found, Missing)
    assert found.reason.startswith("alpha_vantage changed its format")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("error_rate_limit_information", "alpha_vantage has no call left for this key"),
        ("error_premium_endpoint_information", "alpha_vantage wants to be paid for this"),
    ],
)
async def test_recorded_refusals_come_as_successes(tmp_path: Path, name: str, reason: str) -> None:
    body = recorded(f"alphavantage/{name}.json").decode()
    server = AlphaVantageServer()
    server.faults.append(faults.json_text(body))

    assert await alpha_vantage(tmp_path, server) == Missing(reason)
    assert len(server.requests) == 1
