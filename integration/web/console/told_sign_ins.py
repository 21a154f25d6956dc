"""Sign-ins in the audit log: who came in, and that somebody was refused."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from integration.ports import Act, Audit, AuditEntry
from integration.web.console.access import Person

MOST_REFUSALS = 20
PER_SECONDS = 60.0
ABOUT = "the console"
SOMEBODY = "somebody (console)"


class ToldSignIns:
    """Writes sign-ins down. Neither what was typed nor an address: both may be about a person.

    The audit log is kept for good, so that a flood of wrong passwords must not fill it: at most 20
    refusals in a minute are lines of their own, and the next line tells for how many it stands.
    """

    def __init__(self, audit: Audit, monotonic: Callable[[], float]) -> None:
        """Nobody came yet; ``monotonic`` tells the seconds."""
        self._audit = audit
        self._monotonic = monotonic
        self._written: deque[float] = deque()
        self._unwritten = 0
        self._lock = threading.Lock()

    def signed_in(self, person: Person) -> None:
        """This person knew the password."""
        self._audit.write(AuditEntry(person.who, Act.SIGN_IN, ABOUT))

    def refused(self) -> None:
        """A name or a password was wrong."""
        times = self._times()
        if times:
            about = ABOUT if times == 1 else f"{ABOUT}, {times} times"
            data = {"times": times}
            self._audit.write(AuditEntry(SOMEBODY, Act.REFUSE_SIGN_IN, about, data=data))

    def _times(self) -> int:
        """For how many refusals a line is to stand now; 0 when none is to be written."""
        now = self._monotonic()
        with self._lock:
            while self._written and now - self._written[0] >= PER_SECONDS:
                self._written.popleft()
            self._unwritten += 1
            if len(self._written) >= MOST_REFUSALS:
                return 0
            self._written.append(now)
            times, self._unwritten = self._unwritten, 0
            return times
