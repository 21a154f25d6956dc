"""Deliveries of Picqer's webhooks: is it Picqer, and what does it hint at? Pure.

Source: picqer.com/en/api/webhooks. The signature is base64 of HMAC-SHA256 over the raw body; the
event's name and moment stand in the body only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from pydantic import SecretStr

from integration.domain import PicqerStatus
from integration.jobs import Delivery, Fact, Flow, Hint, OrderStatusFact, Unreadable
from integration.picqer.mapping.reading import Malformed, Record, maybe_text, record, text, whole
from integration.picqer.mapping.records import (
    read_free_stock,
    read_picklist,
    read_shipment,
    read_status,
)

SIGNATURE = "x-picqer-signature"
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def verify(delivery: Delivery, secrets: Sequence[SecretStr]) -> bool:
    """Whether one of these secrets signed exactly this body.

    Every secret is tried whatever the others say, each in constant time.
    """
    given = _signature(delivery)
    good = False
    for secret in secrets:
        key = secret.get_secret_value().encode()
        wanted = hmac.new(key, delivery.body, hashlib.sha256).digest()
        good = hmac.compare_digest(given, wanted) or good
    return good and bool(given)


def _signature(delivery: Delivery) -> bytes:
    """The signature's 32 bytes; nothing when it is not strictly base64 of so many."""
    values = [value for name, value in delivery.headers.items() if name.lower() == SIGNATURE]
    if len(values) != 1:
        return b""
    try:
        raw = base64.b64decode(values[0].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""
    exact = base64.b64encode(raw).decode() == values[0]
    return raw if exact and len(raw) == hashlib.sha256().digest_size else b""


def hints(delivery: Delivery) -> list[Hint]:
    """What this delivery gives reason to look at; nothing for events we do not use.

    Raises Unreadable.
    """
    try:
        envelope = record(_parse(delivery.body), "the delivery")
        event = text(envelope, "event")
        reader = _EVENTS.get(event)
        if reader is None:
            return []
        flow, read = reader
        fact = read(record(envelope.get("data"), "its data"), _triggered_at(envelope))
    except Malformed as trouble:
        raise Unreadable(f"a delivery of Picqer that cannot be read: {trouble}") from None
    return [Hint(flow, fact=fact)]


def _parse(body: bytes) -> object:
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError):
        raise Malformed("it is no JSON") from None


def _triggered_at(envelope: Record) -> str:
    stamp = text(envelope, "event_triggered_at")
    if not _STAMP.fullmatch(stamp):
        raise Malformed("event_triggered_at is no moment")
    return stamp


def _stock(data: Record, stamp: str) -> Fact:
    return read_free_stock(data, stamp)


def _closed_picklist(data: Record, stamp: str) -> Fact:
    picklist = read_picklist(data)
    closed_at = picklist.closed_at or maybe_text(data, "closed_at") or stamp
    return replace(picklist, status="closed", closed_at=closed_at)


def _shipment(data: Record, stamp: str) -> Fact:
    shipment = read_shipment(data)
    return replace(shipment, updated=shipment.updated or stamp)


def _cancelled_shipment(data: Record, stamp: str) -> Fact:
    return replace(read_shipment(data), cancelled=True, updated=stamp)


def _status(data: Record, stamp: str) -> Fact:
    reference = maybe_text(data, "reference")
    return OrderStatusFact(whole(data, "idorder"), read_status(data), stamp, reference)


def _completed(data: Record, stamp: str) -> Fact:
    reference = maybe_text(data, "reference")
    return OrderStatusFact(whole(data, "idorder"), PicqerStatus.COMPLETED, stamp, reference)


_EVENTS: dict[str, tuple[Flow, Callable[[Record, str], Fact]]] = {
    "products.free_stock_changed": (Flow.PUSH_STOCK, _stock),
    "products.assembled_stock_changed": (Flow.PUSH_STOCK, _stock),
    "picklists.closed": (Flow.COMPLETE_ORDER, _closed_picklist),
    "picklists.shipments.created": (Flow.COMPLETE_ORDER, _shipment),
    "picklists.shipments.cancelled": (Flow.COMPLETE_ORDER, _cancelled_shipment),
    "orders.status_changed": (Flow.COMPLETE_ORDER, _status),
    "orders.completed": (Flow.COMPLETE_ORDER, _completed),
}
EVENTS = tuple(_EVENTS)
"""The events that are used; each needs a hook of its own."""
