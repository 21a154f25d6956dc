"""A Python in which everything is imported already, and which divides for every process wanted.

Importing takes each process of an installation two seconds of a core, and the fault matrix starts
hundreds of them. A process that is divided off runs the same console script with the same words,
in a session of its own; a line of JSON orders it, its process id answers. Started as
``python -m tests.acceptance.warm_python``; it ends when its standard input does.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from typing import NoReturn

import coverage

IMPORTED = (
    # Not workers.tasks: a task that is registered reads the settings, and each process has its own.
    "workers.timetable",
    "workers.strategy",
    "workers.events",
    "workers.bounded_http",
    "workers.web",
    "celery.bin.celery",
    "celery.apps.worker",
    "celery.apps.beat",
    "celery.concurrency.solo",
    "celery.concurrency.thread",
    "kombu.transport.redis",
    "uvicorn.main",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A process: its words, its whole environment, its folder, and the file that it writes to."""

    words: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    log: str

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


def serve() -> None:
    """Divide for every line, until there are no more."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Whoever ordered a process watches it.
    handles = []
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            run(Wanted(**json.loads(line)))
        with suppress(ProcessLookupError):
            handles.append(os.pidfd_open(pid))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    end(handles)


def end(handles: Sequence[int]) -> None:
    """End whatever still runs: whoever ordered it is gone, perhaps killed in the middle of it."""
    for handle in handles:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)


def run(wanted: Wanted) -> NoReturn:
    """Become the process that is wanted, and end as it ends."""
    _settle_in(wanted)
    (script,) = entry_points(group="console_scripts", name=wanted.words[0])
    sys.exit(script.load()())


def _settle_in(wanted: Wanted) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wanted.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for theirs, ours in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(theirs, ours)
    os.close(log)
    os.close(nothing)
    os.environ.clear()
    os.environ.update(wanted.environment)
    os.chdir(wanted.folder)
    sys.argv = list(wanted.words)
    gc.unfreeze()
    coverage.process_startup()  # Does nothing unless coverage is measured.


if __name__ == "__main__":
    serve()
