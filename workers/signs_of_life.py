"""The signs of life of one process: a heartbeat in the store, and a pulse for its supervisor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from integration.liveness import note_taken
from integration.services import Services
from integration.settings import Settings
from workers.heartbeat import Heartbeat, process_name
from workers.pulse import Ask, Pulse, PulseThread, who_is_told


class SignsOfLife:
    """Both, started and stopped together.

    ``kind`` is ``web``, ``beat``, or a worker's own name. ``ask`` asks the process for a sign,
    which comes back as ``pulse.answer``; ``taken`` gives the queues that something was taken from.
    """

    def __init__(
        self,
        services: Services,
        settings: Settings,
        kind: str,
        ask: Ask,
        taken: Callable[[], Iterable[str]] = lambda: (),
    ) -> None:
        """Prepare; nothing is said yet."""
        self.pulse = Pulse(ask)
        self._services = services
        self._taken = taken
        self._thread = PulseThread(self.pulse, who_is_told(settings))
        self._heartbeat = Heartbeat(
            services.gate,
            process_name(kind),
            in_order=self.pulse.is_fresh,
            also=self._note_taken,
        )

    def start(self) -> None:
        """Give signs from now on."""
        self._thread.start()
        self._heartbeat.start()

    def stop_asking(self) -> None:
        """The process was asked to end: from now on it is as old as its last sign.

        One that hangs while it ends is then seen to have stalled. For a signal handler: it only
        marks.
        """
        self._thread.stop()

    def stop(self) -> None:
        """Give no more; returns at once."""
        self._thread.stop()
        self._heartbeat.stop()

    def _note_taken(self) -> None:
        for queue in sorted(self._taken()):
            note_taken(self._services.bookmarks, queue)
