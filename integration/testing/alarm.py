"""An ``Alarm`` that keeps what it would have sent, with faults to switch on.

The suite ``integration.testing.alarm_contract`` holds it and the real ones to one behaviour.
"""

from __future__ import annotations

from collections import deque

from integration.errors import Ambiguous, BridgeError
from integration.ports import Notice


class FakeAlarm:
    """Keeps every message in ``told``."""

    def __init__(self) -> None:
        """Have told nobody anything."""
        self.told: list[Notice] = []
        self._faults: deque[BridgeError] = deque()

    def fail(self, error: BridgeError, *, times: int = 1) -> None:
        """Let the next messages raise ``error``; an Ambiguous one is sent all the same."""
        self._faults.extend([error] * times)

    def tell(self, notice: Notice) -> None:
        """Keep the message. Raises what ``fail`` was told."""
        fault = self._faults.popleft() if self._faults else None
        if fault is None or isinstance(fault, Ambiguous):
            self.told.append(notice)
        if fault is not None:
            raise fault
