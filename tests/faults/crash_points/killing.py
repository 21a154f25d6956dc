"""Where processes are to die, who died, and a supervisor that starts them again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from integration.crash_points import FIRED
from tests.acceptance.installation import Running, until

FIRE_SECONDS = 60.0
"""A job whose worker died with another goes on when its lease of 20 s has ended."""
LOOK_SECONDS = 0.05


@dataclass
class Killing:
    """An installation, and the folder that says where its processes are to die."""

    points: Path
    bridge: Running
    kills: int = field(default=0, init=False)
    _ended: threading.Event = field(default_factory=threading.Event, init=False)

    def arm(self, point: str, *, arrival: int = 1) -> None:
        """Let the process that gets there die; ``arrival`` says at which time."""
        (self.points / f"{point}{FIRED}").unlink(missing_ok=True)
        ready = self.points / f".{point}"
        ready.write_text(str(arrival))
        ready.rename(self.points / point)

    def fired(self) -> set[str]:
        """The points at which a process has died, without what told their arrivals apart."""
        files = self.points.glob(f"*{FIRED}")
        return {file.name.removesuffix(FIRED).partition("@")[0] for file in files}

    def has_fired(self, point: str) -> bool:
        """Whether a process died there."""
        return (self.points / f"{point}{FIRED}").exists()

    def waiting(self) -> list[str]:
        """The points that are armed and were not reached yet."""
        names = (file.name for file in self.points.iterdir())
        return sorted(name for name in names if not name.endswith(FIRED) and name[0] != ".")

    def until_fired(self, point: str, seconds: float = FIRE_SECONDS) -> None:
        """Return when a process has died there."""
        until(lambda: self.has_fired(point), seconds, f"a process dies at {point}")

    @contextmanager
    def reviving(self) -> Iterator[None]:
        """Start again whatever dies, as a supervisor does."""
        thread = threading.Thread(target=self._revive, name="supervisor", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _revive(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self.kills += len(self.bridge.start_the_dead())
