"""The heartbeat: every process says each few seconds, in the store, that it lives.

People and health checks read it; and a store that finds another number than this process wrote
last knows that it was restored from a backup.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable

import structlog

from integration.errors import BridgeError
from integration.ports import Gate

BEAT_SECONDS = 10.0
log = structlog.get_logger(__name__)


def process_name(kind: str) -> str:
    """A name that no other running process has: ``worker@shop-1:4711``."""
    named = kind if "@" in kind else f"{kind}@{socket.gethostname()}"
    return f"{named}:{os.getpid()}"


class Heartbeat:
    """A thread that beats until it is stopped, or until the process ends.

    ``in_order`` says whether the process also gets on with its work; ``also`` is done after each
    beat: it writes down what else the process has to say.
    """

    def __init__(
        self,
        gate: Gate,
        name: str,
        *,
        seconds: float = BEAT_SECONDS,
        in_order: Callable[[], bool] = lambda: True,
        also: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; ``name`` is this process' own."""
        self._gate = gate
        self._name = name
        self._seconds = seconds
        self._in_order = in_order
        self._also = also
        self._number = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Beat once now, and then again and again."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; returns at once."""
        self._ended.set()

    def beat(self) -> None:
        """Beat once. When the store is away the next beat says the same number again."""
        try:
            self._number = self._gate.beat(self._name, self._number, in_order=self._in_order())
            self._also()
        except BridgeError as error:
            log.warning("heartbeat.failed", process=self._name, cause=error.code)

    def _run(self) -> None:
        while True:
            try:
                self.beat()
            except Exception:
                log.exception("heartbeat.fault", process=self._name)
            if self._ended.wait(self._seconds):
                return
