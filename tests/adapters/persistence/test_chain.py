"""Rows are linked by a faster encoder than the one that defines their hash: both say the same."""

from hypothesis import example, given
from hypothesis import strategies as st

from fin_agent.adapters.persistence.chain import GENESIS_HASH, linked, row_hash

VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text()


@given(st.lists(st.lists(VALUES).map(tuple)))
@example([("\x7f",), ('a "quoted" \\ text', "\x00\x1f\n\t"), ("Zürich\u2028",), (None, -1, "")])
def test_linked_rows_carry_their_hash(rows: list[tuple[str | int | None, ...]]) -> None:
    head = GENESIS_HASH

    for row, found in zip(rows, linked(rows, GENESIS_HASH), strict=True):
        head = row_hash(head, row)
        assert found == (*row, head)
