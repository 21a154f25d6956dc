"""What a process writes to standard error, as it is configured when it starts."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import structlog

from integration.settings import Settings
from workers import logs


class Written(io.StringIO):
    """What a process wrote since it was configured."""

    def configure(self, env: dict[str, str]) -> None:
        with redirect_stderr(self):
            logs.configure(Settings.load(env))

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@contextmanager
def kept_lines() -> Iterator[Written]:
    """What is written to standard error, with logging as it was put back afterwards."""
    stream = Written()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    hooks = sys.excepthook, threading.excepthook
    yield stream
    sys.excepthook, threading.excepthook = hooks
    root.handlers, root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
