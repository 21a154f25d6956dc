"""Deliveries as Picqer sends them, about things nobody has, to see whether the door takes them.

The bodies have the shape of picqer.com/en/api/webhook-examples: an envelope of idhook, name,
event and event_triggered_at, and the whole resource as data. The ids and the productcode are such
that no account has them, so that nothing is shipped, told or counted. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from integration.jobs import Delivery
from integration.picqer.hooks import WANTED_EVENTS

NOBODYS = 999_999_900
"""Ids from here on belong to nothing."""
PRODUCTCODE = "PICQER-BRIDGE-TEST"
NAME = "picqer-bridge trigger"
EVENTS = WANTED_EVENTS
"""The events that can be sent: those that we subscribe to."""


def sample_delivery(
    account: str, event: str, secret: SecretStr, now: datetime, time_zone: str
) -> Delivery:
    """A delivery of this event, triggered now and signed with the secret.

    Raises KeyError for an event that we do not subscribe to.
    """
    stamp = now.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S")
    envelope = {
        "idhook": NOBODYS,
        "name": NAME,
        "event": event,
        "event_triggered_at": stamp,
        "data": _RESOURCES[event](stamp),
    }
    body = json.dumps(envelope).encode()
    digest = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "X-Picqer-Signature": base64.b64encode(digest).decode(),
    }
    return Delivery(f"picqer/{account}", headers, body)


def _product(stamp: str) -> dict[str, object]:
    return {
        "idproduct": NOBODYS,
        "idvatgroup": NOBODYS,
        "productcode": PRODUCTCODE,
        "name": "Test of picqer-bridge",
        "price": 0,
        "type": "normal",
        "unlimitedstock": False,
        "active": True,
        "stock": [
            {
                "idwarehouse": NOBODYS,
                "stock": 0,
                "reserved": 0,
                "reservedbackorders": 0,
                "reservedpicklists": 0,
                "freestock": 0,
                "freepickablestock": 0,
            }
        ],
        "created": stamp,
        "updated": stamp,
    }


def _picklist(stamp: str) -> dict[str, object]:
    line = {
        "idpicklist_product": NOBODYS,
        "idproduct": NOBODYS,
        "idorder_product": NOBODYS,
        "productcode": PRODUCTCODE,
        "name": "Test of picqer-bridge",
        "amount": 1,
        "amountpicked": 1,
        "amount_picked": 1,
        "partof_idpicklist_product": None,
        "has_parts": False,
    }
    return {
        "idpicklist": NOBODYS,
        "picklistid": "P-TEST",
        "idcustomer": None,
        "idorder": NOBODYS,
        "idreturn": None,
        "idwarehouse": NOBODYS,
        "reference": "picqer-bridge-test",
        "status": "closed",
        "totalproducts": 1,
        "totalpicked": 1,
        "closed_at": stamp,
        "created": stamp,
        "updated": stamp,
        "products": [line],
    }


def _shipment(stamp: str) -> dict[str, object]:
    return {
        "idshipment": NOBODYS,
        "idpicklist": NOBODYS,
        "idorder": NOBODYS,
        "idreturn": None,
        "providername": "PostNL",
        "public_providername": "PostNL",
        "carrier_key": "postnl",
        "weight": 620,
        "cancelled": False,
        "created": stamp,
        "updated": stamp,
        "parcels": [
            {
                "idparcel": NOBODYS,
                "weight": 620,
                "tracking_code": "3STEST000000001",
                "tracking_url": "https://example.com/t",
                "documents": [],
            }
        ],
    }


def _cancelled_shipment(stamp: str) -> dict[str, object]:
    return _shipment(stamp) | {"cancelled": True}


def _order(stamp: str) -> dict[str, object]:
    return {
        "idorder": NOBODYS,
        "orderid": "O-TEST",
        "reference": "picqer-bridge-test",
        "status": "processing",
        "created": stamp,
        "updated": stamp,
        "products": [],
        "picklists": [],
    }


_RESOURCES = {
    "products.free_stock_changed": _product,
    "products.assembled_stock_changed": _product,
    "picklists.closed": _picklist,
    "picklists.shipments.created": _shipment,
    "picklists.shipments.cancelled": _cancelled_shipment,
    "orders.status_changed": _order,
}
