"""How the demo shop tells the bridge that something happened.

Standard Webhooks (www.standardwebhooks.com): a small body that names what changed, signed with
the secret both sides know, sent again while it is not answered with 2xx. A thread of its own
sends, so that nobody who acts on the shop waits for the bridge.
"""

import heapq
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from threading import Condition, Thread
from typing import Literal

import requests
from pydantic import SecretStr
from standardwebhooks import Webhook

from integration.sandbox.shop.instants import Clock, to_rfc3339

EventType = Literal[
    "order.created",
    "order.updated",
    "order.paid",
    "order.cancelled",
    "product.created",
    "product.updated",
]
Mode = Literal["on", "paused", "off"]

RETRY_SECONDS = (0.5, 2.0, 8.0, 30.0)


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One event on its way to the door; sorted by the moment at which it is to be sent."""

    due: float
    sequence: int
    id: str = field(compare=False)
    type: EventType = field(compare=False)
    subject: str = field(compare=False)
    body: str = field(compare=False)
    attempt: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver an event; `status` is None when no answer came."""

    id: str
    type: EventType
    subject: str
    attempt: int
    status: int | None
    at: datetime


class Webhooks:
    """Sends the shop's events to `door_url`, each at least once while mode is `on`.

    `paused` keeps events for later, `off` loses them, as does an unset door. Every
    `duplicate_every`-th event is sent twice (0: none). `retry_seconds` are the pauses before each
    further attempt; after the last one the event is lost, as it is in a real shop.
    """

    def __init__(
        self,
        secret: SecretStr,
        *,
        door_url: str | None = None,
        clock: Clock,
        rng: Random,
        duplicate_every: int = 0,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        timeout_seconds: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.door_url = door_url
        self.duplicate_every = duplicate_every
        self.sent: list[Attempt] = []
        self._signer = Webhook(secret.get_secret_value())
        self._clock = clock
        self._rng = rng
        self._retry_seconds = tuple(retry_seconds)
        self._timeout_seconds = timeout_seconds
        self._monotonic = monotonic
        self._mode: Mode = "on"
        self._waiting: list[Message] = []
        self._sending = 0
        self._events = 0
        self._sequence = 0
        self._wake = Condition()
        self._stopping = False
        self._thread: Thread | None = None

    @property
    def mode(self) -> Mode:
        """Whether events are sent (`on`), kept for later (`paused`) or lost (`off`)."""
        return self._mode

    def switch(self, mode: Mode) -> None:
        """Send from now on, keep for later, or lose what happens; `off` also drops what waits."""
        with self._wake:
            self._mode = mode
            if mode == "off":
                self._waiting.clear()
            self._wake.notify_all()

    def announce(self, event: EventType, subject: str) -> None:
        """Take note that something happened to the order or product with that id."""
        with self._wake:
            if self._mode == "off" or self.door_url is None:
                return
            self._events += 1
            copies = 2 if self.duplicate_every and self._events % self.duplicate_every == 0 else 1
            message_id = f"msg_{self._rng.getrandbits(96):024x}"
            body = event_body(event, subject, self._clock())
            for _ in range(copies):
                self._sequence += 1
                due = self._monotonic()
                message = Message(due, self._sequence, message_id, event, subject, body)
                heapq.heappush(self._waiting, message)
            self._wake.notify_all()

    def start(self) -> None:
        """Begin to send, in a thread of its own."""
        self._stopping = False
        self._thread = Thread(target=self._run, name="demo-shop-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being sent and end the thread; what waits is not sent."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(self._timeout_seconds + 1)
            self._thread = None

    def wait_until_quiet(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until nothing waits to be sent; False when that took too long."""
        with self._wake:
            return self._wake.wait_for(
                lambda: not self._waiting and not self._sending, timeout_seconds
            )

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (message := self._next_due()) is not None:
                self._settle(message, self._deliver(session, message))

    def _next_due(self) -> Message | None:
        """Wait for a message whose moment has come; None when the thread is to end."""
        with self._wake:
            while not self._stopping:
                pause = None
                if self._mode == "on" and self._waiting:
                    pause = self._waiting[0].due - self._monotonic()
                    if pause <= 0:
                        self._sending += 1
                        return heapq.heappop(self._waiting)
                self._wake.wait(pause)
            return None

    def _deliver(self, session: requests.Session, message: Message) -> int | None:
        """Send the message once and return the answer's status, None when there was none."""
        try:
            answer = session.post(
                self.door_url or "",
                data=message.body.encode(),
                headers=self._headers(message),
                timeout=self._timeout_seconds,
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
        return answer.status_code

    def _headers(self, message: Message) -> dict[str, str]:
        """Sign the message at the moment it is sent: a retry has the id but not the stamp."""
        now = self._clock().astimezone(UTC)
        return {
            "content-type": "application/json",
            "bridge-contract": "1",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.id, now, message.body),
        }

    def _settle(self, message: Message, status: int | None) -> None:
        """Write the attempt down and, unless the door took it, plan the next one."""
        with self._wake:
            self._sending -= 1
            self.sent.append(
                Attempt(
                    message.id,
                    message.type,
                    message.subject,
                    message.attempt,
                    status,
                    self._clock(),
                )
            )
            taken = status is not None and 200 <= status < 300
            if not taken and message.attempt <= len(self._retry_seconds) and self._mode != "off":
                due = self._monotonic() + self._retry_seconds[message.attempt - 1]
                again = replace(message, due=due, attempt=message.attempt + 1)
                heapq.heappush(self._waiting, again)
            self._wake.notify_all()


def event_body(event: EventType, subject: str, at: datetime) -> str:
    """Return the bytes to be signed and sent, as text: what happened, when, and to which id."""
    content = {"type": event, "timestamp": to_rfc3339(at), "data": {"id": subject}}
    return json.dumps(content, separators=(",", ":"))
