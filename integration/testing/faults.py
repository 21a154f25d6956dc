"""Errors that a fake raises when a test asked for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from integration.errors import BridgeError


@dataclass(slots=True)
class _Fault:
    """An error to raise ``times`` more times, after ``skip`` calls that go well."""

    error: BridgeError
    committed: bool
    times: int
    skip: int


class Faults:
    """Errors to come, per method of the port, in the order in which they were asked for."""

    def __init__(self) -> None:
        """Let everything go well."""
        self._waiting: dict[str, deque[_Fault]] = {}

    def add(
        self, method: str, error: BridgeError, *, committed: bool, times: int, skip: int = 0
    ) -> None:
        """Let ``times`` calls of that method raise this error, after ``skip`` good ones."""
        self._waiting.setdefault(method, deque()).append(_Fault(error, committed, times, skip))

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Raise the method's next error before or after the block."""
        fault = self._next(method)
        if fault is not None and not fault.committed:
            raise fault.error
        yield
        if fault is not None:
            raise fault.error

    def _next(self, method: str) -> _Fault | None:
        waiting = self._waiting.get(method)
        if not waiting:
            return None
        fault = waiting[0]
        if fault.skip > 0:
            fault.skip -= 1
            return None
        fault.times -= 1
        if fault.times <= 0:
            waiting.popleft()
        return fault
