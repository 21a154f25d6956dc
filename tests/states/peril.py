"""Every call of a port is a place to die: before its effect, or after it.

A process that dies says nothing: ``ProcessDied`` is no ``Exception``, so that nothing in the
service may catch it, and what was not committed is rolled back as the database does it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any


class ProcessDied(BaseException):
    """The process was killed here."""


class Act(StrEnum):
    """What happens to a worker at the chosen place."""

    NOTHING = "nothing"
    DIE = "die"
    FREEZE = "freeze"
    """It stands still while its lease ends and another worker takes over; then it goes on."""


class Peril:
    """One planned act, so many places from now.

    ``busy`` says that a transaction is open: another worker could not even begin then. ``frozen``
    is what happens while the worker stands still.
    """

    def __init__(self, busy: Callable[[], bool], frozen: Callable[[], None]) -> None:
        self._busy = busy
        self._frozen = frozen
        self._act = Act.NOTHING
        self._places = 0
        self._at = ""

    def plan(self, act: Act, places: int, at: str = "") -> None:
        """Let this happen at the so-manieth place from now, counting only those of call ``at``."""
        self._act, self._places, self._at = act, places, at

    def call_off(self) -> None:
        """Nothing happens any more."""
        self._act = Act.NOTHING

    def cross(self, name: str) -> None:
        """Be before or after the call of this name."""
        if self._act is Act.NOTHING or self._at not in ("", name):
            return
        self._places -= 1
        if self._places > 0 or (self._act is Act.FREEZE and self._busy()):
            return
        act, self._act = self._act, Act.NOTHING
        if act is Act.DIE:
            raise ProcessDied
        self._frozen()


class Watched:
    """A port of which every call has a place before and a place after it."""

    def __init__(self, port: Any, peril: Peril) -> None:
        self._port = port
        self._peril = peril

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*words: Any, **named: Any) -> Any:
            self._peril.cross(name)
            answer = found(*words, **named)
            self._peril.cross(name)
            return answer

        return call
