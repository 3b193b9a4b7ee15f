"""Reads the universe file: CSV with ``symbol`` and optional facts about each instrument."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fin_agent.domain.errors import ConfigError
from fin_agent.domain.market import Instrument, InstrumentType

_TRUE, _FALSE = {"1", "true", "yes", "y"}, {"0", "false", "no", "n"}


@dataclass(frozen=True, slots=True)
class Universe:
    """The instruments in file order, and what the file holds that nobody reads."""

    instruments: tuple[Instrument, ...]
    warnings: tuple[str, ...] = ()


def read_universe(path: Path) -> Universe:
    """The instruments of a universe file; ``#`` starts a comment.

    Raises:
        ConfigError: with line and column of every value that cannot be understood.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"universe.file {path}: cannot be read ({error})"]) from error
    numbered = [
        (number, line.split("#", 1)[0].rstrip())
        for number, line in enumerate(text.splitlines(), start=1)
    ]
    rows = [(number, line) for number, line in numbered if line.strip()]
    if not rows:
        raise ConfigError([f"universe.file {path}: is empty; it needs a header with symbol"])
    header = [name.strip().lower() for name in next(csv.reader([rows[0][1]]))]
    if "symbol" not in header:
        raise ConfigError([f"universe.file {path}: no column symbol among {', '.join(header)}"])
    return _parsed(path, header, rows[1:])


def _parsed(path: Path, header: list[str], rows: list[tuple[int, str]]) -> Universe:
    instruments: dict[str, Instrument] = {}
    problems: list[str] = []
    for number, line in rows:
        cells = dict(zip(header, next(csv.reader([line])), strict=False))
        try:
            instrument = _instrument(cells)
        except _BadCell as bad:
            problems.append(f"universe.file {path}: line {number}, column {bad}")
            continue
        if instrument.symbol in instruments:
            problems.append(f"universe.file {path}: line {number}: {instrument.symbol} twice")
        instruments[instrument.symbol] = instrument
    if problems:
        raise ConfigError(problems)
    if not instruments:
        raise ConfigError([f"universe.file {path}: lists no symbol"])
    unknown = [name for name in header if name and name != "symbol" and name not in _COLUMNS]
    warning = f"{path}: columns nobody reads: {', '.join(unknown)}"
    return Universe(tuple(instruments.values()), (warning,) if unknown else ())


class _BadCell(ValueError):
    """A cell that cannot be understood."""


def _instrument(cells: Mapping[str, str]) -> Instrument:
    symbol = cells.get("symbol", "").strip().upper()
    if not symbol or any(character.isspace() for character in symbol):
        raise _BadCell(f"symbol: a symbol is needed, was {symbol!r}")
    facts: dict[str, Any] = {}
    for name, parse in _COLUMNS.items():
        cell = cells.get(name, "").strip()
        if cell:
            try:
                facts[name] = parse(cell)
            except ValueError as error:
                raise _BadCell(f"{name}: {error}") from error
    return Instrument(symbol, **facts)


def _flag(cell: str) -> bool:
    if cell.lower() in _TRUE:
        return True
    if cell.lower() in _FALSE:
        return False
    raise ValueError(f"must be yes or no, was {cell!r}")


def _type(cell: str) -> InstrumentType:
    try:
        return InstrumentType(cell.lower())
    except ValueError:
        known = ", ".join(InstrumentType)
        raise ValueError(f"must be one of {known}, was {cell!r}") from None


def _percent(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1000:  # noqa: PLR2004 - short interest may exceed the float, not tenfold
        raise ValueError(f"must be a percentage, was {cell!r}")
    return value


_COLUMNS: Mapping[str, Callable[[str], object]] = {
    "name": str,
    "exchange": str,
    "sector": str,
    "type": _type,
    "leveraged": _flag,
    "kid": _flag,
    "shortable": _flag,
    "short_float_pct": _percent,
}
