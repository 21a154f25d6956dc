"""Deliveries of hooks: one signed POST per event, tried again for hours, sent by a few threads.

Success is 200, 201 or 202 within ten seconds; otherwise 15 retries over about 17 hours; a hook with
five exhausted series in 24 hours is switched off (picqer.com/en/api/webhooks).
"""

import heapq
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import requests

from integration.sandbox.picqer.rows import Hook
from integration.sandbox.picqer.wire import Json, encode, signature

if TYPE_CHECKING:
    from integration.sandbox.picqer.books import Books

ACCEPTED = {200, 201, 202}
# Fifteen delays, each twice the one before, add up to 17 hours when the first is this long.
FIRST_DELAY = 17 * 3600 / (2**15 - 1)
FAILURES_TO_DEACTIVATE = 5
FAILURE_SPAN = 24 * 3600.0


@dataclass(slots=True)
class Delivery:
    """One body on its way to one address; `due` in epoch seconds, `attempt` counts from 1."""

    iddelivery: int
    idhook: int
    event: str
    address: str
    body: bytes
    signature: str | None
    due: float
    attempt: int = 1

    def headers(self) -> dict[str, str]:
        """Return the headers of the POST; the event's name is only in the body."""
        headers = {"Content-Type": "application/json", "User-Agent": "Picqer sandbox"}
        if self.signature is not None:
            headers["X-Picqer-Signature"] = self.signature
        return headers


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending a delivery once; `status` is None when no answer came in time."""

    iddelivery: int
    idhook: int
    event: str
    attempt: int
    at: float
    status: int | None
    outcome: str

    def shape(self) -> dict[str, Any]:
        """Return the attempt for the control interface."""
        return asdict(self)


Post = Callable[[Delivery, float], int | None]
"""Sends a delivery within a number of seconds and returns the status, None for no answer."""


class HttpPost:
    """Sends deliveries over HTTP with one connection pool per thread."""

    def __init__(self) -> None:
        self._local = threading.local()

    def __call__(self, delivery: Delivery, timeout: float) -> int | None:
        """POST the raw body; redirects are answers, not directions."""
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        try:
            answer = session.post(
                delivery.address,
                data=delivery.body,
                headers=delivery.headers(),
                timeout=timeout,
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
        return int(answer.status_code)

    def close(self) -> None:
        """Close the calling thread's connections."""
        session = getattr(self._local, "session", None)
        if session is not None:
            session.close()
            self._local.session = None


class Deliveries:
    """The queue of deliveries, earliest first, and the threads that empty it."""

    def __init__(self, books: "Books", post: Post | None = None) -> None:
        self._books = books
        self._post: Post = post or HttpPost()
        self._news = threading.Condition()
        self._heap: list[tuple[float, int, Delivery]] = []
        self._numbers = count(1)
        self._order = count()
        self._threads: list[threading.Thread] = []
        self._in_flight = 0
        self._running = False
        self.paused = False
        self._attempts: deque[Attempt] = deque(maxlen=100_000)

    def add(self, hook: Hook, event: str, triggered_at: str, data: Json) -> None:
        """Queue one event for one hook, with the snapshot of now; the lock of the books is held."""
        envelope = {
            "idhook": hook.idhook,
            "name": hook.name,
            "event": event,
            "event_triggered_at": triggered_at,
            "data": data,
        }
        body = encode(envelope)
        signed = signature(hook.secret, body) if hook.secret else None
        tuning = self._books.tuning
        for _ in range(tuning.hook_copies):
            due = self._books.clock() + self._books.random.random() * tuning.hook_jitter
            number = next(self._numbers)
            self._push(Delivery(number, hook.idhook, event, hook.address, body, signed, due))

    def _push(self, delivery: Delivery) -> None:
        with self._news:
            heapq.heappush(self._heap, (delivery.due, next(self._order), delivery))
            self._news.notify()

    def waiting(self) -> int:
        """Return how many deliveries are queued or being sent."""
        with self._news:
            return len(self._heap) + self._in_flight

    def history(self) -> list[Attempt]:
        """Return every attempt, oldest first."""
        with self._news:
            return list(self._attempts)

    def pause(self) -> None:
        """Keep deliveries back; events are still written down."""
        self.paused = True

    def resume(self) -> None:
        """Send again, beginning with what was kept back."""
        with self._news:
            self.paused = False
            self._news.notify_all()

    def deliver_due(self) -> int:
        """Send everything that is due now, in the calling thread; return how many were sent."""
        sent = 0
        while (delivery := self._take()) is not None:
            self._attempt(delivery)
            sent += 1
        return sent

    def _take(self) -> Delivery | None:
        with self._news:
            if self.paused or not self._heap or self._heap[0][0] > self._books.clock():
                return None
            self._in_flight += 1
            return heapq.heappop(self._heap)[2]

    def _attempt(self, delivery: Delivery) -> None:
        try:
            hook = self._books.hooks.get(delivery.idhook)
            if hook is None or not hook.active:
                self._note(delivery, None, "dropped, the hook is not active")
                return
            status = self._post(delivery, self._books.tuning.hook_timeout)
            with self._books.lock:
                self._settle(hook, delivery, status)
        finally:
            with self._news:
                self._in_flight -= 1

    def _note(self, delivery: Delivery, status: int | None, outcome: str) -> None:
        attempt = Attempt(
            delivery.iddelivery,
            delivery.idhook,
            delivery.event,
            delivery.attempt,
            self._books.clock(),
            status,
            outcome,
        )
        with self._news:
            self._attempts.append(attempt)

    def _settle(self, hook: Hook, delivery: Delivery, status: int | None) -> None:
        if status in ACCEPTED:
            self._note(delivery, status, "delivered")
            return
        tuning = self._books.tuning
        if delivery.attempt <= tuning.hook_retries:
            self._note(delivery, status, "to be retried")
            delay = FIRST_DELAY * 2 ** (delivery.attempt - 1) * tuning.hook_retry_factor
            delivery.attempt += 1
            delivery.due = self._books.clock() + delay
            self._push(delivery)
            return
        self._note(delivery, status, "failed for good")
        self._count_failure(hook)

    def _count_failure(self, hook: Hook) -> None:
        now = self._books.clock()
        hook.failures = [moment for moment in hook.failures if now - moment < FAILURE_SPAN]
        hook.failures.append(now)
        if len(hook.failures) >= FAILURES_TO_DEACTIVATE:
            hook.active = False
            hook.failures.clear()

    def start(self, threads: int = 4) -> None:
        """Start the threads that send; a slow receiver holds up only the one that waits for it."""
        self._running = True
        for number in range(threads):
            thread = threading.Thread(target=self._serve, name=f"sandbox-hooks-{number}")
            thread.daemon = True
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop the threads; what was not delivered stays queued."""
        with self._news:
            self._running = False
            self._news.notify_all()
        for thread in self._threads:
            thread.join(self._books.tuning.hook_timeout + 1)
        self._threads.clear()

    def _serve(self) -> None:
        while self._running:
            delivery = self._take()
            if delivery is not None:
                self._attempt(delivery)
            else:
                self._rest()
        close = getattr(self._post, "close", None)
        if close is not None:
            close()

    def _rest(self) -> None:
        with self._news:
            if not self._running:
                return
            due = self._heap[0][0] - self._books.clock() if self._heap and not self.paused else 1.0
            # A short ceiling keeps a sandbox with a clock of its own from oversleeping.
            self._news.wait(max(0.001, min(due, 0.25)))
