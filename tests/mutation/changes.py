"""Every small change that could be a mistake in a module: one operator, constant or condition."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A module with one change; ``about`` is its line before and after."""

    path: Path
    line: int
    about: str
    source: str


def changes_of(path: Path) -> list[Change]:
    """Every change of a module, in the order of its lines; all other text stays as it is."""
    source = path.read_text(encoding="utf-8")
    found = [
        Change(path, node.lineno, f"{ast.unparse(node)} -> {text}", _put(source, node, f"({text})"))
        for node in _places(ast.parse(source))
        for text in map(ast.unparse, _replaced(node))
    ]
    return sorted(found, key=lambda change: change.line)


def _places(tree: ast.AST) -> list[ast.expr]:
    """Every expression that may be changed.

    None of a decorator, which says how a class is made, and none within an f-string: it is for
    people, and Python 3.11 does not say where in the file its parts are.
    """
    decorated = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    every = list(ast.walk(tree))
    closed: list[ast.AST] = [node for node in every if isinstance(node, ast.JoinedStr)]
    closed += [d for node in every if isinstance(node, decorated) for d in node.decorator_list]
    left_out = {id(node) for outer in closed for node in ast.walk(outer)}
    return [node for node in every if isinstance(node, ast.expr) and id(node) not in left_out]


def _put(source: str, node: ast.expr, text: str) -> str:
    """The source with other text in the place of an expression (its columns count bytes)."""
    lines = source.encode().splitlines(keepends=True)
    assert node.end_lineno is not None
    first, last = lines[node.lineno - 1], lines[node.end_lineno - 1]
    kept = [*lines[: node.lineno - 1], first[: node.col_offset], text.encode()]
    kept += [last[node.end_col_offset :], *lines[node.end_lineno :]]
    return b"".join(kept).decode()


def _replaced(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in the place of an expression."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                other = _COMPARE[type(operator)]()
                operators = [*node.ops[:place], other, *node.ops[place + 1 :]]
                yield ast.Compare(node.left, operators, node.comparators)
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not _is_text(node.left):
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(not value if isinstance(value, bool) else value + 1)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
