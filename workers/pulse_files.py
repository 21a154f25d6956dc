"""The files in which processes say that they get on with their work, and what is read from them.

As a program (``python -m workers.pulse_files FOLDER [--end-stalled]``) it is the health check of
containers, which is asked so often that it must not read settings or load the service.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from integration.liveness import STALE_SECONDS

GRACE_SECONDS = 20.0
"""A stalled process is asked to end first, and killed when it is still there that much later."""


class PulseFiles:
    """One empty file per process, named by its id; its time says when that was last in order.

    Only the time changes, so that a full disk makes nobody look stalled. It is of the machine's
    monotonic clock, which all its processes share and which nobody sets.
    """

    def __init__(self, folder: Path) -> None:
        """Use this folder, which is made when a process first writes."""
        self._folder = folder

    def write(self, in_order_at: float) -> None:
        """Say it of this process."""
        file = self._folder / str(os.getpid())
        if not file.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)
        os.utime(file, (in_order_at, in_order_at))

    def forget_the_dead(self) -> None:
        """Remove what processes left that live no more."""
        for pid in self._pids():
            if not _lives(pid):
                (self._folder / str(pid)).unlink(missing_ok=True)

    def ages(self) -> dict[int, float]:
        """Seconds since each living process was last in order, by its id."""
        found = {pid: self.age(pid) for pid in self._pids() if _lives(pid)}
        return {pid: age for pid, age in found.items() if age is not None}

    def age(self, pid: int) -> float | None:
        """Seconds since this process was last in order; None: it has not said so."""
        try:
            said = (self._folder / str(pid)).stat().st_mtime
        except OSError:
            return None
        now = time.monotonic()
        # A file that somebody else made has the time of the calendar.
        return None if said > now + 1.0 else max(0.0, now - said)

    def _pids(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        return sorted(int(file.name) for file in self._folder.iterdir() if file.name.isdecimal())


@dataclass(frozen=True, slots=True)
class Seen:
    """A living process, and for how many seconds it has not been in order."""

    pid: int
    age: float

    @property
    def is_stalled(self) -> bool:
        """Whether it lives without working."""
        return self.age >= STALE_SECONDS

    def __str__(self) -> str:
        """As a sentence for people."""
        if self.is_stalled:
            return (
                f"Process {self.pid} lives but has not got on with its work for {self.age:.0f} s."
            )
        return f"Process {self.pid} works; seen {self.age:.0f} s ago."

    def end(self) -> None:
        """Docker starts again what ends, and not what its health check finds unhealthy."""
        number = signal.SIGKILL if self.age >= STALE_SECONDS + GRACE_SECONDS else signal.SIGTERM
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


def check(folder: Path, *, end_stalled: bool = False) -> list[Seen]:
    """The living processes that write there; ``end_stalled`` ends those that stalled."""
    found = [Seen(pid, age) for pid, age in PulseFiles(folder).ages().items()]
    for one in found:
        if end_stalled and one.is_stalled:
            one.end()
    return found


def all_work(found: Sequence[Seen]) -> bool:
    """Whether there is a process, and none stalled."""
    return bool(found) and not any(one.is_stalled for one in found)


def main(words: Sequence[str] | None = None) -> int:
    """Check, tell on standard output, and return the exit code: 0, or 1 when not all is well."""
    parser = argparse.ArgumentParser(prog="python -m workers.pulse_files", description=__doc__)
    parser.add_argument("folder", type=Path, help="as pulse_folder in the settings")
    parser.add_argument("--end-stalled", action="store_true", help="end what stalled")
    arguments = parser.parse_args(words)
    found = check(arguments.folder, end_stalled=arguments.end_stalled)
    for one in found:
        sys.stdout.write(f"{one}\n")
    if not found:
        sys.stdout.write(nobody_in(arguments.folder) + "\n")
    return 0 if all_work(found) else 1


def nobody_in(folder: Path) -> str:
    """What is told when there is no process at all."""
    return f"No living process says in {folder} that it works."


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
