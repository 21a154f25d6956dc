"""Deliveries of a WooCommerce shop: did it sign them, and what are they about? Pure.

The signature is base64 of HMAC-SHA256 over the raw body. The body is written when it is sent,
not when the thing happened, so it is a reason to look and nothing more. The delivery id is no
id: it is the same for everything that one webhook sends in one second. The shop's address in
``X-WC-Webhook-Source`` proves nothing. Source: WooCommerce's webhooks, seen in WooCommerce 11.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from decimal import Decimal

from integration.jobs import Delivery, Flow, Hint, NothingToDo, ProductNews, Unreadable
from integration.webshops.woocommerce.fields import LARGEST_ID
from integration.webshops.woocommerce.mapping.revision import is_variation, revision_of
from integration.webshops.woocommerce.settings import WooCommerceSettings

TOPIC = "x-wc-webhook-topic"
SIGNATURE = "x-wc-webhook-signature"
PING = re.compile(rb"webhook_id=[0-9]{1,18}")
FORM = "application/x-www-form-urlencoded"
ORDER_TOPICS = frozenset({"order.created", "order.updated", "order.restored", "order.deleted"})
PRODUCT_TOPICS = frozenset({"product.created", "product.updated", "product.restored"})
ERROR_CODE = re.compile(r"[a-z0-9_]{1,80}")
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def verify(delivery: Delivery, settings: WooCommerceSettings) -> bool:
    """Whether one of the shop's secrets signed exactly this body.

    Every secret is tried whatever the others say, each in constant time.
    """
    given = _signature(delivery.headers)
    good = False
    for secret in settings.webhook_secret:
        key = secret.get_secret_value().encode()
        wanted = hmac.new(key, delivery.body, hashlib.sha256).digest()
        good = hmac.compare_digest(given, wanted) or good
    return good and bool(given)


def is_ping(delivery: Delivery) -> bool:
    """Whether this is the unsigned form by which WooCommerce tests an address.

    It comes when a webhook is made or switched on, and after each delivery that failed.
    """
    kind = _header(delivery.headers, "content-type") or ""
    return (
        PING.fullmatch(delivery.body) is not None
        and kind.partition(";")[0].strip().lower() == FORM
        and _header(delivery.headers, TOPIC) is None
        and _header(delivery.headers, SIGNATURE) is None
    )


def hints(delivery: Delivery, settings: WooCommerceSettings) -> list[Hint]:
    """The order or product that the delivery is about; empty for topics we do not use.

    Raises Unreadable, and NothingToDo for what was deleted for good before it was sent.
    """
    topic = _header(delivery.headers, TOPIC) or ""
    if topic not in ORDER_TOPICS | PRODUCT_TOPICS:
        return []
    content = _content(delivery.body)
    if "id" not in content:
        raise _without_id(content, topic)
    if topic in ORDER_TOPICS:
        return [Hint(Flow.CREATE_ORDER, _id(content, "id", topic))]
    return [_product_hint(content, topic, settings)]


def _product_hint(content: Mapping[str, object], topic: str, settings: WooCommerceSettings) -> Hint:
    subject = _id(content, "id", topic)
    if is_variation(content):
        if content.get("parent_id") == 0:
            raise NothingToDo(f"variation {subject} belongs to no product")
        subject = f"{_id(content, 'parent_id', topic)}/{subject}"
    sku = content.get("sku")
    productcode = sku.strip() if isinstance(sku, str) and not UNSEEN.search(sku) else ""
    is_whole = bool(productcode) and {"name", "price", "status"} <= content.keys()
    news = ProductNews(productcode, revision_of(content, settings)) if is_whole else None
    return Hint(Flow.CREATE_PRODUCT, subject, product=news)


def _without_id(content: Mapping[str, object], topic: str) -> Exception:
    """WooCommerce signs and sends its own error when it cannot read the thing any more."""
    code, data = content.get("code"), content.get("data")
    if not isinstance(code, str) or not ERROR_CODE.fullmatch(code):
        return Unreadable(f"the delivery {topic} has no id")
    status = data.get("status") if isinstance(data, dict) else None
    if status == 404:
        kind = topic.partition(".")[0]
        return NothingToDo(f"the {kind} was deleted for good before the shop sent this ({code})")
    return Unreadable(
        f"the shop sent the error {code} instead of what changed: the user to whom the webhook "
        f"belongs may not read it. Give that user the role of shop manager."
    )


def _id(content: Mapping[str, object], name: str, topic: str) -> str:
    value = content.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise Unreadable(f"the {name} in the delivery {topic} is no whole number above 0")
    return str(value)


def _content(body: bytes) -> dict[str, object]:
    try:
        content = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError, ArithmeticError):
        raise Unreadable("the delivery is not JSON") from None
    if not isinstance(content, dict):
        raise Unreadable("the delivery is not a JSON object")
    return content


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _signature(headers: Mapping[str, str]) -> bytes:
    """The signature's 32 bytes; nothing when it is not strictly base64 of so many."""
    text = _header(headers, SIGNATURE) or ""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""
    is_exact = base64.b64encode(raw).decode() == text
    return raw if is_exact and len(raw) == hashlib.sha256().digest_size else b""


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    """A header's value, whatever its name's case; joined when it came more than once."""
    values = [value for name, value in headers.items() if name.lower() == wanted]
    return ", ".join(values) if values else None
