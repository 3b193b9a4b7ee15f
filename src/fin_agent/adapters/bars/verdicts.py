"""The verdicts of a columnar scan: gate numbers and measured columns instead of objects.

A ``Verdict`` is made by the scalar gates when it is looked at; what is hashed is written straight
from the columns.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fin_agent.adapters.bars.columns import day_of
from fin_agent.adapters.bars.rounding import Floats, Ints, number_texts, ten_digits
from fin_agent.adapters.bars.scan_columns import Kinds, ScanColumns
from fin_agent.domain.events import canonical, significant
from fin_agent.domain.evidence import Missing
from fin_agent.domain.gates import GATES, Measured, ScanContext
from fin_agent.domain.verdict import Verdict, Verdicts, judge

GATE_NUMBER = {rule: number for number, (rule, _) in enumerate(GATES, start=1)}
_GATES = dict(GATES)
_TOLD_TOGETHER = ("gap_min", "gap_max", "direction", "price_range", "liquidity")

Texts = npt.NDArray[np.object_]
JudgedAhead = Callable[[ScanContext], "tuple[Judged, Texts | None] | None"]


class Judged(NamedTuple):
    """The number of the first gate that fails each symbol (0: none), and what gates measured.

    ``gap`` in percent, ``price`` and ``adv`` in account currency; all rounded to 6 decimals.
    """

    gate: Kinds
    gap: Floats
    price: Floats
    adv: Floats


class ColumnarVerdicts(Verdicts):
    """``Verdicts`` with equal answers; 500 rejected symbols cost no object.

    ``texts`` is the session's row of ``measured_texts``, when somebody has made them.
    """

    def __init__(
        self,
        columns: ScanColumns,
        context: ScanContext,
        judged: Judged,
        texts: Texts | None = None,
    ) -> None:
        self._texts = texts
        self._columns = columns
        self._context = context
        self._judged = judged
        self._used = np.bincount(judged.gate, minlength=len(GATES) + 1).tolist()
        passed = columns.universe.names[judged.gate == 0].tolist()
        super().__init__(_Rejected(columns, context, judged.gate), passed)

    def record(self) -> dict[str, dict[str, list[Measured]]]:
        names = self._columns.universe.names
        return {
            rule: {
                "symbols": names[places].tolist(),
                "measured": _values(self._measured(rule, places)),
            }
            for rule, places in self._by_rule()
        }

    def record_text(self) -> str:
        quoted, parts = self._columns.universe.quoted, []
        columns = [(rule, places, self._told(rule, places)) for rule, places in self._by_rule()]
        columns.sort(key=lambda column: column[0])
        numbers = iter(_number_texts([m for *_, m in columns if isinstance(m, np.ndarray)]))
        for rule, places, measured in columns:
            if isinstance(measured, str):
                texts = measured
            elif isinstance(measured, np.ndarray):
                texts = ",".join(islice(numbers, len(measured)))
            else:
                texts = ",".join(map(_text, measured))
            symbols = ",".join(quoted[places].tolist())
            parts.append(f'"{rule}":{{"measured":[{texts}],"symbols":[{symbols}]}}')
        return f"{{{','.join(parts)}}}"

    def _rejected_counts(self) -> Counter[str]:
        return Counter({rule: self._used[number] for rule, number in GATE_NUMBER.items()})

    def _by_rule(self) -> Iterator[tuple[str, Ints]]:
        gate = self._judged.gate
        for rule, number in GATE_NUMBER.items():
            if self._used[number]:
                yield rule, np.flatnonzero(gate == number)

    def _told(self, rule: str, places: Ints) -> str | Floats | list[Measured]:
        if self._texts is None or rule not in _TOLD_TOGETHER:
            return self._measured(rule, places)
        return ",".join(self._texts[places].tolist())

    def _measured(self, rule: str, places: Ints) -> Floats | list[Measured]:
        """What refuses many symbols is read from columns; of the rest, each symbol is asked."""
        match rule:
            case "gap_min" | "gap_max" | "direction":
                found: Floats | list[Measured] = self._judged.gap[places]
            case "price_range":
                found = self._judged.price[places]
            case "liquidity":
                found = self._liquidity(places)
            case "history":
                found = self._history(places)
            case "quote":
                found = self._quotes(places)
            case "instrument_type":
                found = self._types(places)
            case "relative_volume" if self._columns.rvol.is_known[places].all():
                found = self._columns.rvol.values[places]
            case _:
                found = [self._by_gate(rule, place) for place in places.tolist()]
        return found

    def _types(self, places: Ints) -> list[Measured]:
        texts = self._columns.universe.type_texts
        return [texts[place] for place in places.tolist()]

    def _liquidity(self, places: Ints) -> Floats | list[Measured]:
        adv = self._judged.adv[places]
        if not np.isnan(adv).any():
            return adv
        return [None if np.isnan(value) else value for value in ten_digits(adv)]

    def _history(self, places: Ints) -> Floats | list[Measured]:
        daily, needed = self._columns.daily, self._context.rules.min_history
        bars = daily.bars[places]
        if (bars < needed).all():
            return bars.astype(np.float64)
        pairs = zip(bars.tolist(), daily.last_day[places].tolist(), strict=True)
        return [float(count) if count < needed else _last_bar(day) for count, day in pairs]

    def _quotes(self, places: Ints) -> list[Measured]:
        price, kinds = self._columns.price, self._columns.price.kind[places].tolist()
        reasons = [k.reason if isinstance(k, Missing) else None for k in price.kinds]
        return [
            self._by_gate("quote", place) if reasons[kind] is None else reasons[kind]
            for place, kind in zip(places.tolist(), kinds, strict=True)
        ]

    def _by_gate(self, rule: str, place: int) -> Measured:
        """What the scalar gate measures: for what is rare."""
        snapshot = self._columns.snapshot(self._columns.universe.symbols[place])
        finding = _GATES[rule](snapshot, self._context)
        if finding is None:
            raise AssertionError(f"{snapshot.symbol}: only the columnar {rule} gate refuses it")
        return significant(finding.measured)


@lru_cache(maxsize=4096)
def _last_bar(day: int) -> str:
    return f"last bar {day_of(day) if day >= 0 else None}"


def measured_texts(judged: Judged) -> Texts | None:
    """Many sessions' measured gaps, prices and volumes as they are recorded, in place.

    None when one of them is not finite: the session's own record says which.
    """
    gate, thin = judged.gate, judged.gate == GATE_NUMBER["liquidity"]
    values = np.where(gate == GATE_NUMBER["price_range"], judged.price, judged.gap)
    np.copyto(values, judged.adv, where=thin)
    texts = np.empty(gate.shape, object)
    is_told = np.isin(gate, [GATE_NUMBER[rule] for rule in _TOLD_TOGETHER])
    unknown = thin & np.isnan(values)
    texts[unknown] = "null"
    is_told &= ~unknown
    told = values[is_told]
    if not np.isfinite(told).all():
        return None
    texts[is_told] = number_texts(told)
    return texts


def _values(measured: Floats | list[Measured]) -> list[Measured]:
    return [*ten_digits(measured)] if isinstance(measured, np.ndarray) else measured


def _number_texts(columns: list[Floats]) -> list[str]:
    """All columns at once: the price of writing few numbers is nearly that of writing many."""
    return number_texts(np.concatenate(columns)) if columns else []


def _text(measured: Measured) -> str:
    return _quoted(measured) if isinstance(measured, str) else canonical(measured)


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return json.dumps(text)


class _Rejected(Mapping[str, Verdict]):
    """The refused symbols; their verdicts are made one at a time."""

    def __init__(self, columns: ScanColumns, context: ScanContext, gate: Kinds) -> None:
        self._columns = columns
        self._context = context
        self._gate = gate

    def __getitem__(self, symbol: str) -> Verdict:
        if not self._gate[self._columns.universe.position[symbol]]:
            raise KeyError(symbol)
        verdict = judge(self._columns.snapshot(symbol), self._context)
        if verdict is None:
            raise AssertionError(f"{symbol}: only the columnar gates refuse it")
        return verdict

    def __iter__(self) -> Iterator[str]:
        yield from self._columns.universe.names[self._gate != 0].tolist()

    def __len__(self) -> int:
        return int(np.count_nonzero(self._gate))
