"""What stands around every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """One request about to be sent: its method, its path without ids of persons, if it writes."""

    method: str
    path: str
    writes: bool


class CallGuard(Protocol):
    """Stands around every request of a run: stop, lease, breaker, lock-out and the timeline."""

    def before(self, call: Call, deadline: float) -> None:
        """Let the request pass, with at least ``deadline`` seconds of lease left for a write.

        Raises Stopping, LeaseHeld, LockedOut or Unreachable. Called right before sending, after
        the permit was taken.
        """

    def after(self, call: Call, status: int | None, seconds: float, error_code: int | None) -> None:
        """Write down how it ended: ``status`` is None when no answer came."""
