"""Sets logging up for one process: where lines go, which secrets are never in them.

``quiet`` is for every command, ``logged`` for the running agent.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from fin_agent.adapters.logs.formats import JsonLines, PlainLines
from fin_agent.adapters.logs.limits import LineLimiter, LogLimits
from fin_agent.adapters.logs.redaction import Redaction
from fin_agent.adapters.logs.writing import FileSink, LineWriter, Sink, StreamSink
from fin_agent.composition.api_tokens import Right, token_file
from fin_agent.composition.bootstrap import App
from fin_agent.composition.settings_logging import LoggingSettings

_MB = 1 << 20
_LIBRARIES = {
    "aiohttp": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "apprise": logging.WARNING,
    "asyncio": logging.WARNING,
    "curl_cffi": logging.WARNING,
    "peewee": logging.WARNING,
    "urllib3": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "websockets": logging.WARNING,
    "yfinance": logging.CRITICAL,  # what fails there is told by our own errors
}
_performance = logging.getLogger("fin_agent.performance")


def tame_libraries() -> None:
    """Let libraries tell only what is wrong, through our handlers alone."""
    for name, level in _LIBRARIES.items():
        library = logging.getLogger(name)
        library.setLevel(level)
        library.propagate = True
        for handler in [*library.handlers]:
            library.removeHandler(handler)


def secrets_in(app: App) -> list[str]:
    """Every secret value that is configured, and the API's tokens that lie in files."""
    found = [*app.loaded.secrets.texts()]
    for right in Right:
        with suppress(OSError, UnicodeDecodeError):  # none yet, or the API will name it
            found.append(token_file(app.data_dir, right).read_text(encoding="utf-8").strip())
    return found


@contextmanager
def quiet(stream: TextIO | None = None) -> Iterator[None]:
    """A command that is no agent: warnings on standard error, without anything like a key."""
    sink = StreamSink(stream or sys.stderr, PlainLines(Redaction()), logging.WARNING)
    with _handled(LineWriter([sink]), logging.WARNING):
        yield


@contextmanager
def logged(app: App, *, as_document: bool) -> Iterator[LineWriter]:
    """The running agent's lines; ``as_document``: standard output belongs to the document."""
    settings = app.settings.logging
    redaction = Redaction(secrets_in(app))
    limits = LogLimits(settings.same_per_minute, settings.lines_per_minute)
    writer = LineWriter(
        _sinks(app, settings, redaction, as_document=as_document), LineLimiter(limits)
    )
    with _handled(writer, _level(settings)):
        yield writer
        counts = writer.counts
        _performance.info(
            "log lines",
            extra={
                "written": counts.written,
                "limited": counts.limited,
                "crowded": counts.crowded,
                "unwritable": counts.unwritable,
            },
        )


def writes_json(settings: LoggingSettings, *, as_document: bool) -> bool:
    """Whether every line goes out as JSON: asked for, or nobody is watching."""
    stream = sys.stderr if as_document else sys.stdout
    return settings.format == "json" or (settings.format == "auto" and not stream.isatty())


def _sinks(
    app: App,
    settings: LoggingSettings,
    redaction: Redaction,
    *,
    as_document: bool,
) -> list[Sink]:
    level = _level(settings)
    sinks: list[Sink] = []
    if writes_json(settings, as_document=as_document):
        stream = sys.stderr if as_document else sys.stdout
        sinks.append(StreamSink(stream, JsonLines(redaction), level))
    else:
        least = max(level, logging.WARNING)
        sinks.append(StreamSink(sys.stderr, PlainLines(redaction), least))
    if settings.file:
        path = app.data_dir / "logs" / "agent.jsonl"
        size = round(settings.file_mb * _MB)
        sinks.append(FileSink(path, JsonLines(redaction), level, size, settings.files))
    return sinks


def _level(settings: LoggingSettings) -> int:
    return logging.getLevelNamesMapping()[settings.level.upper()]


@contextmanager
def _handled(writer: LineWriter, level: int) -> Iterator[None]:
    """The one handler of the root logger; what was there before is put back."""
    root = logging.getLogger()
    before, root_level, raises = [*root.handlers], root.level, logging.raiseExceptions
    root.handlers[:] = [writer]
    root.setLevel(level)
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    tame_libraries()
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        logging.raiseExceptions = raises
        root.setLevel(root_level)
        root.handlers[:] = before
        writer.finish()
