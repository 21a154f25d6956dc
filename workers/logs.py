"""What all processes write to standard error: one line per event, text or JSON, ids only."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Sequence
from types import TracebackType

import structlog
from rich.console import Console
from structlog.types import EventDict, Processor

from integration.others_words import OPENS, without_others_words
from integration.settings import Settings
from workers import tracebacks
from workers.faults import FaultTeller

QUIET = {
    "alembic": logging.WARNING,
    # Every tick of the schedule and every message would be a line; our own events say more.
    "celery.app.trace": logging.WARNING,
    "celery.beat": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "kombu": logging.WARNING,
    "urllib3": logging.WARNING,
    # An access line holds the visitor's address; the door writes down what it accepts.
    "uvicorn.access": logging.WARNING,
}
log = structlog.get_logger(__name__)
OWN_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access")
"""Loggers that come with handlers of their own, which would write each line twice."""


def configure(settings: Settings) -> None:
    """Send the log lines of this process, of libraries too, to standard error."""
    as_json = settings.log.format == "json" or (
        settings.log.format == "auto" and not sys.stderr.isatty()
    )
    configure_for(settings.log.level, as_json=as_json)
    logging.getLogger().addHandler(FaultTeller())
    sys.excepthook = _ended_by
    threading.excepthook = lambda ended: _ended_by(
        ended.exc_type, ended.exc_value, ended.exc_traceback
    )


def _ended_by(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """A process or a thread of ours was ended by an error: Python would print its words."""
    if error is None or not issubclass(kind, Exception):
        sys.__excepthook__(kind, error or kind(), trace)
        return
    log.critical("process.fault", thread=threading.current_thread().name, exc_info=error)


def configure_for(level: str, *, as_json: bool) -> None:
    """The same for a level by its name (``info``), and a format."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_others_words,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(before, as_json=as_json))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    _quieten()


def _without_others_words(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Leave out what shops and Picqer said, which may name people; the store has it."""
    for key, value in line.items():
        if isinstance(value, str) and OPENS in value:
            line[key] = without_others_words(value)
    return line


def _formatter(before: Sequence[Processor], *, as_json: bool) -> logging.Formatter:
    """Tracebacks without local variables and foreign words: both hold people."""
    rendering: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        rendering += [
            structlog.processors.ExceptionRenderer(tracebacks.told),
            structlog.processors.JSONRenderer(),
        ]
    else:
        screen = Console(stderr=True)
        colours = screen.is_terminal and not screen.no_color
        rendering.append(
            structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=tracebacks.tell)
        )
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=list(before), processors=rendering)


def _quieten() -> None:
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    for name in OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
