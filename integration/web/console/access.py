"""Who may use the console: two roles, each with a name and a password, and guessing made slow."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from pydantic import SecretStr

PATIENCE = 5
"""Wrong passwords in a row that cost nothing but themselves."""
LONGEST_PAUSE_SECONDS = 300.0
FORGOTTEN_AFTER_SECONDS = 900.0
MOST_SOURCES = 2000


class Role(IntEnum):
    """What somebody may do; a higher one may do everything that a lower one may."""

    NOBODY = 0
    VIEWER = 1
    OPERATOR = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the console."""

    name: str
    role: Role

    @property
    def who(self) -> str:
        """How the person is named in timelines and in the audit log."""
        return f"{self.name} (console)"


NOBODY = Person("", Role.NOBODY)
THIS_MACHINE = Person("this machine", Role.OPERATOR)
"""Everybody who reaches the listener on the loopback, while no password is set."""


@dataclass(frozen=True, slots=True)
class Login:
    """One name and password, and whom they stand for."""

    person: Person
    password: SecretStr


@dataclass(frozen=True, slots=True)
class Access:
    """Who may sign in. Without logins the console is open: it then listens on the loopback only.

    ``session_seconds`` is for how long a sign-in lasts. ``address`` is where people reach the
    console, as far as it is known: https there means that cookies travel by https only.
    """

    logins: Sequence[Login] = ()
    session_seconds: float = 12 * 3600.0
    address: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in."""
        return not self.logins

    def person(self, name: str, password: str) -> Person:
        """Whom this name and password stand for, else ``NOBODY``; every login is compared."""
        found = NOBODY
        for login in self.logins:
            right_name = _same(name, login.person.name)
            right_password = _same(password, login.password.get_secret_value())
            if right_name & right_password:
                found = login.person
        return found


def _same(given: str, expected: str) -> bool:
    """In constant time; a lone surrogate, which no password holds, compares as well."""
    return secrets.compare_digest(
        given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    )


@dataclass(slots=True)
class _Failures:
    count: int
    last_at: float


class Throttle:
    """Makes guessing slow: after five wrong passwords in a row a source waits, longer each time.

    ``monotonic`` tells the seconds. A source is an address; behind a proxy that does not say whom
    it speaks for, all visitors are one source. Who is signed in already notices nothing.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Nobody failed yet."""
        self._monotonic = monotonic
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_left(self, source: str) -> float:
        """For how long this source has to wait before it may try again; 0 when it may now."""
        with self._lock:
            failed = self._failures.get(source)
            if failed is None or failed.count < PATIENCE:
                return 0.0
            pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** min(failed.count - PATIENCE + 1, 10))
            return max(0.0, failed.last_at + pause - self._monotonic())

    def failed(self, source: str) -> None:
        """This source gave a wrong password."""
        now = self._monotonic()
        with self._lock:
            failed = self._failures.pop(source, None)
            if failed is None or now - failed.last_at > FORGOTTEN_AFTER_SECONDS:
                failed = _Failures(0, now)
            self._failures[source] = _Failures(failed.count + 1, now)
            if len(self._failures) > MOST_SOURCES:
                self._failures.popitem(last=False)

    def succeeded(self, source: str) -> None:
        """This source gave the right password."""
        with self._lock:
            self._failures.pop(source, None)
