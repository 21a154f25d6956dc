"""The door: what it answers to good and bad deliveries, and what it writes down."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from integration.jobs import (
    Delivery,
    Flow,
    Hint,
    Identity,
)
from integration.store.database import Database
from integration.web.body import MAX_BYTES
from tests.unit.web.doorway import SECRET, Doorway


def stock_event(productcode: str = "MUG-BLUE", free: int = 34) -> dict[str, object]:
    return {
        "idproduct": 4411,
        "productcode": productcode,
        "type": "normal",
        "stock": [{"idwarehouse": 18, "freestock": free, "stock": free, "reserved": 0}],
    }


def test_a_shop_event_is_stored_and_raises_its_job_before_the_answer(doorway: Doorway) -> None:
    answer = doorway.shop("create_order")

    job = doorway.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    assert answer.status_code == 200
    assert answer.json()["state"] == "routed"
    assert job is not None
    assert [message.job_id for message in doorway.world.wake_up.messages] == [job.id]
    (delivery,) = doorway.services.inbox.find_of_job(job.id)
    assert delivery.jobs == ((job.id, 1),)


@pytest.mark.parametrize(
    "signature", [None, "", "AAAA", "CXhQ6PYIMcQ6/Swm5O3Ud47QwpkvJcUPKmY72nj38to="]
)
def test_a_wrong_signature_is_refused_and_writes_nothing(
    doorway: Doorway, signature: str | None
) -> None:
    headers = {} if signature is None else {"x-picqer-signature": signature}

    answer = doorway.post("/webhooks/picqer/main", b'{"event": "picklists.closed"}', headers)

    assert answer.status_code == 401
    assert doorway.rows() == 0
    assert doorway.answers == [("picqer/main", "401")]


def test_two_signatures_are_refused_though_one_of_them_is_right(doorway: Doorway) -> None:
    body = b'{"event": "orders.created"}'
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    right = (b"x-picqer-signature", base64.b64encode(digest))
    wrong = (b"X-Picqer-Signature", base64.b64encode(bytes(32)))

    answers = [
        doorway.post("/webhooks/picqer/main", body, headers).status_code
        for headers in ([right], [right, wrong], [wrong, right], [right, right])
    ]

    assert answers == [200, 401, 401, 401]


@pytest.mark.parametrize("announced", [b"\xb2", b"9" * 5000, b"-1", b"1e3"])
def test_an_announced_size_that_is_no_number_is_refused(doorway: Doorway, announced: bytes) -> None:
    answer = doorway.post("/webhooks/picqer/main", b"{}", [(b"content-length", announced)])

    assert answer.status_code == 413


def test_a_body_over_one_mebibyte_is_refused_by_its_announced_size(doorway: Doorway) -> None:
    answer = doorway.signed("/webhooks/picqer/main", b"x" * (MAX_BYTES + 1))

    assert answer.status_code == 413
    assert doorway.rows() == 0


def test_a_body_over_one_mebibyte_is_refused_by_its_counted_size(doorway: Doorway) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65536

    answer = doorway.post("/webhooks/picqer/main", chunks())

    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/webhooks/shops/unknown", "/webhooks/picqer/unknown"])
def test_an_unknown_shop_or_account_is_not_found(doorway: Doorway, path: str) -> None:
    answer = doorway.post(path, b"{}")

    assert answer.status_code == 404
    assert doorway.rows() == 0


def test_while_the_store_is_away_the_sender_is_asked_to_try_again(
    doorway: Doorway, memory_database: Database
) -> None:
    with memory_database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO gone")

    answer = doorway.shop("create_order")

    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    assert "deliveries" not in answer.text


@pytest.mark.parametrize("body", [b"", b"not json", b"[1, 2]", b"\xff\xfe", b'{"event": null}'])
def test_signed_but_unreadable_is_kept_with_the_reason_and_answered_200(
    doorway: Doorway, body: bytes
) -> None:
    answer = doorway.signed("/webhooks/picqer/main", body)

    (delivery,) = doorway.services.inbox.find()
    assert answer.status_code == 200
    assert delivery.state == "parked"
    assert delivery.reason
    assert delivery.body == body


def test_what_is_understood_and_asks_for_nothing_is_ignored_with_its_reason(
    doorway: Doorway,
) -> None:
    answer = doorway.post("/webhooks/shops/nl", b"gone", {"x-signed": "yes"})
    assert answer.status_code == 200
    (delivery,) = doorway.services.inbox.find()
    assert (delivery.state, delivery.reason) == ("ignored", "order 1042 is gone for good")


def test_a_message_that_only_tests_the_address_is_answered_and_not_stored(
    doorway: Doorway,
) -> None:
    answer = doorway.post("/webhooks/shops/nl", b"webhook_id=7")
    assert (answer.status_code, answer.json()) == (200, {"state": "ping"})
    assert doorway.rows() == 0
    assert doorway.answers == [("shops/nl", "ping")]


def test_the_address_of_a_door_says_so_in_a_browser(doorway: Doorway) -> None:
    for path, name in (
        ("/webhooks/shops/nl", "shops/nl"),
        ("/webhooks/picqer/main", "picqer/main"),
    ):
        answer = doorway.get(path)
        assert (answer.status_code, answer.json()["door"]) == (200, name)
    assert doorway.get("/webhooks/shops/gone").status_code == 404
    assert doorway.rows() == 0


def test_signatures_and_credentials_are_never_stored(doorway: Doorway) -> None:
    doorway.post(
        "/webhooks/shops/nl",
        b'{"flow": "create_order", "id": "1"}',
        {
            "x-signed": "yes",
            "authorization": "Bearer abc",
            "cookie": "a=b",
            "webhook-signature": "v1,abc",
            "webhook-id": "msg_1",
            "user-agent": "shop/1",
        },
    )

    (delivery,) = doorway.services.inbox.find()
    assert dict(delivery.headers).keys() <= {"webhook-id", "user-agent", "content-type"}
    assert delivery.headers["webhook-id"] == "msg_1"


def test_a_fault_of_ours_in_reading_a_delivery_parks_it(doorway: Doorway) -> None:
    def broken(_delivery: Delivery) -> list[Hint]:
        raise ZeroDivisionError

    doorway.services.shops["nl"] = replace(  # type: ignore[index]  # a plain dict in this test
        doorway.services.shops["nl"], hints=broken
    )

    answer = doorway.shop("create_order")

    assert answer.status_code == 200
    assert doorway.services.inbox.find()[0].state == "parked"


@pytest.mark.parametrize("subject", ["x" * 201, "10\x0042", "10\ud80042"])
def test_an_id_that_no_store_can_keep_is_parked_and_not_asked_for_again(
    doorway: Doorway, subject: str
) -> None:
    answer = doorway.shop("create_order", subject)

    assert answer.status_code == 200
    assert doorway.services.inbox.find()[0].state == "parked"


def test_what_is_posted_to_a_source_passes_by_the_rest_of_the_application(
    doorway: Doorway,
) -> None:
    doorway.app.router.routes.clear()

    assert doorway.shop("create_order").status_code == 200
    assert doorway.post("/webhooks/shops/nl", b"{}").status_code == 401
    assert doorway.post("/webhooks/shops/de", b"{}").status_code == 404
    assert doorway.get("/webhooks/shops/nl").status_code == 404


def test_an_address_that_is_written_in_another_way_is_the_same_one(doorway: Doorway) -> None:
    signed = {"x-signed": "yes"}

    answers = [
        doorway.post(path, b"{}", headers).status_code
        for path in ("/webhooks/shops/nl?x=1", "/webhooks/shops/%6El", "/webhooks/shops/nl")
        for headers in ({}, signed)
    ]

    assert answers == [401, 200] * 3
    assert doorway.answers.count(("shops/nl", "401")) == 3
