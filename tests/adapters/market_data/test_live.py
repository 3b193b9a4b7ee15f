"""Live quotes and volumes over stored history: the same evidence as a stored day would give."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from fin_agent.domain.errors import Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing, value_of
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.domain.snapshot import Snapshot
from fin_agent.ports import ScanRequest
from tests.adapters.market_data.live_days import GivenMinutes, Told, a_live, price
from tests.adapters.market_data.memory_bars import flat, instant
from tests.adapters.market_data.stored_days import (
    CALENDAR,
    SESSIONS,
    TODAY,
    StoredDays,
    a_request,
    instruments,
)

AT = instant(TODAY, -90)  # 08:00
UNTIL = instant(TODAY, -106)  # what the tape knows at 08:00


def days() -> StoredDays:
    return StoredDays().history("A").history("B", 50.0)


async def look(told: Told, symbol: str = "A", stored: StoredDays | None = None) -> Snapshot:
    live = a_live((stored or days()).store(), told, AT)
    return (await live.cross_section(a_request(at=AT, minute=-90))).snapshot(symbol)


async def test_the_gap_is_the_live_price_over_the_stored_close() -> None:
    traded = instant(TODAY, -92)

    snapshot = await look(Told({"A": price(106.0, traded)}))

    assert snapshot.price == Known(106.0, "told", traded)
    assert snapshot.gap == 6.0
    assert snapshot.daily.prev_close == 100.0
    assert snapshot.daily.bars == 30


async def test_a_symbol_without_a_quote_says_why() -> None:
    snapshot = await look(Told(), "B")

    assert snapshot.price == Missing("no trade")
    assert snapshot.rvol == Missing("not asked: no price, or too small a gap")


async def test_what_came_true_while_the_scan_asks_counts_as_true_at_it() -> None:
    snapshot = await look(Told({"A": price(106.0, AT + timedelta(seconds=3))}))

    assert snapshot.price == Known(106.0, "told", AT)


async def test_volume_is_compared_by_the_time_until_which_it_is_known() -> None:
    """1,000,000 shares a day; the profile rises from 0 at 04:00 to 10 % at 09:30."""
    volume = Known(20_000.0, "tape", UNTIL, 960.0)

    snapshot = await look(Told({"A": price(106.0, AT)}, traded={"A": volume}))

    share = 0.10 * (7 * 60 + 44 - 240) / 330
    ratio = round(20_000 / (1_000_000 * share), 6)
    assert snapshot.rvol == Known(ratio, "tape/profile", UNTIL, 960.0)


async def test_stored_sessions_say_what_volume_is_normal() -> None:
    stored = days()
    for place in range(10, 30):
        stored.today("A", {-330: flat(100, 400), -100: flat(100, 1000), 0: flat(100)}, at=place)
    volume = Known(1000.0, "tape", UNTIL, 960.0)

    snapshot = await look(Told({"A": price(106.0, AT)}, traded={"A": volume}), stored=stored)

    assert snapshot.rvol == Known(2.5, "tape/20 sessions", UNTIL, 960.0)


ABSENT: Mapping[str, tuple[Evidence[float], str]] = {
    "nothing traded": (Missing("nothing traded until 07:44"), "nothing traded until 07:44"),
    "no time": (Known(5.0, "tape"), "tape: until when the volume is known is not told"),
}


@pytest.mark.parametrize("name", ABSENT)
async def test_a_volume_that_is_none(name: str) -> None:
    volume, reason = ABSENT[name]

    snapshot = await look(Told({"A": price(106.0, AT)}, traded={"A": volume}))

    assert snapshot.rvol == Missing(reason)


async def test_nothing_normal_is_known_right_after_four() -> None:
    at = instant(TODAY, -329)
    told = Told({"A": price(106.0, at)}, traded={"A": Known(5.0, "tape", TODAY.pre_market_open)})
    live = a_live(days().store(), told, at)

    found = (await live.cross_section(a_request(at=at, minute=-329))).snapshot("A")

    assert found.rvol == Missing("no normal volume is known")


async def test_only_what_may_pass_is_asked_about() -> None:
    told = Told({"A": price(106.0, AT), "B": price(50.5, AT), "C": price(9.0, AT)})
    fund = Instrument("FUND", type=InstrumentType.ETF)
    listed = [*instruments("A", "B", "C"), fund]
    request = ScanRequest(TODAY, SESSIONS[29].date, AT, at_open=False, instruments=listed)
    live = a_live(days().history("FUND").store(), told, AT, least_gap_pct=4.0)

    section = await live.cross_section(request)

    assert told.asked == {"trades": ["A", "B"], "volumes": ["A"]}
    assert [value_of(section.snapshot(s).price) for s in ("A", "B", "C", "FUND")] == [
        106.0,
        50.5,
        None,
        None,
    ]
    context = ScanContext(ScanRules(min_adv=0), AT, Known(1.0, "config", AT))
    verdicts = section.judge(context)
    assert {s: verdicts[s].rule for s in ("B", "C", "FUND")} == {
        "B": "gap_min",
        "C": "history",
        "FUND": "instrument_type",
    }
    assert [*verdicts.passed] == ["A"]


async def test_halts_are_known_for_everybody_or_nobody() -> None:
    answered = await look(Told({"A": price(106.0, AT)}, halted=Known({"A": "T1"}, "feed", AT)))
    other = await look(Told(halted=Known({"A": "T1"}, "feed", AT)), "B")
    silent = await look(Told(halted=Missing("feed is in trouble")))

    assert answered.halted == Known(value=True, source="feed", as_of=AT)
    assert other.halted == Known(value=False, source="feed", as_of=AT)
    assert silent.halted == Missing("feed is in trouble")


async def test_a_halted_symbol_is_refused() -> None:
    told = Told({"A": price(106.0, AT)}, halted=Known({"A": "T1"}, "feed", AT))
    section = await a_live(days().store(), told, AT).cross_section(a_request(at=AT, minute=-90))

    verdicts = section.judge(ScanContext(ScanRules(), AT, Known(1.0, "config", AT)))

    assert verdicts["A"].rule == "halted"


async def test_at_the_open_the_price_is_the_opening_price() -> None:
    told = Told({"A": price(107.0)}, {"A": price(106.0)})

    snapshot = (await a_live(days().store(), told, TODAY.open).cross_section(a_request())).snapshot(
        "A"
    )

    assert snapshot.price == Known(106.0, "told", TODAY.open)


async def test_a_split_today_is_in_the_history() -> None:
    stored = days()
    stored.splits.append(("A", TODAY.date, 2.0))

    snapshot = await look(Told({"A": price(53.0, AT)}), stored=stored)

    assert snapshot.gap == 6.0
    assert snapshot.actions.split_known


@pytest.mark.parametrize("seconds", [-121, 121])
async def test_another_instant_cannot_be_answered(seconds: int) -> None:
    live = a_live(days().store(), Told(), AT + timedelta(seconds=seconds))

    with pytest.raises(Unavailable, match="live quotes are of now, not of 2025-02-17 08:00"):
        await live.cross_section(a_request(at=AT, minute=-90))


async def test_without_a_feed_there_are_no_minutes() -> None:
    live = a_live(days().store(), Told(), AT)

    with pytest.raises(Unavailable, match="no feed of live minute bars"):
        await anext(aiter(live.minutes(TODAY, ["A"])))
    assert (
        len(
            [
                m
                async for m in a_live(days().store(), Told(), AT, GivenMinutes()).minutes(
                    TODAY, ["A"]
                )
            ]
        )
        == 390
    )


async def test_a_trade_before_the_open_is_pre_market() -> None:
    live = a_live(days().store(), Told({"A": price(106.0, AT)}), AT)

    assert await live.has_pre_market(TODAY, ["A"])
    assert not await live.has_pre_market(TODAY, ["B"])


async def test_the_fingerprint_is_over_history_and_what_the_scan_was_told() -> None:
    async def fingerprint(told: Told, stored: StoredDays) -> str:
        live = a_live(stored.store(), told, AT)
        await live.cross_section(a_request(at=AT, minute=-90))
        return await live.fingerprint(TODAY, ["A"])

    same = await fingerprint(Told({"A": price(106.0, AT)}), days())

    assert same == await fingerprint(Told({"A": price(106.0, AT), "B": price(1, AT)}), days())
    assert same != await fingerprint(Told({"A": price(107.0, AT)}), days())
    assert same != await fingerprint(Told({"A": price(106.0, AT)}), days().history("A", 99))


async def test_closes_are_those_of_the_store() -> None:
    live = a_live(days().store(), Told(), AT)

    closes = await live.closes(["A"], TODAY.date, 2)

    assert closes == {"A": {s.date.isoformat(): 100.0 for s in SESSIONS[28:30]}}
    assert CALENDAR.previous(TODAY.date) == SESSIONS[29]
