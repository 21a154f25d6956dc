"""The pulse: whether this process gets on with its work, and not only lives.

Each few seconds a process asks itself for a sign that only its real work can give: a worker sends
itself a canary, which must come through the broker and be run by its own threads; beat waits for
its next tick; the web process for a turn of its event loop. Celery's workers were seen to live on
without taking anything, after a broken connection to Redis.

Supervisors see the pulse in a file (``picqer-bridge run``, Docker, Kubernetes) or are told of it
(systemd); people see it in ``/health/ready``. A process that is frozen says nothing, which is told
by the same age.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable

import structlog

from integration.liveness import STALE_SECONDS
from integration.settings import Settings
from workers.pulse_files import PulseFiles

ASK_SECONDS = 5.0
FIRST_SECONDS = 0.5
"""Until the first sign: whoever waits for a process to be up need not wait for long."""
log = structlog.get_logger(__name__)

Ask = Callable[[], bool]
"""Asks for a sign; False: nobody can be asked now, so silence would mean nothing."""
Tell = Callable[[float], None]
"""Is told when this process was last in order (monotonic seconds)."""


class Pulse:
    """Asks for a sign again and again, and remembers when this process was last in order."""

    def __init__(self, ask: Ask, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Nothing is asked yet."""
        self._ask = ask
        self._monotonic = monotonic
        self._began_at = monotonic()
        self._in_order_at: float | None = None
        self._is_asked = True

    def answer(self) -> None:
        """The sign came; from any thread."""
        self._is_asked = False

    def look(self) -> float | None:
        """Judge the last question and ask the next; returns when it was last in order.

        None: it has not yet given its first sign.
        """
        if not self._is_asked:
            self._in_order_at = self._monotonic()
        self._is_asked = True
        if not self._ask():
            self._is_asked = False
        return self._in_order_at

    def is_fresh(self) -> bool:
        """Whether this process was in order a short while ago, or has only just begun."""
        since = self._began_at if self._in_order_at is None else self._in_order_at
        return self._monotonic() - since < STALE_SECONDS


class PulseThread:
    """Looks at a pulse every few seconds, for as long as the process lives, and tells of it."""

    def __init__(self, pulse: Pulse, tell: Iterable[Tell], *, seconds: float = ASK_SECONDS) -> None:
        """Prepare; each of ``tell`` hears the result of each look, from the first sign on."""
        self._pulse = pulse
        self._tell = list(tell)
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Look once now, and then again and again."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns at once."""
        self._ended.set()

    def look(self) -> float:
        """Look once; returns after how many seconds to look again.

        A fault is written down, and ends neither the looking nor the telling of others.
        """
        try:
            in_order_at = self._pulse.look()
        except Exception:
            log.exception("pulse.fault")
            return self._seconds
        if in_order_at is None:
            return min(FIRST_SECONDS, self._seconds)
        for tell in self._tell:
            try:
                tell(in_order_at)
            except OSError as error:
                log.warning("pulse.not_told", cause=type(error).__name__)
        return self._seconds

    def _run(self) -> None:
        while not self._ended.wait(self.look()):
            pass


class SystemdNotifier:
    """Tells systemd that this process is up, and that it is in order (sd_notify(3)).

    A few lines instead of a dependency: one datagram to the socket that systemd names.
    """

    def __init__(self, address: str) -> None:
        """``address`` is NOTIFY_SOCKET's; a leading ``@`` names an abstract socket."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._told: float | None = None

    def tell(self, in_order_at: float) -> None:
        """Say so only when it was in order since we last said so: silence makes systemd act."""
        if in_order_at == self._told:
            return
        text = "READY=1\nWATCHDOG=1" if self._told is None else "WATCHDOG=1"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(text.encode(), self._address)
        self._told = in_order_at


def who_is_told(settings: Settings) -> list[Tell]:
    """Everybody who hears of this process' pulse: as its supervisor has asked for."""
    told: list[Tell] = []
    if settings.pulse_folder is not None:
        files = PulseFiles(settings.pulse_folder)
        files.forget_the_dead()
        told.append(files.write)
    if settings.notify_socket is not None:
        told.append(SystemdNotifier(settings.notify_socket).tell)
    return told
