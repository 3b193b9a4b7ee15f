"""The layer contracts hold, and each one notices what it forbids."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "fin_agent"
CORE = [PACKAGE / "domain", PACKAGE / "application", PACKAGE / "ports"]

LAYERS = "domain <- ports <- application <- adapters <- composition <- entrypoints"
TRADE = "the domain's imports follow the trade: later may know earlier, never back"
USE_CASES = "use cases do not call each other; the subscription table knows them all"
PLUG_INS = "plug-ins do not know each other"
ADAPTERS = "only the composition root may name an adapter"
FRAMEWORKS = "the core imports no framework"
PURITY = "the domain does no I/O, reads no clock, logs nothing and rolls no dice"
CONTAINER = "dependency-injector stays in the composition root"
CYCLES = "no cycles anywhere"


def broken_contracts(source: Path) -> set[str]:
    """Names of the contracts that import-linter reports as broken for a copy of the source."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    config = str(ROOT / "pyproject.toml")
    run = subprocess.run(
        [sys.executable, "-c", command, "--config", config, "--no-cache"],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = {
        line.removesuffix(" BROKEN") for line in run.stdout.splitlines() if line.endswith(" BROKEN")
    }

    assert run.returncode == (1 if broken else 0), run.stdout + run.stderr
    return broken


def plant(source: Path, lines: Mapping[str, str]) -> None:
    """Append one line of code to each named module, making the module where there is none."""
    for module, line in lines.items():
        path = source / "fin_agent" / module
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        with path.open("a") as file:
            file.write(f"\n{line}\n")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignored))


def test_the_program_keeps_every_contract(source: Path) -> None:
    assert broken_contracts(source) == set()


@pytest.mark.parametrize(
    ("lines", "contract"),
    [
        pytest.param({"utils.py": ""}, LAYERS, id="a drawer for everything"),
        pytest.param(
            {"ports/planted.py": "import fin_agent.testing.planted", "testing/planted.py": ""},
            LAYERS,
            id="a port knows a fake",
        ),
        pytest.param(
            {"domain/candidate.py": "import fin_agent.domain.plan"},
            TRADE,
            id="an earlier stage knows a later one",
        ),
        pytest.param({"domain/extras.py": ""}, TRADE, id="a stage without a place in the trade"),
        pytest.param({"domain/money.py": "import numpy"}, FRAMEWORKS, id="money uses numpy"),
        pytest.param(
            {"application/commands.py": "import pendulum"},
            FRAMEWORKS,
            id="a command uses pendulum",
        ),
        pytest.param({"domain/plan.py": "import random"}, PURITY, id="a plan rolls dice"),
        pytest.param(
            {
                "domain/factors/catalyst.py": "import fin_agent.domain.factors.volatility",
                "domain/factors/volatility.py": "",
            },
            PLUG_INS,
            id="a factor knows a factor",
        ),
        pytest.param(
            {
                "application/close_session.py": "import fin_agent.application.reconcile",
                "application/reconcile.py": "",
            },
            USE_CASES,
            id="a use case calls a use case",
        ),
        pytest.param(
            {
                "adapters/brokers/paper.py": "",
                "entrypoints/cli/__init__.py": "import fin_agent.adapters.brokers.paper",
            },
            ADAPTERS,
            id="the command line names a broker",
        ),
        pytest.param(
            {"adapters/clock.py": "import dependency_injector"},
            CONTAINER,
            id="an adapter asks the container",
        ),
        pytest.param(
            {
                "adapters/persistence/left.py": "import fin_agent.adapters.persistence.right",
                "adapters/persistence/right.py": "import fin_agent.adapters.persistence.left",
            },
            CYCLES,
            id="two modules need each other",
        ),
    ],
)
def test_a_violation_breaks_its_contract(
    source: Path, lines: Mapping[str, str], contract: str
) -> None:
    plant(source, lines)

    # an import that goes back often closes a cycle as well
    assert {contract} <= broken_contracts(source) <= {contract, CYCLES}


def modules(*roots: Path) -> Iterator[Path]:
    for root in roots:
        yield from [root] if root.suffix else root.rglob("*.py")


def absolute_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_the_core_imports_nothing_but_the_standard_library_and_itself() -> None:
    allowed = {*sys.stdlib_module_names, "fin_agent"}
    foreign = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in modules(*CORE)
        for name in absolute_imports(ast.parse(path.read_text()))
        if name.partition(".")[0] not in allowed
    }

    assert foreign == set()


def approves(node: ast.AST) -> bool:
    """Whether the code calls ``ApprovedPlan`` or gives it a name under which it could be called."""
    match node:
        case ast.Call(func=ast.Name(id="ApprovedPlan") | ast.Attribute(attr="ApprovedPlan")):
            return True
        case ast.alias(name="ApprovedPlan", asname=str()):
            return True
        case ast.Assign(value=ast.Name(id="ApprovedPlan") | ast.Attribute(attr="ApprovedPlan")):
            return True
    return False


def test_only_the_risk_gate_makes_an_approved_plan() -> None:
    makers = {
        str(path.relative_to(PACKAGE))
        for path in modules(PACKAGE)
        if any(approves(node) for node in ast.walk(ast.parse(path.read_text())))
    }

    assert makers == {"domain/risk.py"}
