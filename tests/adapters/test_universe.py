"""The universe file: what it may say, what is a warning, and what is an error with its place."""

from pathlib import Path

import pytest

from fin_agent.adapters.universe import Universe, read_universe
from fin_agent.composition.loading import embedded_folder
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.market import Instrument, InstrumentType


def read(folder: Path, text: str | bytes) -> Universe:
    path = folder / "universe.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_universe(path)


def problems(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read(folder, text)
    head = f"universe.file {folder}/universe.csv: "
    assert all(problem.startswith(head) for problem in refused.value.problems)
    return [problem.removeprefix(head) for problem in refused.value.problems]


def test_symbols_alone_are_a_universe(tmp_path: Path) -> None:
    found = read(tmp_path, "symbol\nNVDA\nBRK.B\n")

    assert found.instruments == (Instrument("NVDA"), Instrument("BRK.B"))
    assert found.warnings == ()


def test_every_column_is_read(tmp_path: Path) -> None:
    text = (
        "Symbol, Name,exchange,sector,type,leveraged,kid,shortable,short_float_pct\n"
        'soxl,"Bull 3x, semis",ARCA,Funds,ETF,yes,no,TRUE,1.5\n'
    )

    (found,) = read(tmp_path, text).instruments

    assert found == Instrument(
        "SOXL",
        name="Bull 3x, semis",
        exchange="ARCA",
        sector="Funds",
        type=InstrumentType.ETF,
        leveraged=True,
        kid=False,
        shortable=True,
        short_float_pct=1.5,
    )


def test_what_the_file_does_not_say_is_unknown_and_not_no(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "symbol,type,leveraged,short_float_pct\nNVDA,,,\n").instruments

    assert found == Instrument("NVDA")
    assert found.leveraged is None


def test_comments_blanks_and_a_byte_order_mark_are_no_rows(tmp_path: Path) -> None:
    text = "\ufeff# a list\n\nsymbol,type # what it is\n# NVDA,stock\nAMD,stock # chips\n  \n"

    assert [i.symbol for i in read(tmp_path, text).instruments] == ["AMD"]


def test_the_order_is_the_files(tmp_path: Path) -> None:
    assert [i.symbol for i in read(tmp_path, "symbol\nZ\nA\nM\n").instruments] == ["Z", "A", "M"]


def test_columns_nobody_reads_are_a_warning(tmp_path: Path) -> None:
    found = read(tmp_path, "symbol,colour,type,note\nNVDA,green,stock,good\n")

    assert found.warnings == (f"{tmp_path}/universe.csv: columns nobody reads: colour, note",)
    assert found.instruments[0].type is InstrumentType.STOCK


def test_every_bad_value_is_told_with_line_and_column(tmp_path: Path) -> None:
    text = (
        "symbol,type,leveraged,short_float_pct\n"
        "A,share,,\n# fine\nB,stock,perhaps,\nC,stock,,-1\nD,stock,,nan\n,stock,,\nA B,stock,,\n"
        "E,stock,,1\nE,stock,,1\n"
    )
    kinds = "stock, adr, etf, etn, fund, warrant, unit, right"

    assert problems(tmp_path, text) == [
        f"line 2, column type: must be one of {kinds}, was 'share'",
        "line 4, column leveraged: must be yes or no, was 'perhaps'",
        "line 5, column short_float_pct: must be a percentage, was '-1'",
        "line 6, column short_float_pct: must be a percentage, was 'nan'",
        "line 7, column symbol: a symbol is needed, was ''",
        "line 8, column symbol: a symbol is needed, was 'A B'",
        "line 10: E twice",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty; it needs a header with symbol"),
        ("# only this\n", "is empty; it needs a header with symbol"),
        ("symbol,type\n", "lists no symbol"),
        ("ticker,type\nA,stock\n", "no column symbol among ticker, type"),
    ],
)
def test_a_file_without_symbols(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert problems(tmp_path, b"symbol\nCaf\xe9\n")[0].startswith("cannot be read ('utf-8' codec")
    with pytest.raises(ConfigError, match=r"cannot be read .*No such file"):
        read_universe(tmp_path / "none.csv")


def test_the_shipped_universe_is_in_order() -> None:
    found = read_universe(embedded_folder() / "config" / "universe" / "default.csv")

    assert found.warnings == ()
    assert len(found.instruments) >= 100
