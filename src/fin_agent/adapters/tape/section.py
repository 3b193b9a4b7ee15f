"""What a tape holds, in the shape in which a scan and a session ask for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fin_agent.adapters.tape.answers import bars_of
from fin_agent.domain.evidence import Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.snapshot import DailyFeatures, Snapshot
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import ScanRequest


class TapedSection(CrossSection):
    """A cross-section as it was answered; what was not asked then is an absence."""

    def __init__(self, request: ScanRequest, snapshots: Sequence[Snapshot]) -> None:
        self.at = request.at
        self._snapshots = {snapshot.symbol: snapshot for snapshot in snapshots}
        for instrument in request.instruments:
            if instrument.symbol not in self._snapshots:
                absent = Snapshot(instrument, self.at, Missing("not on the tape"), DailyFeatures())
                self._snapshots[instrument.symbol] = absent
        self.symbols = sorted(instrument.symbol for instrument in request.instruments)

    def snapshot(self, symbol: str) -> Snapshot:
        return self._snapshots[symbol]


def taped_minutes(answers: Sequence[Mapping[str, Any]]) -> dict[int, dict[str, Bar]]:
    """The bars by minute and symbol: of several answers the first that knew the symbol counts.

    A symbol is asked for later than others when a later scan plans it.
    """
    told: dict[int, dict[str, Bar]] = {}
    asked: dict[int, set[str]] = {}
    for answer in answers:
        bars, number = bars_of(answer["bars"]), answer["minute"]
        known = asked.setdefault(number, set())
        new = {symbol: bar for symbol, bar in bars.items() if symbol not in known}
        told.setdefault(number, {}).update(new)
        known.update(answer.get("symbols", bars))
    return told
