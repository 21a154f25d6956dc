"""The three who sign what they send to the door, each with its own way of signing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from integration.jobs import Delivery, Hint
from integration.picqer import webhook as picqer
from integration.webshops.custom import webhook as custom
from integration.webshops.custom.settings import CustomSettings
from integration.webshops.woocommerce import webhook as woocommerce
from integration.webshops.woocommerce.settings import WooCommerceSettings

OLD = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEW = "whsec_YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI="
"""The secret of a sender is being replaced: both are valid."""
STRANGE = "whsec_enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmF6eXh3dnU="
PLAIN = {"picqer": "x-picqer-signature", "woocommerce": "x-wc-webhook-signature"}
"""The header of those who sign nothing but the body."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody who sends to the door: how it signs, and how the bridge reads it."""

    name: str
    header: str
    sign: Callable[[bytes, str], dict[str, str]]
    verify: Callable[[Delivery], bool]
    hints: Callable[[Delivery], list[Hint]]

    def delivery(self, body: bytes, headers: Mapping[str, str]) -> Delivery:
        """What the door makes of a request with these headers."""
        return Delivery(self.name, dict(headers), body)


def _over_the_body(header: str) -> Callable[[bytes, str], dict[str, str]]:
    def sign(body: bytes, secret: str) -> dict[str, str]:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return {header: base64.b64encode(digest).decode()}

    return sign


def standard(body: bytes, secret: str, at: datetime | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks, signed at that moment (now)."""
    at = at or datetime.now(UTC)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    # The library signs text only; a signature over any bytes has to be made by hand.
    stamp = str(int(at.timestamp()))
    digest = hmac.new(key, b".".join((b"msg_1", stamp.encode(), body)), hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


def _woocommerce(body: bytes, secret: str) -> dict[str, str]:
    signed = _over_the_body(PLAIN["woocommerce"])(body, secret)
    return {**signed, "x-wc-webhook-topic": "order.updated", "content-type": "application/json"}


CUSTOM = CustomSettings.model_validate(
    {"url": "https://shop.example.com/bridge", "token": "token-of-the-shop", "secret": [NEW, OLD]}
)
WOOCOMMERCE = WooCommerceSettings.model_validate(
    {
        "url": "https://shop.example.com",
        "consumer_key": "ck_" + "1" * 40,
        "consumer_secret": "cs_" + "2" * 40,
        "webhook_secret": [NEW, OLD],
    }
)
SECRETS = [SecretStr(NEW), SecretStr(OLD)]
SENDERS = (
    Sender(
        "picqer",
        PLAIN["picqer"],
        _over_the_body(PLAIN["picqer"]),
        lambda delivery: picqer.verify(delivery, SECRETS),
        picqer.hints,
    ),
    Sender(
        "woocommerce",
        PLAIN["woocommerce"],
        _woocommerce,
        lambda delivery: woocommerce.verify(delivery, WOOCOMMERCE),
        lambda delivery: woocommerce.hints(delivery, WOOCOMMERCE),
    ),
    Sender(
        "custom",
        "webhook-signature",
        standard,
        lambda delivery: custom.verify(delivery, CUSTOM),
        lambda delivery: custom.hints(delivery, CUSTOM),
    ),
)


def is_text(body: bytes) -> bool:
    """Standard Webhooks signs text: a body that is none has no valid signature."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
