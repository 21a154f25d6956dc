"""Watching the demo day: looks at both books again and again, and tells what changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from integration.jobs import Job, Queue, State
from integration.ports import JobFilter, Message
from integration.wiring import build_services
from workers.day.agreement import disagreements
from workers.day.books import NO_BOOKS, BothBooks, read_books
from workers.day.news import Line, news
from workers.day.screen import Screen
from workers.day.stage import ACCOUNT, Stage

LOOK_SECONDS = 0.2


class Curtain(Exception):
    """A person asked to stop."""


class TooLate(Exception):
    """Something that the day waits for did not happen in time; the message says what."""


class Reader:
    """The ``WakeUp`` of somebody who only reads: there is never a job to wake anybody for."""

    def nudge(self, message: Message) -> None:
        """Refuse: a watcher raises no jobs."""
        raise AssertionError(f"the watcher of the day raised job {message.job_id}")

    def waiting(self, _queue: Queue) -> int | None:
        """Not known here."""
        return None


class Watch:
    """Looks at the stage's books and prints on the screen. For one thread.

    ``stopping`` ends every wait with Curtain. ``unshippable`` are the order numbers that cannot be
    in Picqer before a person mends them.
    """

    def __init__(self, stage: Stage, screen: Screen, stopping: threading.Event) -> None:
        """Connect to the service's store, to read what is in flight; nothing is written."""
        self.stage = stage
        self.unshippable: set[str] = set()
        self.books: BothBooks = NO_BOOKS
        self._screen = screen
        self._stopping = stopping
        self._services = build_services(stage.service.settings, wake_up=Reader())

    def say(self, who: str, text: str, style: str = "bold") -> None:
        """Print what somebody does."""
        self._screen.line(Line(who, text, style))

    @property
    def seconds(self) -> float:
        """Seconds since the command began."""
        return self._screen.seconds

    def look(self) -> BothBooks:
        """Read both books and print what is new."""
        before = self.books
        self.books = read_books(
            self.stage, lambda code: self._services.stock.in_flight(ACCOUNT, code)
        )
        for line in news(before, self.books):
            self._screen.line(line)
        self._screen.show(self.books)
        return self.books

    def rest(self, seconds: float) -> None:
        """Watch for that long. Raises Curtain."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.look()
            self._pause(min(LOOK_SECONDS, left))

    def until(self, what: str, holds: Callable[[BothBooks], bool], *, seconds: float) -> None:
        """Watch until it holds. Raises TooLate after ``seconds``, and Curtain."""
        limit = time.monotonic() + seconds
        while not holds(self.look()):
            if time.monotonic() > limit:
                raise TooLate(f"{what}: this did not happen within {seconds:.0f} s")
            self._pause(LOOK_SECONDS)

    def until_status(self, number: str, *statuses: str, seconds: float) -> None:
        """Watch until the order is at Picqer in one of these statuses."""
        self.until(
            f"order {number} is {' or '.join(statuses)} at Picqer",
            lambda books: any(one.status in statuses for one in books.orders[number].at_picqer),
            seconds=seconds,
        )

    def parked(self) -> list[Job]:
        """The jobs that wait for a person, as the service says itself."""
        return self._services.jobs.find(JobFilter(state=State.PARKED))

    def until_parked(self, number: str, *, seconds: float) -> None:
        """Watch until the order waits for a person, and say why."""
        found: list[Job] = []

        def parked(_: BothBooks) -> bool:
            found[:] = [job for job in self.parked() if job.identity.subject == number]
            return bool(found)

        self.until(f"order {number} is parked", parked, seconds=seconds)
        self.say("bridge", f"order {number} waits for a person: {found[0].reason}", "bold red")

    def disagreements(self) -> list[str]:
        """How the books differ now."""
        return disagreements(self.look(), self.unshippable)

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Curtain
