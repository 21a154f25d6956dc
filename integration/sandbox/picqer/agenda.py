"""What Picqer does later by itself: work with a moment, run when that moment has come."""

import heapq
import threading
from collections.abc import Callable
from itertools import count

Work = Callable[[], None]


class Agenda:
    """A list of work by due moment, in epoch seconds of the sandbox's clock.

    Whoever runs it holds the lock of the books; whoever waits for it does not.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Work]] = []
        self._numbers = count()
        self._news = threading.Event()

    def after(self, seconds: float, work: Work) -> None:
        """Do `work` when `seconds` have passed; at once when that is none at all."""
        if seconds <= 0:
            work()
            return
        heapq.heappush(self._heap, (self._clock() + seconds, next(self._numbers), work))
        self._news.set()

    def run_due(self) -> float | None:
        """Do everything whose moment has come, oldest first; return the seconds to the next."""
        while self._heap and self._heap[0][0] <= self._clock():
            heapq.heappop(self._heap)[2]()
        return self._heap[0][0] - self._clock() if self._heap else None

    def wait(self, seconds: float) -> None:
        """Sleep for so long, or until something new was put down; needs no lock."""
        self._news.wait(max(0.0, seconds))
        self._news.clear()

    def wake(self) -> None:
        """Let a waiting thread look again."""
        self._news.set()
