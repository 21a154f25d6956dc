"""The webhooks that somebody had WooCommerce make, and the refusals of wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.woocommerce.captures import Json
from tests.woocommerce.instants import Clock, both
from tests.woocommerce.refusals import Refusal, no_webhook
from tests.woocommerce.settings import Settings

HOOKS: dict[str, list[str]] = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "product.created": [
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
    "customer.created": [
        "user_register",
        "woocommerce_created_customer",
        "woocommerce_new_customer",
    ],
}
"""The topics that this server knows, each with WooCommerce's own hooks (captures 002-009)."""
STATUSES = ("active", "paused", "disabled")
MOST_FAILURES = 5
"""A failure while more than this many were counted disables the webhook: the 7th in a row."""


@dataclass(slots=True, eq=False)
class Webhook:
    """One webhook; `pending` until a ping was answered with exactly 200."""

    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created: datetime
    status: str = "active"
    modified: datetime | None = None
    pending: bool = True
    failures: int = 0

    @property
    def resource(self) -> str:
        """order, product or customer."""
        return self.topic.partition(".")[0]

    @property
    def event(self) -> str:
        """created, updated, deleted or restored."""
        return self.topic.partition(".")[2]

    def count_failure(self) -> None:
        """Count a delivery that failed, or give up (070 to 077)."""
        if self.failures > MOST_FAILURES:
            self.status = "disabled"
        else:
            self.failures += 1

    def document(self, home: str, settings: Settings) -> Json:
        """The webhook as REST shows it; its secret is never among it (002)."""
        root = f"{home}/wp-json/wc/v3/webhooks"
        allowed = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "topic": self.topic,
            "resource": self.resource,
            "event": self.event,
            "hooks": list(HOOKS[self.topic]),
            "delivery_url": self.delivery_url,
            **both("date_created", self.created, settings.zone),
            **both("date_modified", self.modified, settings.zone),
            "_links": {
                "self": [{"href": f"{root}/{self.id}", "targetHints": allowed}],
                "collection": [{"href": root}],
            },
        }


class Webhooks:
    """All webhooks of the shop; whoever uses them holds the books' lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count(1)
        self.all: dict[int, Webhook] = {}

    def get(self, webhook_id: int, refusal_status: int = 400) -> Webhook:
        """The webhook with that id; raises Refusal: 400, only for removing 404."""
        try:
            return self.all[webhook_id]
        except KeyError:
            raise no_webhook(refusal_status) from None

    def add(self, sent: Json) -> Webhook:
        """Make a webhook; raises Refusal. WordPress pings it before it answers."""
        topic = str(sent.get("topic") or "").lower()
        if topic not in HOOKS:
            raise _wrong("topic", "Webhook topic is required and must be valid.")
        number = next(self._numbers)
        webhook = Webhook(
            number,
            str(sent.get("name") or f"Webhook created on {self._clock():%b %d, %Y @ %I:%M %p}"),
            topic,
            _address(sent.get("delivery_url")),
            str(sent.get("secret") or f"made-by-woocommerce-{number}"),
            self._clock(),
        )
        self.all[number] = webhook
        return webhook

    def change(self, webhook: Webhook, sent: Json) -> bool:
        """Save what a request sent; raises Refusal. True when WordPress pings it afterwards."""
        topic = str(sent.get("topic") or webhook.topic).lower()
        status = str(sent.get("status") or webhook.status).lower()
        if topic not in HOOKS:
            raise _wrong("topic", "Webhook topic must be valid.")
        if status not in STATUSES:
            raise _wrong("status", "Webhook status must be valid.")
        address = _address(sent.get("delivery_url") or webhook.delivery_url)
        moved = address != webhook.delivery_url
        webhook.topic, webhook.status, webhook.delivery_url = topic, status, address
        webhook.secret = str(sent.get("secret") or webhook.secret)
        webhook.name = str(sent.get("name") or webhook.name)
        return self.save(webhook, moved=moved)

    def save(self, webhook: Webhook, *, moved: bool = False) -> bool:
        """Note the moment; True when an active one is pinged: pending or at a new address."""
        webhook.modified = self._clock()
        return webhook.status == "active" and (moved or webhook.pending)

    def of_topic(self, topic: str) -> list[Webhook]:
        """The active webhooks of the topic."""
        return [each for each in self.all.values()
                if each.topic == topic and each.status == "active"]  # fmt: skip


def _wrong(field: str, message: str) -> Refusal:
    return Refusal(400, f"woocommerce_rest_shop_webhook_invalid_{field}", message)


def _address(given: Any) -> str:
    parts = urlsplit(str(given or ""))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise _wrong("delivery_url", message)
    return str(given)
