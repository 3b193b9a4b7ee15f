"""Every small change that could be a mistake in a module: one operator, constant or condition."""

import ast
import copy
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
    """Every change of a module, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    places = _places(tree)
    found: list[Change] = []
    for place, node in enumerate(places):
        for number in range(len(list(_replaced(node)))):
            changed = copy.deepcopy(tree)
            twin = _places(changed)[place]
            before, after = ast.unparse(node), list(_replaced(twin))[number]
            _Put(twin, after).visit(changed)
            text = ast.unparse(ast.fix_missing_locations(changed))
            about = f"{before} -> {ast.unparse(after)}"
            found.append(Change(path, getattr(node, "lineno", 0), about, text))
    return sorted(found, key=lambda change: change.line)


def _places(tree: ast.AST) -> list[ast.AST]:
    """Every node that may be changed: none of a decorator's, which say how a class is made."""
    decorated = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    decorators = [
        d for node in ast.walk(tree) if isinstance(node, decorated) for d in node.decorator_list
    ]
    left_out = {id(node) for decorator in decorators for node in ast.walk(decorator)}
    return [n for n in ast.walk(tree) if hasattr(n, "lineno") and id(n) not in left_out]


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._old:
            return ast.copy_location(self._new, node)
        visited: ast.AST = self.generic_visit(node)
        return visited


def _replaced(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
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
