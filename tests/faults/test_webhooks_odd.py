"""Webhooks that come a hundredfold, shuffled, a day late, or within one second of each other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

import pytest
import requests

from integration.sandbox.picqer import shapes
from integration.sandbox.picqer.books import STAMP
from integration.sandbox.shop.webhooks import event_body
from tests.acceptance.installation import ACCOUNT, HOOK_SECRET, SHOP, Installation
from tests.faults.scenario import WARES, Scenario, fault, representative
from tests.faults.stored import as_json

pytestmark = pytest.mark.process

COPIES = 100
SECONDS = 150.0
"""A product in doubt is read once a minute."""


def deliver_from_picqer(bridge: Installation, body: str) -> int:
    """Send a delivery as Picqer does; returns the door's answer."""
    digest = hmac.new(HOOK_SECRET.encode(), body.encode(), hashlib.sha256).digest()
    headers = {"X-Picqer-Signature": base64.b64encode(digest).decode()}
    url = f"{bridge.door}/webhooks/picqer/{ACCOUNT}"
    return requests.post(url, data=body.encode(), headers=headers, timeout=60).status_code


def stock_event(bridge: Installation, sku: str, stamp: str, free: int) -> str:
    """Free stock of a product changed to this, then."""
    books = bridge.picqer.books
    with books.lock:
        data = json.loads(json.dumps(shapes.product(books, books.by_productcode(sku))))
    for place in data["stock"]:
        place["freestock"] = free if place is data["stock"][0] else 0
    event = "products.free_stock_changed"
    return as_json(
        {"idhook": 1, "name": "x", "event": event, "event_triggered_at": stamp, "data": data}
    )


@fault("F13 one webhook a hundred times at once")
@pytest.mark.parametrize(
    "store", [pytest.param("sqlite", marks=representative), "postgresql"], indirect=True
)
def test_a_hundred_copies_at_once_are_one_order(scenario: Scenario) -> None:
    bridge = scenario.start()
    bridge.shop.webhooks.switch("off")
    (order_id,) = scenario.buy()
    body = event_body("order.created", order_id, bridge.shop.books.clock())
    headers, url = bridge.sign(body), f"{bridge.door}/webhooks/shops/{SHOP}"

    def post(_: int) -> int:
        return requests.post(url, data=body, headers=headers, timeout=90).status_code

    before = len(bridge.oracle.shop_deliveries())
    with ThreadPoolExecutor(COPIES) as senders:
        answers = list(senders.map(post, range(COPIES)))

    scenario.until_at_picqer(within=30)
    bridge.shop.webhooks.switch("on")
    scenario.judge()
    assert answers == [200] * COPIES
    stored = bridge.oracle.shop_deliveries()[before:]
    assert [one.copies for one in stored] == [COPIES - 1]
    assert bridge.oracle.attempts_to_create(order_id) == 1
    scenario.tell(f"{COPIES} copies, 1 stored, 1 request to create")


@fault("F14 F15 stock events shuffled, doubled, a day late, and within one second")
def test_the_newest_stock_is_shown_whatever_the_order_of_its_events(scenario: Scenario) -> None:
    bridge = scenario.start()
    bridge.picqer.tune(hook_jitter=3.0, hook_copies=2)
    random, skus = Random(5), [ware.sku for ware in WARES[:20]]
    for _ in range(100):
        bridge.picqer.set_stock(random.choice(skus), amount=random.randrange(5, 900))
    now = datetime.now(bridge.picqer.books.zone)
    yesterday = (now - timedelta(days=1)).strftime(STAMP)
    same_second = now.strftime(STAMP)

    late, equal = skus[0], skus[1]
    events = [stock_event(bridge, late, yesterday, 7)]
    events += [stock_event(bridge, equal, same_second, free) for free in (11, 12, 13)]
    answers = [deliver_from_picqer(bridge, event) for event in events]

    assert answers == [200] * 4
    scenario.buy(6)
    scenario.measure("stock agrees", lambda: not bridge.oracle.stock(), within=SECONDS)
    scenario.judge()
    scenario.tell("100 changes of 20 products")
