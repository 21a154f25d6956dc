"""What WooCommerce sends to webhooks: pings, and deliveries whose body is built when they go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

import requests

from tests.woocommerce.books import Books
from tests.woocommerce.captures import Json
from tests.woocommerce.webhooks import Webhook, Webhooks

AGENT = "WooCommerce/11.0.1 Hookshot (WordPress/7.1)"
TIMEOUT_SECONDS = 10.0

Build = Callable[[Webhook, int], Json]
"""Makes the body of a delivery: what REST shows at that moment."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message that was sent: which webhook and topic, the answer's status or None."""

    webhook_id: int
    topic: str | None
    headers: dict[str, str]
    body: bytes
    status: int | None


class Deliveries:
    """Queues what happened and sends it: on `pump`, or by itself after `start`.

    WordPress sends from a queue that runs later: so does this one, and an event that still waits
    for the same webhook and id is not queued again.
    """

    def __init__(self, books: Books, webhooks: Webhooks, build: Build, source: str) -> None:
        self._books = books
        self._webhooks = webhooks
        self._build = build
        self._source = source
        self._changed = Condition(books.lock)
        self._waiting: deque[tuple[int, int]] = deque()
        self._pings: deque[Webhook] = deque()
        self._sending = 0
        self._stopping = False
        self._thread: Thread | None = None
        self._session = requests.Session()
        self._session.trust_env = False
        self.switched_on = True
        self.sent: list[Attempt] = []

    def tell(self, topic: str, subject: int) -> None:
        """Queue an event for the active webhooks of its topic."""
        with self._changed:
            if not self.switched_on:
                return
            for webhook in self._webhooks.of_topic(topic):
                if (webhook.id, subject) not in self._waiting:
                    self._waiting.append((webhook.id, subject))
            self._changed.notify_all()

    def ping_later(self, webhook: Webhook) -> None:
        """Ping the webhook once the request that asks for it is done with the books."""
        with self._changed:
            self._pings.append(webhook)

    def ping_now(self) -> None:
        """Send the pings that were asked for; WordPress does that before it answers."""
        while self._pings:
            webhook = self._pings.popleft()
            body = f"webhook_id={webhook.id}".encode()
            headers = {"content-type": "application/x-www-form-urlencoded"}
            status = self._post(webhook, None, body, headers)
            if status == 200:
                with self._changed:
                    webhook.pending = False
                    self._webhooks.save(webhook)

    def pump(self) -> int:
        """Send everything that waits, in this thread; returns how many deliveries that were."""
        number = 0
        while self._send_next():
            number += 1
        return number

    def _send_next(self) -> bool:
        with self._changed:
            if not self._waiting:
                return False
            webhook_id, subject = self._waiting.popleft()
            webhook = self._webhooks.all.get(webhook_id)
            body = b"" if webhook is None else encoded(self._build(webhook, subject))
            self._sending += 1
        try:
            if webhook is not None:
                self.send(webhook, body)
        finally:
            with self._changed:
                self._sending -= 1
                self._changed.notify_all()
        return True

    def send(self, webhook: Webhook, body: bytes) -> int | None:
        """Send that body signed, and count a success or a failure; there are no retries.

        Success is any status from 200 to 302, and redirects are not followed.
        """
        status = self._post(webhook, webhook.topic, body, self._headers(webhook, body))
        with self._changed:
            if status is not None and 200 <= status < 303:
                webhook.failures = 0
            else:
                webhook.count_failure()
            if self._webhooks.save(webhook):
                self._pings.append(webhook)
        self.ping_now()
        return status

    def _headers(self, webhook: Webhook, body: bytes) -> dict[str, str]:
        return {
            "content-type": "application/json",
            "x-wc-webhook-source": self._source,
            "x-wc-webhook-topic": webhook.topic,
            "x-wc-webhook-resource": webhook.resource,
            "x-wc-webhook-event": webhook.event,
            "x-wc-webhook-signature": signature(webhook.secret, body),
            "x-wc-webhook-id": str(webhook.id),
            "x-wc-webhook-delivery-id": self._delivery_id(webhook),
        }

    def _delivery_id(self, webhook: Webhook) -> str:
        """A hash of the webhook and the second: two deliveries in one second share it."""
        second = int(self._books.clock().timestamp())
        return hashlib.md5(f"{webhook.id}{second}".encode(), usedforsecurity=False).hexdigest()

    def _post(
        self, webhook: Webhook, topic: str | None, body: bytes, headers: dict[str, str]
    ) -> int | None:
        headers = {"user-agent": AGENT, "connection": "close", **headers}
        try:
            status = self._session.post(
                webhook.delivery_url,
                data=body,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            ).status_code
        except requests.RequestException:
            status = None
        with self._changed:
            self.sent.append(Attempt(webhook.id, topic, headers, body, status))
        return status

    def start(self) -> None:
        """Send by itself from now on, in a thread."""
        self._stopping = False
        self._thread = Thread(target=self._run, name="woocommerce-deliveries", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being sent and end the thread; what waits is not sent."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(TIMEOUT_SECONDS)
            self._thread = None
        self._session.close()

    def wait_until_quiet(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until nothing waits to be sent; False when that took too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and not self._sending, timeout_seconds
            )

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._waiting)
                if self._stopping:
                    return
            self._send_next()


def encoded(document: Any) -> bytes:
    """The document as PHP writes JSON: ASCII only, slashes escaped, nothing between."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode()


def signature(secret: str, body: bytes) -> str:
    """What `X-WC-Webhook-Signature` says of the raw body."""
    digest = hmac.digest(secret.encode(), body, "sha256")
    return base64.b64encode(digest).decode()
