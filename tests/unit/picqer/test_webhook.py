"""Deliveries of Picqer's webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from integration.domain import FreeStock, Parcel, Picklist, PicqerShipment, PicqerStatus
from integration.jobs import Delivery, Flow, Hint, OrderStatusFact, Unreadable
from integration.picqer.hooks import WANTED_EVENTS
from integration.picqer.webhook import EVENTS, hints, verify

SECRET = SecretStr("sim-secret")
BODY = (
    b'{"idhook":7,"name":"sim","event":"picklists.closed",'
    b'"event_triggered_at":"2025-03-04 10:11:12",'
    b'"data":{"idpicklist":501,"idorder":301,"status":"closed"}}'
)
SIGNATURE = "CXhQ6PYIMcQ6/Swm5O3Ud47QwpkvJcUPKmY72nj38to="
STAMP = "2026-11-23 13:00:00"


def delivery(body: bytes = BODY, **headers: str) -> Delivery:
    return Delivery("picqer/main", headers, body)


def signed(signature: str, body: bytes = BODY) -> Delivery:
    return Delivery("picqer/main", {"X-Picqer-Signature": signature}, body)


def event(name: str, data: object, *, at: object = STAMP) -> Delivery:
    envelope = {"idhook": 7, "name": "x", "event": name, "event_triggered_at": at, "data": data}
    return delivery(json.dumps(envelope).encode())


def test_the_known_delivery_is_verified() -> None:
    assert len(BODY) == 153
    assert verify(signed(SIGNATURE), [SECRET])


def test_the_headers_name_may_be_in_any_case() -> None:
    assert verify(Delivery("picqer/main", {"x-picqer-SIGNATURE": SIGNATURE}, BODY), [SECRET])


def test_one_of_several_secrets_suffices() -> None:
    assert verify(signed(SIGNATURE), [SecretStr("new"), SECRET])
    assert verify(signed(SIGNATURE), [SECRET, SecretStr("old")])
    assert not verify(signed(SIGNATURE), [SecretStr("new"), SecretStr("old")])
    assert not verify(signed(SIGNATURE), [])


def test_an_unsigned_delivery_is_refused() -> None:
    assert not verify(delivery(), [SECRET])
    doubled = {"X-Picqer-Signature": SIGNATURE, "x-picqer-signature": SIGNATURE}
    assert not verify(Delivery("picqer/main", doubled, BODY), [SECRET])


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "=",
        " " + SIGNATURE,
        SIGNATURE + "\n",
        SIGNATURE.rstrip("="),
        SIGNATURE.replace("/", "_"),
        "sha256=" + SIGNATURE,
        base64.b64decode(SIGNATURE).hex(),
        base64.b64encode(b"").decode(),
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode(base64.b64decode(SIGNATURE)[:31]).decode(),
        SIGNATURE[:-2] + "p=",
        "é" * 44,
    ],
)
def test_anything_but_exactly_the_signature_is_refused(signature: str) -> None:
    assert not verify(signed(signature), [SECRET])


@given(st.integers(min_value=0, max_value=len(SIGNATURE) - 1), st.characters(codec="ascii"))
def test_a_signature_with_one_other_letter_is_refused(place: int, letter: str) -> None:
    mutated = SIGNATURE[:place] + letter + SIGNATURE[place + 1 :]
    assert verify(signed(mutated), [SECRET]) is (mutated == SIGNATURE)


@given(st.integers(min_value=0, max_value=len(BODY) - 1), st.integers(min_value=1, max_value=255))
def test_a_body_with_one_other_byte_is_refused(place: int, change: int) -> None:
    mutated = bytearray(BODY)
    mutated[place] ^= change
    assert not verify(signed(SIGNATURE, bytes(mutated)), [SECRET])


@given(st.binary(max_size=300), st.text(min_size=1, max_size=40))
def test_every_body_signed_with_the_secret_is_verified(body: bytes, secret: str) -> None:
    try:
        key = secret.encode()
    except UnicodeEncodeError:
        return
    signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
    assert verify(signed(signature, body), [SecretStr(secret)])


def test_a_closed_picklist_completes_its_order() -> None:
    (hint,) = hints(delivery())
    closed = "2025-03-04 10:11:12"
    picklist = Picklist(501, "", 301, None, "closed", closed, "", ())
    assert hint == Hint(Flow.COMPLETE_ORDER, fact=picklist)


def test_a_picklist_of_a_return_is_told_with_no_order_for_the_door_to_ignore() -> None:
    data = {"idpicklist": 501, "idorder": None, "idreturn": 4, "status": "closed"}
    (hint,) = hints(event("picklists.closed", data))
    assert isinstance(hint.fact, Picklist)
    assert (hint.fact.idorder, hint.fact.idreturn) == (None, 4)


@pytest.mark.parametrize(
    "name", ["products.free_stock_changed", "products.assembled_stock_changed"]
)
def test_free_stock_is_stamped_with_the_moment_of_its_event(name: str) -> None:
    stock = [{"idwarehouse": 18, "freestock": 34}, {"idwarehouse": 19, "freestock": -1}]
    data = {"idproduct": 9, "productcode": "MUG-BLUE", "stock": stock, "updated": "other"}
    wanted = FreeStock("MUG-BLUE", {18: 34, 19: -1}, STAMP, idproduct=9)
    assert hints(event(name, data)) == [Hint(Flow.PUSH_STOCK, fact=wanted)]


def test_a_shipment_brings_its_parcels() -> None:
    data = {
        "idshipment": 19,
        "idpicklist": 501,
        "cancelled": False,
        "updated": STAMP,
        "parcels": [{"tracking_code": "3S1", "tracking_url": None}],
    }
    wanted = PicqerShipment(19, 501, False, (Parcel("3S1"),), STAMP)
    assert hints(event("picklists.shipments.created", data)) == [
        Hint(Flow.COMPLETE_ORDER, fact=wanted)
    ]


def test_a_cancelled_shipment_is_cancelled_whatever_its_data_says() -> None:
    data = {"idshipment": 19, "idpicklist": 501, "cancelled": False}
    (hint,) = hints(event("picklists.shipments.cancelled", data))
    assert hint.fact == PicqerShipment(19, 501, True, (), STAMP)


@pytest.mark.parametrize(
    ("name", "status", "wanted"),
    [
        ("orders.status_changed", "processing", PicqerStatus.PROCESSING),
        ("orders.status_changed", "invented", PicqerStatus.UNKNOWN),
        ("orders.completed", "completed", PicqerStatus.COMPLETED),
    ],
)
def test_an_orders_status_is_stamped_with_the_moment_of_its_event(
    name: str, status: str, wanted: PicqerStatus
) -> None:
    data = {"idorder": 301, "status": status, "reference": "1042"}
    fact = OrderStatusFact(301, wanted, STAMP, "1042")
    assert hints(event(name, data)) == [Hint(Flow.COMPLETE_ORDER, fact=fact)]


@pytest.mark.parametrize("name", ["orders.created", "products.stock_changed", "tasks.created"])
def test_events_that_are_not_used_hint_at_nothing(name: str) -> None:
    assert hints(event(name, {"whatever": 1})) == []


@pytest.mark.parametrize(
    "bad",
    [
        delivery(b""),
        delivery(b"{"),
        delivery(b"[]"),
        delivery(b"\xff\xfe"),
        delivery(b"[" * 100_000),
        delivery(b"{}"),
        event("picklists.closed", None),
        event("picklists.closed", {"idorder": 1}),
        event("picklists.closed", {"idpicklist": "x", "status": "closed"}),
        event("orders.completed", {"idorder": 1}, at="yesterday"),
        event("orders.completed", {"idorder": 1}, at=None),
        event("orders.status_changed", {"idorder": 1}),
    ],
)
def test_what_cannot_be_read_says_so_without_quoting_it(bad: Delivery) -> None:
    with pytest.raises(Unreadable) as caught:
        hints(bad)
    assert "yesterday" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_give_hints_or_are_unreadable(body: bytes) -> None:
    try:
        assert hints(delivery(body)) == []
    except Unreadable:
        return


def test_every_wanted_hook_is_understood() -> None:
    assert set(WANTED_EVENTS) <= set(EVENTS)
