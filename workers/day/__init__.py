"""The demo day: what ``picqer-bridge run`` shows while nothing is configured.

A simulated Picqer, a demo shop and the real service with all its processes play a short day of
trade: see ``script`` for the day and ``agreement`` for what it proves.
"""

from __future__ import annotations

import threading
from pathlib import Path

from rich.console import Console

from integration.embedded_broker import BrokerUnavailable
from workers.day.report import report
from workers.day.screen import Screen
from workers.day.script import Script
from workers.day.stage import DemoRunsAlready, Stage, alone_in
from workers.day.watch import Curtain, TooLate, Watch
from workers.local import NotReady
from workers.stopping import stopped_by_signals

__all__ = ["run_day"]

IDLE_LOOK_SECONDS = 2.0


def run_day(folder: Path, *, console: Console | None = None, keep_running: bool = True) -> int:
    """Play the day in ``folder``; returns 0 when the books agreed at its end, else 1.

    With ``keep_running`` the service goes on until SIGINT or SIGTERM; without it ends after the
    report. Call it from the main thread.
    """
    screen = Screen(console)
    try:
        with alone_in(folder):
            return _run(Stage(folder.absolute(), tell=screen.tell), screen, keep_running)
    except (DemoRunsAlready, NotReady, BrokerUnavailable) as error:
        screen.print(str(error))
        return 1


def _run(stage: Stage, screen: Screen, keep_running: bool) -> int:
    screen.print(
        "Nothing is configured, so this is a demo: a simulated Picqer, a demo shop, and between "
        "them the real service. To run with your own, write bridge.toml (see README)."
    )
    with stopped_by_signals(stage.ask_to_stop), stage:
        if stage.asked_to_stop:
            return 1
        screen.tell(f"runs; its door is {stage.service.door_url}")
        screen.tell(f"can be looked at in a browser: {stage.service.console_url}")
        performance = Performance(stage, screen, keep_running=keep_running)
        performance.start()
        try:
            stage.service.wait()
            screen.print("", "Stopping; this takes up to 15 seconds.")
        finally:
            performance.end()
    return performance.result()


class Performance:
    """The day in a thread of its own, while the main thread watches the broker and the signals."""

    def __init__(self, stage: Stage, screen: Screen, *, keep_running: bool) -> None:
        """Play nothing yet."""
        self._stage = stage
        self._screen = screen
        self._keep_running = keep_running
        self._stopping = threading.Event()
        self._agreed = False
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="demo-day")

    def start(self) -> None:
        """Begin the day."""
        self._thread.start()

    def end(self) -> None:
        """Stop playing or watching, and wait for that."""
        self._stopping.set()
        self._thread.join()

    def result(self) -> int:
        """0 when the books agreed at the end of the day, else 1. Raises a fault of the day."""
        if self._fault is not None:
            raise self._fault
        return 0 if self._agreed else 1

    def _run(self) -> None:
        try:
            watch = Watch(self._stage, self._screen, self._stopping)
            self._agreed = self._play(watch)
            if self._keep_running:
                self._screen.print("", "It keeps running and watching; Ctrl-C stops it.")
                while True:
                    watch.rest(IDLE_LOOK_SECONDS)
        except Curtain:
            return
        except Exception as error:  # noqa: BLE001 - raised again in the main thread
            self._fault = error
        finally:
            if self._fault is not None or not self._keep_running:
                self._stage.ask_to_stop()

    def _play(self, watch: Watch) -> bool:
        script = Script(watch)
        self._screen.notes = script.notes
        failure: str | None = None
        with self._screen:
            try:
                script.play()
            except TooLate as late:
                failure = str(late)
        agreed = report(
            watch,
            self._screen,
            first_order=script.first_order,
            keep_running=self._keep_running,
        )
        if failure is not None:
            self._screen.print(f"The day did not go as written. {failure}.")
        return agreed and failure is None
