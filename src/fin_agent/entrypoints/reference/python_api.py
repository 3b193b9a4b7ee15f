"""The public classes and functions of a module as a page shows them, read from its source.

Nothing is imported: the signatures are those that stand in the file, with its own type names.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import fin_agent

_ROOT = Path(fin_agent.__file__).parents[1]
_MARK = re.compile(r"^<!-- module: ([\w.]+) -->$", re.MULTILINE)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def sections(name: str) -> str:
    """A module, or every module of a package, as Markdown from the second level on."""
    return "\n".join(_module(path) for path in _files(name))


def filled(page: str) -> str:
    """A page with each ``<!-- module: NAME -->`` replaced by what the module has."""
    return _MARK.sub(lambda found: sections(found[1]), page)


def modules_on(page: str) -> Iterator[Path]:
    """The files that a page tells about."""
    for name in _MARK.findall(page):
        yield from _files(name)


def names_of(name: str) -> set[str]:
    """The public classes, functions and constants that ``sections`` tells about."""
    bodies = [_parsed(path).body for path in _files(name)]
    told = {node.name for body in bodies for node in _public(body)}
    return told | {constant for body in bodies for constant, _ in _constants(body)}


def _files(name: str) -> Sequence[Path]:
    path = _ROOT.joinpath(*name.split("."))
    if not path.is_dir():
        return [path.with_suffix(".py")]
    return [file for file in sorted(path.rglob("*.py")) if file.stem != "__init__"]


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _module(path: Path) -> str:
    tree = _parsed(path)
    dotted = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
    constants = "\n".join(line for _, line in _constants(tree.body))
    parts = [f"## {dotted}\n", _prose(tree), _code(constants) if constants else ""]
    parts += map(_described, _public(tree.body))
    return "\n".join(part for part in parts if part)


def _public(body: Sequence[ast.stmt]) -> Iterator[ast.ClassDef | _Function]:
    for node in body:
        if isinstance(node, ast.ClassDef | _Function) and not node.name.startswith("_"):
            yield node


def _constants(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Names of types and values that a module gives, with their line."""
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and not target.id.startswith("_") and target.id != "T":
            yield target.id, ast.unparse(node)


def _described(node: ast.ClassDef | _Function) -> str:
    if isinstance(node, ast.ClassDef):
        methods = "\n".join(f"- {_method(m)}" for m in _methods(node))
        parts = [_prose(node), _code(_stub(node)), methods]
    else:
        parts = [_prose(node), _code(_signature(node))]
    return f"### {node.name}\n\n" + "\n".join(part for part in parts if part)


def _methods(node: ast.ClassDef) -> Iterator[_Function]:
    for inner in _public(node.body):
        if not isinstance(inner, ast.ClassDef):
            yield inner


def _method(node: _Function) -> str:
    told = " ".join(_prose(node).split())
    return f"`{_signature(node)}`" + (f"  \n  {told}" if told else "")


def _stub(node: ast.ClassDef) -> str:
    """The class with what its constructor takes and its fields; methods are told below it."""
    decorators = [f"@{ast.unparse(d)}" for d in node.decorator_list]
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    fields = [ast.unparse(line) for line in node.body if _is_field(line)]
    made = [_signature(f) for f in node.body if isinstance(f, _Function) and f.name == "__init__"]
    inside = [f"    {line}" for line in (*fields, *made)]
    return "\n".join([*decorators, f"class {node.name}({bases}):", *(inside or ["    ..."])])


def _is_field(line: ast.stmt) -> bool:
    target = line.target if isinstance(line, ast.AnnAssign) else None
    if isinstance(line, ast.Assign):
        target = line.targets[0]  # type: ignore[assignment]  # a member of an enum
    return isinstance(target, ast.Name) and not target.id.startswith("_")


def _signature(node: _Function) -> str:
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    marks = "".join(f"@{ast.unparse(d)} " for d in node.decorator_list if _is_shown(d))
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{marks}{kind} {node.name}({ast.unparse(node.args)}){returned}"


def _is_shown(decorator: ast.expr) -> bool:
    return ast.unparse(decorator) in {"property", "classmethod", "staticmethod"}


def _code(text: str) -> str:
    return f"```python\n{text}\n```\n"


def _prose(node: ast.Module | ast.ClassDef | _Function) -> str:
    told = ast.get_docstring(node)
    return "" if told is None else told.replace("``", "`") + "\n"
