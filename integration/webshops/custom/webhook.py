"""What a custom webshop sends to the door: Standard Webhooks, read for ids only. Pure.

Source: www.standardwebhooks.com (headers ``webhook-id``, ``webhook-timestamp``,
``webhook-signature``; the signature is over all three and must be younger than five minutes).
"""

from __future__ import annotations

import json
import re

from standardwebhooks import Webhook, WebhookVerificationError

from integration.errors import Unmappable
from integration.jobs import Delivery, Flow, Hint, ProductNews, Unreadable
from integration.webshops.custom.mapping import product_of
from integration.webshops.custom.settings import CustomSettings

LONGEST_ID = 190
SIGNATURE = "webhook-signature"
_ONE = r"v[0-9][a-z]?,[A-Za-z0-9+/]{1,200}={0,2}"
_SIGNATURES = re.compile(rf"{_ONE}(?: {_ONE}){{0,9}}")
"""Up to ten signatures; the library would overlook what is no base64 between its letters."""
FLOWS = {"order": Flow.CREATE_ORDER, "product": Flow.CREATE_PRODUCT}


def verify(delivery: Delivery, settings: CustomSettings) -> bool:
    """Whether one of the shop's secrets signed these bytes, a short while ago."""
    if not _is_written_well(delivery):
        return False
    return any(_signed(delivery, secret.get_secret_value()) for secret in settings.secret)


def hints(delivery: Delivery, _settings: CustomSettings) -> list[Hint]:
    """The order or product that the delivery is about; empty for events we do not use.

    Raises Unreadable. The content is trusted for nothing but its id; a whole product is handed on
    only to notice that nothing we map has changed.
    """
    content = _content(delivery.body)
    kind = content.get("type")
    if not isinstance(kind, str):
        raise Unreadable("the delivery has no type")
    flow = FLOWS.get(kind.partition(".")[0])
    if flow is None:
        return []
    data = content.get("data")
    subject = data.get("id") if isinstance(data, dict) else None
    if not isinstance(subject, str) or not subject or not subject.isprintable():
        raise Unreadable(f"the delivery {kind[:40]!r} has no data.id, which has to be text")
    if len(subject) > LONGEST_ID:
        raise Unreadable(f"the id in the delivery is longer than {LONGEST_ID} characters")
    product = _product_news(data, subject) if flow is Flow.CREATE_PRODUCT else None
    return [Hint(flow, subject, product=product)]


def _is_written_well(delivery: Delivery) -> bool:
    """Whether there is one header with signatures, and nothing else in it."""
    values = [value for name, value in delivery.headers.items() if name.lower() == SIGNATURE]
    return len(values) == 1 and _SIGNATURES.fullmatch(values[0]) is not None


def _signed(delivery: Delivery, secret: str) -> bool:
    try:
        Webhook(secret).verify(delivery.body, dict(delivery.headers), json_parse=False)
    # ValueError: a body that is not UTF-8, or a signature that is not base64.
    except (WebhookVerificationError, ValueError):
        return False
    return True


def _content(body: bytes) -> dict[str, object]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the delivery is not JSON") from None
    if not isinstance(content, dict):
        raise Unreadable("the delivery is not a JSON object")
    return content


def _product_news(data: object, product_id: str) -> ProductNews | None:
    try:
        product = product_of(data, product_id)
    except Unmappable:
        return None
    return ProductNews(product.sku, product.revision) if product.sku else None
