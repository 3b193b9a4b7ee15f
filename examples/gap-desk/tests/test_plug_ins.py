"""The plug-ins alone, with the builders that come with fin_agent; no network, no files but one."""

from decimal import Decimal
from pathlib import Path

import pytest
from gap_desk.lamp import Lamp
from gap_desk.quiet_week import QuietWeek
from gap_desk.three_up import ThreeUp

from fin_agent.domain.entry import OrderKind, Trigger
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Score, setup_of
from fin_agent.domain.notice import Message, Severity
from fin_agent.domain.session import SessionRules
from fin_agent.testing.builders import a_bar, a_candidate, a_plan, a_snapshot


@pytest.mark.parametrize(("atr5", "score"), [(1.0, 100.0), (1.5, 50.0), (2.0, 0.0), (3.0, 0.0)])
def test_the_quieter_the_week_the_higher_the_score(atr5: float, score: float) -> None:
    setup = setup_of(a_snapshot(atr14=2.0, atr5=atr5), fx=1.0)

    assert QuietWeek(calm_at=0.5).score(setup) == Score(score)


def test_a_factor_without_its_input_is_absent_and_not_zero() -> None:
    setup = setup_of(a_snapshot(atr14=None), fx=1.0)

    assert QuietWeek().score(setup) == Missing("ATR(5) or ATR(14) missing")


def test_a_run_that_breaks_begins_anew() -> None:
    watch = ThreeUp(bars=3).watch(a_plan(a_candidate(price=105.0)), SessionRules())
    closes = [105.1, 105.2, 105.0, 105.3, 105.4]

    told = [watch.after_bar(a_bar(n, 105.0, close=close)) for n, close in enumerate(closes)]

    assert told == [None, None, None, None, Trigger(OrderKind.MARKET, Decimal("105.4"))]


async def test_the_lamp_shows_the_newest_message(tmp_path: Path) -> None:
    lamp = Lamp(tmp_path / "notices")
    for severity, colour in ((Severity.CRITICAL, "red"), (Severity.WARNING, "amber")):
        await lamp.send(Message("title", "text", severity))
        assert (tmp_path / "notices" / "lamp.txt").read_text() == f"{colour}\n"


async def test_a_lamp_that_cannot_be_lit_says_so(tmp_path: Path) -> None:
    (tmp_path / "notices").write_text("in the way")

    with pytest.raises(Unavailable, match=r"lamp\.txt cannot be written"):
        await Lamp(tmp_path / "notices").send(Message("title", "text", Severity.WARNING))
