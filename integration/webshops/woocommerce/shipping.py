"""Telling a WooCommerce order what was shipped, and completing it.

WooCommerce has no shipments of its own that every shop uses. So each is an order note with its
tracking links, and, where that is wanted, an entry where the shipment-tracking plugins look. What
was told is kept at the order itself, in meta data whose names begin with ``_picqer``: telling it
again sends nothing, and an order that a person completed, cancelled or refunded is recognised.
A note is looked for before it is made, because an answer may have been lost. Which notes are mailed
to the customer is said in ``mails``.
Source: WooCommerce REST v3, orders and order notes; the meta data of the shipment-tracking plugins.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from integration.crash_points import crash_point
from integration.domain import Parcel, Shipment
from integration.errors import NotFound
from integration.ports import ShopAnswer
from integration.webshops.woocommerce.fields import WooFields, fields_of, meta_of
from integration.webshops.woocommerce.mails import COMPLETED, completion_mails
from integration.webshops.woocommerce.rest import ShopRest
from integration.webshops.woocommerce.settings import WooCommerceSettings

SHIPMENTS_KEY = "_picqer_shipments"
COMPLETED_KEY = "_picqer_completed"
TRACKING_KEY = "_wc_shipment_tracking_items"
STOPPED = frozenset({"cancelled", "refunded", "failed", "trash"})
ORDER_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
PARCEL_NAMES = ("{carrier}", "{tracking_code}", "{tracking_url}")
Told = dict[str, object]


class Shipping:
    """Shipments and completion of the orders of one shop."""

    def __init__(self, rest: ShopRest, settings: WooCommerceSettings) -> None:
        """Tell through this client."""
        self._rest = rest
        self._settings = settings

    def ship(self, order_id: str, shipment: Shipment) -> ShopAnswer:
        """Report a shipment; the same again sends nothing. Raises NotFound."""
        order = self._order(order_id)
        if self._is_taken_over(order):
            return ShopAnswer.LEFT_AS_IS
        told, now = told_shipments(order.values), told_of(shipment)
        if told.get(shipment.shipment_key) == now:
            return ShopAnswer.ACCEPTED
        self._note(order_id, order, shipment)
        kept = _json({**told, shipment.shipment_key: now})
        meta: list[object] = [{"key": SHIPMENTS_KEY, "value": kept}]
        if self._settings.tracking_meta:
            items = tracking_items(order.values, shipment, told.get(shipment.shipment_key))
            meta.append({"key": TRACKING_KEY, "value": items})
        self._rest.put(f"/orders/{order_id}", {"meta_data": meta})
        return ShopAnswer.ACCEPTED

    def complete(self, order_id: str) -> ShopAnswer:
        """Give the order the status that says it was shipped; safe to repeat. Raises NotFound."""
        order = self._order(order_id)
        status, is_ours = order.optional_text("status"), _is_completed_by_us(order)
        if is_ours and status in (COMPLETED, self._settings.shipped_status):
            return ShopAnswer.ACCEPTED
        if is_ours or self._is_taken_over(order):
            return ShopAnswer.LEFT_AS_IS
        meta = [{"key": COMPLETED_KEY, "value": "yes"}]
        body = {"status": self._settings.shipped_status, "meta_data": meta}
        self._rest.put(f"/orders/{order_id}", body)
        return ShopAnswer.ACCEPTED

    def _order(self, order_id: str) -> WooFields:
        if not ORDER_ID.fullmatch(order_id):
            raise NotFound(f"the shop has no order {order_id[:40]!r}")
        wanted = {"_fields": "id,number,status,meta_data"}
        return fields_of(self._rest.document(f"/orders/{order_id}", wanted), f"order {order_id}")

    def _is_taken_over(self, order: WooFields) -> bool:
        """Whether a person ended the order otherwise than we would."""
        status = order.optional_text("status")
        ended = status in (COMPLETED, self._settings.shipped_status)
        return status in STOPPED or (ended and not _is_completed_by_us(order))

    def _note(self, order_id: str, order: WooFields, shipment: Shipment) -> None:
        """Add the note of a shipment, unless the order has it already."""
        path = f"/orders/{order_id}/notes"
        notes = self._rest.rows(path)
        if any(_is_note_of(note, shipment) for note in notes):
            return
        number = order.optional_text("number") or order_id
        words = note_text(self._settings.shipment_note, number, shipment.parcels)
        text = "\n".join(filter(None, [words, mark_of(shipment)]))
        # A note of nothing but our mark is of no use to a customer.
        mails = bool(words) and shipment.notify_customer and not self._will_mail(order)
        self._rest.post(path, {"note": text, "customer_note": mails})
        crash_point("shop_shipping.after_note")

    def _will_mail(self, order: WooFields) -> bool:
        """Whether WooCommerce's own mail about the completed order is still to come."""
        if _is_completed_by_us(order):
            return False
        return completion_mails(self._rest, self._settings.shipped_status)


