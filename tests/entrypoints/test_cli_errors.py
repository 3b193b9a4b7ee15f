"""How a command ends: one line a problem, one document, the exit code of design section 5."""

import json

import pytest
import typer

from fin_agent.domain import errors
from fin_agent.entrypoints.cli.options import Ending, Options, exit_code

CODES = {
    errors.UsageError("x"): 2,
    errors.InvalidValue("x"): 65,
    errors.CorruptData("x"): 65,
    errors.Unavailable("x"): 69,
    errors.Refused("x"): 69,
    errors.Ambiguous("x"): 69,
    errors.AlreadyKnown("x"): 69,
    errors.Inconsistent("x"): 70,
    errors.StateUnavailable("x"): 73,
    errors.AlreadyRunning("x"): 75,
    errors.ConfigError(["x", "y"]): 78,
    KeyError("x"): 70,
}


def options(*, as_json: bool) -> Options:
    return Options(None, None, (), None, as_json)


def end(error: BaseException, *, as_json: bool) -> int:
    with pytest.raises(typer.Exit) as ended, Ending(options(as_json=as_json)):
        raise error
    return int(ended.value.exit_code)


@pytest.mark.parametrize(("error", "code"), CODES.items(), ids=lambda e: type(e).__name__)
def test_every_error_has_its_code(error: Exception, code: int) -> None:
    assert exit_code(error) == code
    assert end(error, as_json=False) == code


def test_every_error_of_the_tree_is_in_the_table() -> None:
    known = {type(error) for error in CODES}
    tree = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.FinAgentError)
    }

    assert tree - known == {errors.FinAgentError}


def test_all_problems_of_a_configuration_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    end(errors.ConfigError(["one", "two"]), as_json=False)

    out, err = capsys.readouterr()
    assert (out, err) == ("", "error: one\nerror: two\n")


def test_with_json_an_error_is_the_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    end(errors.CorruptData("file: broken"), as_json=True)

    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "error": {"kind": "CorruptData", "problems": ["file: broken"], "exit": 65}
    }
    assert err == "error: file: broken\n"


def test_a_bug_shows_its_traceback_and_is_named_as_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(KeyError("nothing here"), as_json=True) == 70

    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["kind"] == "KeyError"
    assert "Traceback" in err
    assert err.endswith("error: this is a bug in fin-agent: KeyError: 'nothing here'\n")


def test_an_interruption_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(KeyboardInterrupt(), as_json=False) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("passed_on", [typer.Exit(3), BrokenPipeError(), SystemExit(4)])
def test_what_is_no_error_of_ours_is_passed_on(passed_on: BaseException) -> None:
    with pytest.raises(type(passed_on)), Ending(options(as_json=False)):
        raise passed_on
