"""Quotes are conflated by symbol and counted; memory is bounded by the number of symbols."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.bus.quotes import QuoteConflator


async def test_the_newest_quote_of_each_symbol_is_read_once() -> None:
    quotes = QuoteConflator[float](10)
    for symbol, price in (("A", 1.0), ("B", 2.0), ("A", 3.0)):
        quotes.put(symbol, price)

    assert await quotes.take() == {"A": 3.0, "B": 2.0}
    assert (quotes.received, quotes.conflated) == (3, 1)
    waiting = asyncio.create_task(quotes.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    quotes.put("C", 4.0)
    assert await waiting == {"C": 4.0}


@given(st.lists(st.sampled_from("ABCDE"), max_size=50), st.integers(1, 5))
def test_every_quote_is_read_conflated_or_refused(symbols: list[str], most: int) -> None:
    quotes = QuoteConflator[int](most)
    for place, symbol in enumerate(symbols):
        quotes.put(symbol, place)

    read = asyncio.run(quotes.take()) if symbols else {}

    assert len(read) <= most
    assert quotes.received == len(symbols) == quotes.conflated + quotes.refused + len(read)
    if most == 5:
        last = {symbol: place for place, symbol in enumerate(symbols)}
        assert read == last
        assert quotes.conflated == sum(count - 1 for count in Counter(symbols).values())
