"""The thread that looks for what a person has to be told, in the web process and in beat.

Each of the two notices when the other is silent, and both when the workers are.
"""

from __future__ import annotations

import threading

import structlog

from integration.alarms import AlarmWatch
from integration.errors import BridgeError
from integration.services import Services
from integration.settings import Settings

LOOK_SECONDS = 20.0
log = structlog.get_logger(__name__)


def console_address(settings: Settings) -> str:
    """Where the console is: at the door's address behind a password, else on this machine."""
    if settings.console.password is not None and settings.public_url is not None:
        return settings.public_url.rstrip("/")
    return f"http://127.0.0.1:{settings.console.port}"


class AlarmThread:
    """Looks again and again; without anybody to be told it never starts."""

    def __init__(
        self, services: Services, settings: Settings, *, seconds: float = LOOK_SECONDS
    ) -> None:
        """Prepare; nothing is looked at yet."""
        self._watch = AlarmWatch(services, console_address(settings))
        self._wanted = settings.alarm.is_set
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarm", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        if self._wanted:
            self._thread.start()

    def stop(self) -> None:
        """Look no more; returns at once."""
        self._ended.set()

    def look(self) -> None:
        """Look once; a fault is written down, and does not end the looking."""
        try:
            self._watch.look()
        except BridgeError as error:
            log.warning("alarm.look_failed", cause=error.code)
        except Exception:
            log.exception("alarm.fault")

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            self.look()
