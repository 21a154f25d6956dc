"""Child processes: started, watched, started again when they die or stall, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from integration.liveness import STALE_SECONDS
from workers.pulse_files import PulseFiles

LOOK_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A child that lived this long did not die of how it was started."""
ASLEEP_SECONDS = 5.0
"""When our last look is longer ago than this, we did not run."""
STOP_SECONDS = 13.0
"""A call ends within 12 seconds, and what is left is for the broker."""

Tell = Callable[[str], None]
"""Tells a person one sentence."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a child: its name for people, and its words.

    ``has_pulse``: it says in a file of its own that it gets on with its work.
    """

    name: str
    words: Sequence[str]
    has_pulse: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """How to see that a child lives but does not work: it was not in order for ``patience`` s."""

    files: PulseFiles
    patience: float = STALE_SECONDS


class Child:
    """One command, and the process that runs it at present."""

    def __init__(
        self,
        command: Command,
        environment: Mapping[str, str],
        log: Path,
        watch: Watch | None = None,
    ) -> None:
        """Start nothing yet; what it writes goes to the end of ``log``.

        ``watch`` None: it is started again when it died, not when it lives without working.
        """
        self.command = command
        self._watch = watch if command.has_pulse else None
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._kill_at: float | None = None
        self._looked_at = self._awake_since = time.monotonic()

    @property
    def pid(self) -> int | None:
        """The process' id; None while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it, in a group of its own so that Ctrl-C reaches it only through us."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                list(self.command.words),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._started_at = time.monotonic()
        self._kill_at = None

    def look(self, tell: Tell) -> None:
        """Start it again when it died, after a pause that grows with each early death."""
        process, now = self._process, time.monotonic()
        if now - self._looked_at > ASLEEP_SECONDS:
            self._awake_since = now
        self._looked_at = now
        if process is None:
            if now >= self._start_at:
                self.start()
            return
        status = process.poll()
        if status is None:
            self._end_when_stalled(process.pid, now, tell)
            return
        steady = self._kill_at is not None or self._was_in_order(process.pid, now)
        self._pause = FIRST_PAUSE_SECONDS if steady else min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        self._start_at = now + self._pause
        self._process = None
        tell(
            f"{self.command.name} ended with status {status} and starts again in "
            f"{self._pause:g} s; see {self._log}"
        )

    def _was_in_order(self, pid: int, now: float) -> bool:
        """Whether it did not die of how it was started: it lived for long, or it worked."""
        age = self._watch.files.age(pid) if self._watch else None
        lived = now - self._started_at
        return lived >= STEADY_SECONDS or (age is not None and age < lived)

    def _end_when_stalled(self, pid: int, now: float, tell: Tell) -> None:
        """Ask it to end when it lives without working, and then kill it: it may be frozen."""
        if self._kill_at is not None:
            if now >= self._kill_at:
                self.kill()
            return
        silent = self._silent_for(pid, now)
        if self._watch is None or silent < self._watch.patience:
            return
        self._kill_at = now + STOP_SECONDS
        self.ask_to_stop()
        tell(
            f"{self.command.name} lives but has not got on with its work for {silent:.0f} s: it "
            f"is ended and starts again. Nothing is lost; see {self._log}"
        )

    def _silent_for(self, pid: int, now: float) -> float:
        """Seconds since it was last in order; since its start when it never said so.

        While we did not look, the whole machine may have stood still, and it with us.
        """
        age = self._watch.files.age(pid) if self._watch else None
        seen_for = now - max(self._started_at, self._awake_since)
        return seen_for if age is None else min(age, seen_for)

    def ask_to_stop(self) -> None:
        """SIGTERM: it ends by itself."""
        if self.pid is not None and self._process:
            self._process.terminate()

    def wait(self, seconds: float) -> bool:
        """Whether it ended within that many seconds."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, for it and for whatever it started."""
        if self._process is None or self.pid is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Children:
    """All children of a service, with a thread that starts again what dies."""

    def __init__(
        self, children: Sequence[Child], tell: Tell, also: Callable[[], None] = lambda: None
    ) -> None:
        """Start nothing yet. ``tell`` hears what a person ought to know.

        ``also`` is done at every look: it keeps what these processes need.
        """
        self._children = list(children)
        self._tell = tell
        self._also = also
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="children", daemon=True)

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each child that runs, by its name."""
        return {child.command.name: child.pid for child in self._children if child.pid is not None}

    def start(self) -> None:
        """Start all of them, and watch."""
        for child in self._children:
            child.start()
        self._watcher.start()

    def stop(self, seconds: float) -> None:
        """Ask all of them to stop, and end after ``seconds`` what did not."""
        self._ended.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for child in self._children:
            child.ask_to_stop()
        until = time.monotonic() + seconds
        for child in self._children:
            if not child.wait(until - time.monotonic()):
                self._tell(f"{child.command.name} did not stop in {seconds:.0f} s and was ended")
                child.kill()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look tries again
                self._tell(f"A process could not be started: {error}")

    def _look(self) -> None:
        self._also()
        for child in self._children:
            child.look(self._tell)
