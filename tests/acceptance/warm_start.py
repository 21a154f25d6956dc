"""Processes that start at once, divided off a Python that has imported everything already.

Only on Linux, which can wait for the end of a process that is nobody's child; elsewhere a process
starts as everybody's does.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from tests.acceptance.warm_python import Wanted

ROOT = Path(__file__).parents[2]


def is_possible() -> bool:
    """Whether processes can be divided off here."""
    return hasattr(os, "pidfd_open")


class WarmPython:
    """The Python that divides, one for all tests of this run."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        words = [sys.executable, "-m", "tests.acceptance.warm_python"]
        # Not measured itself: what it divides off begins to measure when it begins.
        unmeasured = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
        self._process = subprocess.Popen(
            words, cwd=ROOT, env=unmeasured, stdin=pipe, stdout=pipe, text=True
        )
        self._one_at_a_time = threading.Lock()
        atexit.register(self.stop)

    def divide(self, wanted: Wanted) -> int:
        """The id of a new process."""
        with self._one_at_a_time:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(wanted.to_json() + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def stop(self) -> None:
        """Divide no more."""
        self._process.communicate()


@cache
def warm_python() -> WarmPython:
    """The one of this run, started when it is first needed."""
    return WarmPython()


class WarmChild:
    """One process of an installation; what ``workers.children.Child`` is for one that was spawned.

    ``command`` is a line of the Procfile, for the shell to fill in.
    """

    def __init__(self, command: str, environment: Mapping[str, str], log: Path) -> None:
        self._command = command
        self._environment = dict(environment)
        self._log = log
        self._pid = 0
        self._handle: int | None = None

    @property
    def pid(self) -> int | None:
        """The process' id; None while it does not run."""
        return None if self.wait(0.0) else self._pid

    def start(self) -> None:
        """Have it divided off."""
        self._forget()
        wanted = Wanted(self._words(), self._environment, str(Path.cwd()), str(self._log))
        self._pid = warm_python().divide(wanted)
        with suppress(ProcessLookupError):
            self._handle = os.pidfd_open(self._pid)

    def ask_to_stop(self) -> None:
        """SIGTERM: it ends by itself."""
        self._signal(signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within that many seconds."""
        if self._handle is None:
            return True
        look = select.poll()
        look.register(self._handle, select.POLLIN)
        ended = look.poll(1000 * max(0.0, seconds))
        if ended:
            self._forget()
        return bool(ended)

    def kill(self) -> None:
        """SIGKILL, for it and for whatever it started."""
        if not self.wait(0.0):
            os.killpg(self._pid, signal.SIGKILL)
            self.wait(10.0)

    def _signal(self, number: int) -> None:
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def _forget(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
        self._handle = None

    def _words(self) -> list[str]:
        """The words of the command, as the shell makes them of it."""
        listed = f'printf "%s\\0" {self._command}'
        shell = ["/bin/sh", "-c", listed]
        answer = subprocess.run(shell, env=self._environment, capture_output=True, check=True)
        return answer.stdout.decode().removesuffix("\0").split("\0")
