"""What is signed well and makes no sense: kept, answered 200, and no fault of the bridge.

A sender that gets anything but 200 sends the same bytes again and then switches the hook off.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.contract.security.conftest import RealDoor
from tests.contract.security.hostile import BODIES, spoilt
from tests.contract.security.senders import SENDERS, Sender, is_text
from tests.woocommerce.captures import WEBHOOKS

STAMP = "2026-11-23 13:00:00"
BY_NAME = {sender.name: sender for sender in SENDERS}
BROADLY = settings(
    max_examples=150,
    deadline=None,
    # The door and its store serve every example: nothing of one matters to the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FAULTS = ("door.hints_fault", "door.fault")
"""What is logged when the bridge itself stumbled."""


def event(name: str, **data: Any) -> dict[str, Any]:
    return {"idhook": 7, "name": "x", "event": name, "event_triggered_at": STAMP, "data": data}


PICQER = [
    event(
        "products.free_stock_changed",
        idproduct=9, productcode="MUG-BLUE", stock=[{"idwarehouse": 18, "freestock": 34}],
    ),
    event(
        "picklists.closed",
        idpicklist=501, idorder=301, status="closed", closed_at=STAMP, reference="1042",
        products=[{"idpicklist_product": 1, "idorder_product": 2, "idproduct": 9,
                   "productcode": "MUG-BLUE", "amount": 2, "amount_picked": 2}],
    ),
    event(
        "picklists.shipments.created",
        idshipment=19, idpicklist=501, idorder=301, created=STAMP, providername="PostNL",
        trackingcode="3SABC", trackingurl="https://example.com/t",
        parcels=[{"idparcel": 1, "trackingcode": "3SABC", "trackingurl": "https://example.com"}],
    ),
    event("picklists.shipments.cancelled", idshipment=19, idpicklist=501),
    event("orders.status_changed", idorder=301, status="processing", reference="1042"),
    event("orders.completed", idorder=301, reference="1042"),
]  # fmt: skip
CUSTOM = [
    {"type": kind, "timestamp": "2026-11-23T10:00:00Z", "data": data}
    for kind, data in (
        ("order.paid", {"id": "1042"}),
        ("product.updated", {
            "id": "9", "sku": "MUG-BLUE", "name": "Blue mug", "price_net": "8.22", "tax_rate": "21",
            "currency": "EUR", "barcode": None, "weight_g": 310, "length_mm": 90, "width_mm": 90,
            "height_mm": 110, "description": "", "image_urls": [], "active": True,
            "stock_managed": True, "updated_at": "2026-11-23T10:00:00Z",
        }),
    )
]  # fmt: skip
WOOCOMMERCE = [
    json.loads(json.loads(path.read_text("utf-8"))["body"])
    for path in sorted(WEBHOOKS.glob("*.json"))
    if '"body": "{' in path.read_text("utf-8")
][:8]
DOCUMENTS = {"picqer": PICQER, "custom": CUSTOM, "woocommerce": WOOCOMMERCE}


def is_taken(door: RealDoor, sender: Sender, body: bytes, **more: str) -> None:
    """It is answered 200 with what became of it, and nothing in the bridge stumbled."""
    with capture_logs() as lines:
        answer = door.knock(sender, body, **more)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] in {"routed", "ignored", "parked"}
    assert [line for line in lines if line["event"] in FAULTS] == []


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
@pytest.mark.parametrize("kind", BODIES)
def test_nonsense_is_kept_and_answered(real_door: RealDoor, sender: Sender, kind: str) -> None:
    body = BODIES[kind]
    if can_be_signed(sender, body):
        is_taken(real_door, sender, body)
    else:
        assert real_door.knock(sender, body).status_code == 401


def can_be_signed(sender: Sender, body: bytes) -> bool:
    """Standard Webhooks signs text; the others sign any bytes."""
    return sender.name != "custom" or is_text(body)


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
@BROADLY
def test_a_good_delivery_with_one_place_spoilt_is_kept_and_answered(
    real_door: RealDoor, name: str, data: st.DataObject
) -> None:
    document = data.draw(spoilt(data.draw(st.sampled_from(DOCUMENTS[name]))))
    topic = data.draw(st.sampled_from(["order.updated", "product.updated", "order.deleted", "x"]))
    more = {"x-wc-webhook-topic": topic} if name == "woocommerce" else {}
    is_taken(real_door, BY_NAME[name], json.dumps(document).encode(), **more)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_good_delivery_is_understood(real_door: RealDoor, name: str) -> None:
    """Otherwise the tests above would spoil what is not read at all."""
    states = [
        real_door.knock(BY_NAME[name], json.dumps(document).encode()).json()["state"]
        for document in DOCUMENTS[name]
    ]
    assert "parked" not in states