def told_of(shipment: Shipment) -> Told:
    """What is remembered of a shipment that the order was told of."""
    return {
        "codes": [parcel.tracking_code for parcel in shipment.parcels],
        "lines": {line.line_id: line.quantity for line in shipment.lines},
    }


def told_shipments(order: Mapping[str, object]) -> dict[str, Told]:
    """What the order was told before, by ``shipment_key``; what is unreadable counts as nothing."""
    text = meta_of(order).get(SHIPMENTS_KEY)
    try:
        told = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {key: value for key, value in told.items() if isinstance(value, dict)}


def mark_of(shipment: Shipment) -> str:
    """The line by which the note of a shipment is found again."""
    return f"Picqer {_safe(shipment.shipment_key)}"


def note_text(template: str, number: str, parcels: Sequence[Parcel]) -> str:
    """The words of a note: each line that names something of a parcel once for each parcel.

    A parcel of which nothing is known has no line.
    """
    lines: list[str] = []
    for line in template.splitlines():
        if any(name in line for name in PARCEL_NAMES):
            lines += [_filled(line, number, parcel) for parcel in parcels if _is_known(parcel)]
        else:
            lines.append(_filled(line, number, Parcel(None)))
    return "\n".join(line for line in lines if line)


def tracking_items(
    order: Mapping[str, object], shipment: Shipment, before: Told | None
) -> list[object]:
    """The list of the shipment-tracking plugins, with this shipment in place of its old version.

    Entries of others stay as they are.
    """
    kept = meta_of(order).get(TRACKING_KEY)
    key, codes = shipment.shipment_key, (before or {}).get("codes")
    old = {_tracking_id(key, code) for code in (codes if isinstance(codes, list) else [])}
    parcels = [parcel for parcel in shipment.parcels if parcel.tracking_code]
    old |= {_tracking_id(key, parcel.tracking_code) for parcel in parcels}
    others = [
        item
        for item in (kept if isinstance(kept, list) else [])
        if not isinstance(item, dict) or item.get("tracking_id") not in old
    ]
    return others + [
        {
            "tracking_provider": "",
            "custom_tracking_provider": parcel.carrier or "",
            "custom_tracking_link": _link(parcel),
            "tracking_number": parcel.tracking_code,
            "date_shipped": str(int(shipment.shipped_at.timestamp())),
            "tracking_id": _tracking_id(key, parcel.tracking_code),
        }
        for parcel in parcels
    ]


def _tracking_id(shipment_key: str, code: object) -> str:
    """The plugins know an entry by 32 hexadecimal digits."""
    return hashlib.sha256(f"picqer {shipment_key} {code}".encode()).hexdigest()[:32]


def _is_completed_by_us(order: WooFields) -> bool:
    return bool(meta_of(order.values).get(COMPLETED_KEY))


def _is_note_of(note: object, shipment: Shipment) -> bool:
    """Whether this note tells of the shipment with these parcels."""
    text = note.get("note") if isinstance(note, dict) else None
    if not isinstance(text, str):
        return False
    lines = [line.strip() for line in re.split(r"<br ?/?>|\n", text)]
    codes = (_safe(parcel.tracking_code) for parcel in shipment.parcels)
    return mark_of(shipment) in lines and all(code in text for code in codes)


def _filled(line: str, number: str, parcel: Parcel) -> str:
    words = line.format(
        carrier=_safe(parcel.carrier),
        tracking_code=_safe(parcel.tracking_code),
        tracking_url=_link(parcel),
        number=_safe(number),
    )
    return " ".join(words.split())


def _is_known(parcel: Parcel) -> bool:
    return bool(parcel.tracking_code or parcel.tracking_url or parcel.carrier)


def _link(parcel: Parcel) -> str:
    """The tracking link, when it is one: WooCommerce makes it clickable for the customer."""
    url = _safe(parcel.tracking_url)
    return url if url.startswith(("https://", "http://")) else ""


def _safe(text: str | None) -> str:
    """Text for a note, which WooCommerce keeps as HTML: without what could be a tag."""
    return " ".join(re.sub(r'[<>"\\]', " ", text or "").split())


def _json(told: Mapping[str, Told]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
