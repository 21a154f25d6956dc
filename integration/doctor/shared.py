"""What several parts of an examination need, and only one of them asks for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from integration.errors import BridgeError

Answer = TypeVar("Answer")


class Shared(Generic[Answer]):
    """An answer that is asked for once, by whoever needs it first; the others wait for it."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        """Ask nothing yet."""
        self._ask = ask
        self._lock = threading.Lock()
        self._kept: list[Answer] = []
        self._error: BridgeError | None = None

    def __call__(self) -> Answer:
        """The answer. Raises the BridgeError that came instead of it, to everybody alike."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if not self._kept:
                try:
                    self._kept.append(self._ask())
                except BridgeError as error:
                    self._error = error
                    raise
            return self._kept[0]
