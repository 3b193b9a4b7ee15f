"""What one source does not know is asked of the next, and the value says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.market_data.chain import Chain
from fin_agent.adapters.sources import QuoteSource, Source, VolumeSource
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.provider import ProviderFellBack
from fin_agent.domain.session import TradingSession
from fin_agent.testing.builders import SCAN, a_session

SESSION = a_session()


@dataclass
class Quotes(QuoteSource):
    """Prices in USD by symbol with their age in minutes; it keeps what it was asked."""

    name: str
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)

    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        self.asked.append([*symbols])
        return {symbol: self._told(symbol) for symbol in symbols}

    def _told(self, symbol: str) -> Evidence[float]:
        if symbol not in self.prices:
            return Missing(f"{self.name} knows nothing")
        price, minutes = self.prices[symbol]
        return Known(price, self.name, SCAN - timedelta(minutes=minutes))


@dataclass
class Volumes(Quotes, VolumeSource):
    """Knows volumes as well."""

    async def volumes(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        return await self.last_trades(symbols, session, at)


async def last(chain: Chain, *symbols: str) -> Mapping[str, Evidence[float]]:
    return await chain.last_trades(symbols, SESSION, SCAN)


def a_chain(*sources: Source, told: list[DomainEvent] | None = None) -> Chain:
    events = list[DomainEvent]() if told is None else told
    return Chain(sources, events.append)


async def test_the_first_source_is_enough_when_it_knows() -> None:
    first, second = Quotes("alpaca", {"A": (106, 1)}), Quotes("yahoo", {"A": (107, 1)})
    told: list[DomainEvent] = []

    found = await last(a_chain(first, second, told=told), "A")

    assert found["A"] == Known(106, "alpaca", SCAN - timedelta(minutes=1))
    assert (second.asked, told) == ([], [])


async def test_only_what_is_missing_is_asked_of_the_next_and_marked() -> None:
    first = Quotes("alpaca", {"A": (106, 1)})
    second = Quotes("finnhub")
    third = Quotes("yahoo", {"B": (5, 2), "A": (9, 0)})
    told: list[DomainEvent] = []

    found = await last(a_chain(first, second, third, told=told), "A", "B", "C")

    mark = "from yahoo: alpaca knows nothing; finnhub knows nothing"
    assert found["B"] == Known(5, "yahoo", SCAN - timedelta(minutes=2), degraded=mark)
    assert found["C"] == Missing("alpaca knows nothing; finnhub knows nothing; yahoo knows nothing")
    assert (second.asked, third.asked) == ([["B", "C"]], [["B", "C"]])
    assert told == [
        ProviderFellBack("last trade", "alpaca", "finnhub", 2, "alpaca knows nothing"),
        ProviderFellBack("last trade", "finnhub", "yahoo", 2, "finnhub knows nothing"),
    ]


async def test_an_old_trade_is_asked_for_again_and_the_newer_one_stays() -> None:
    first = Quotes("alpaca", {"A": (100, 40), "B": (100, 40), "C": (100, 40)})
    second = Quotes("yahoo", {"A": (106, 3), "B": (90, 55)})

    found = await last(a_chain(first, second), "A", "B", "C")

    mark = "from yahoo: alpaca: the last trade is 40 min old"
    assert found["A"] == Known(106, "yahoo", SCAN - timedelta(minutes=3), degraded=mark)
    assert found["B"] == found["C"] == Known(100, "alpaca", SCAN - timedelta(minutes=40))


async def test_sources_that_do_not_tell_a_thing_are_no_part_of_its_chain() -> None:
    chain = a_chain(Quotes("finnhub"), Volumes("alpaca", {"A": (1000, 16)}))

    found = await chain.volumes(["A", "B"], SESSION, SCAN)

    assert found["A"] == Known(1000, "alpaca", SCAN - timedelta(minutes=16))
    assert found["B"] == Missing("alpaca knows nothing")
    nobody = await a_chain(Quotes("yahoo")).volumes(["A"], SESSION, SCAN)
    assert nobody == {"A": Missing("no source tells the volume")}
    assert await a_chain(Quotes("yahoo")).daily(["A"], date.min, date.max) == {
        "A": Missing("no source tells the daily bars")
    }
    assert await a_chain(Quotes("yahoo")).minute_bars(["A"], SESSION, 0, 1) == {
        "A": Missing("no source tells the minute bars")
    }
    assert await a_chain(Quotes("yahoo")).opens(["A"], SESSION, SCAN) == {
        "A": Missing("yahoo does not tell the opening price")
    }


SYMBOLS = st.sampled_from("ABCD")
PRICES = st.dictionaries(SYMBOLS, st.tuples(st.floats(1, 100), st.floats(0, 60)))


@given(st.lists(PRICES, max_size=4), st.lists(SYMBOLS, max_size=5))
async def test_every_symbol_has_an_answer_and_a_known_price_is_from_somebody(
    prices: list[dict[str, tuple[float, float]]], symbols: list[str]
) -> None:
    sources = [Quotes(f"s{place}", told) for place, told in enumerate(prices)]

    found = await last(a_chain(*sources), *symbols)

    assert {*found} == {*symbols}
    for symbol, evidence in found.items():
        knowing = [(s.name, s.prices[symbol]) for s in sources if symbol in s.prices]
        if isinstance(evidence, Missing):
            assert not knowing
        else:
            (price,) = {told[0] for name, told in knowing if name == evidence.source}
            assert evidence.value == price
            assert (evidence.degraded is None) == (evidence.source == "s0")
