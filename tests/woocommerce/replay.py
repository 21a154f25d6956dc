"""The captured requests sent to the WooCommerce server, each at the moment it was captured at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from integration.testing.clock import HandClock
from tests.woocommerce.captures import REST, Json, answer, exchange
from tests.woocommerce.receiver import Receiver
from tests.woocommerce.server import WooCommerceServer

CAPTURED_HOME = "https://127.0.0.1:8090"
CAPTURED_DOOR = "http://127.0.0.1:8391"
STOREFRONT = {"060", "061", "063"}
"""Calls of the storefront's own API, which this server does not have."""
NUMBERS = sorted(path.name[:3] for path in REST.glob("*.json") if path.name[:3] not in STOREFRONT)
CHANGES = {"070": 1, "072": 5, "074": 6, "076": 9}
"""How often product 11 was changed before a look at the webhooks that fail."""
UNKNOWN = ("ck_nobody", "cs_nobody")

VARYING = {"order_key", "payment_url", "related_ids", "price_html"}
"""What WooCommerce draws at random, or reckons for its own shop windows."""
STOREFRONT_ONLY = {"customer_ip_address", "customer_user_agent", "cart_hash", "instance_id"}
"""What only a storefront fills in; the replay orders without one (062)."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the server answered to a captured request; names of headers are in title case."""

    status: int
    headers: dict[str, str]
    body: Any


def replay(shop: WooCommerceServer, clock: HandClock, door: Receiver) -> dict[str, Replayed]:
    """Send every captured request in order; what happened between them happens here too."""
    door.statuses["/fail"] = 500
    changes = iter(range(1, 10))
    found: dict[str, Replayed] = {}
    for number in NUMBERS:
        captured = exchange(number)
        clock.instant = parsedate_to_datetime(dict(captured["response"]["headers"])["Date"])
        _between(number, shop, changes)
        found[number] = _send(number, captured["request"], shop, door)
    return found


def _send(number: str, request: Json, shop: WooCommerceServer, door: Receiver) -> Replayed:
    key = (shop.key.consumer_key, shop.key.consumer_secret)
    sent = request["body"]
    if sent is not None:
        sent = json.loads(json.dumps(sent).replace(CAPTURED_DOOR, door.url))
    response = requests.request(
        request["method"],
        shop.url + request["path"],
        json=sent,
        auth=UNKNOWN if number == "037" else key,
        timeout=5,
    )
    body = json.dumps(response.json()).replace(shop.url, CAPTURED_HOME)
    headers = {
        name.title(): value.replace(shop.url, CAPTURED_HOME)
        for name, value in response.headers.items()
    }
    return Replayed(
        response.status_code, headers, json.loads(body.replace(door.url, CAPTURED_DOOR))
    )


def _between(number: str, shop: WooCommerceServer, changes: Iterator[int]) -> None:
    """What was not captured: orders through the storefront, and changes that had to be told."""
    if number == "062":
        _order_at_the_storefront(shop)
    if number == "064":
        for place in range(6):
            _place_small_order(shop, place)
    for change in changes if number in CHANGES else ():
        shop.change_product(11, stock_quantity=39 + change)
        shop.pump()
        if change == CHANGES[number]:
            break


def _order_at_the_storefront(shop: WooCommerceServer) -> None:
    captured = answer("062")
    shop.place_order(
        (11, 3),
        (14, 1),
        billing=captured["billing"],
        shipping=captured["shipping"],
        carriage=[("PostNL", "4.95")],
        payment_method="cod",
        payment_method_title="Cash on delivery",
        created_via="store-api",
        customer_note=captured["customer_note"],
    )


def _place_small_order(shop: WooCommerceServer, place: int) -> None:
    shop.place_order(
        (11, 1),
        billing={
            "first_name": "Klant",
            "last_name": str(place),
            "address_1": f"Dorpsstraat {place}",
            "city": "Ede",
            "postcode": "6711AA",
            "country": "NL",
            "email": f"klant{place}@voorbeeld.test",
        },
        shipping={},
        created_via="rest-api",
        payment_method="bacs",
        payment_method_title="iDEAL",
    )


def comparable(value: Any) -> Any:
    """A document without what varies by nature: all else, values and types, has to be the same.

    Moments count by whether there is one, as a queue decides on the second.
    """
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if isinstance(value, str):
        return value.replace(CAPTURED_HOME.replace("https", "http"), CAPTURED_HOME)
    if not isinstance(value, dict):
        return value
    kept = {name: comparable(each) for name, each in _own(value).items()}
    for name in kept.keys() & (VARYING | STOREFRONT_ONLY):
        kept[name] = "varies"
    moments = {name: each for name, each in kept.items() if name.startswith("date_")}
    return kept | {name: type(each).__name__ for name, each in moments.items()}


def _own(document: Json) -> Json:
    """Leave out the numbers of meta data and notes, and what a storefront adds to its orders."""
    if {"key", "value"} <= document.keys() or "note" in document:
        return {name: each for name, each in document.items() if name not in {"id", "_links"}}
    if document.get("created_via") != "store-api":
        return document
    lines = ("line_items", "tax_lines", "shipping_lines")
    numbered = {name: [{**line, "id": 0} for line in document[name]] for name in lines}
    numbered["shipping_lines"] = [{**line, "meta_data": []} for line in numbered["shipping_lines"]]
    return {**document, **numbered, "meta_data": []}
