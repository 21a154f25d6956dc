"""The door: what it answers to good and bad deliveries, and what it writes down."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from integration.domain import FreeStock
from integration.flows.products import revision_key
from integration.jobs import (
    Delivery,
    Flow,
    Hint,
    Identity,
    NothingToDo,
    ProductNews,
    State,
    Unreadable,
)
from integration.picqer import webhook
from integration.ports import LedgerKey, Made
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.web.body import MAX_BYTES
from integration.web.door import door
from tests.flows.world import World

SECRET = "a-secret-of-the-tests"  # 21 characters


class Doorway:
    """A world with a door, and the words to knock on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        account = replace(
            world.services.accounts["main"],
            verify=lambda delivery: webhook.verify(delivery, [SecretStr(SECRET)]),
            hints=webhook.hints,
        )
        shop = replace(
            world.services.shops["nl"],
            verify=self.shop_verifies,
            hints=self.shop_hints,
            is_ping=lambda delivery: delivery.body.startswith(b"webhook_id="),
        )
        self.services = replace(world.services, accounts={"main": account}, shops={"nl": shop})
        self.shop_product: ProductNews | None = None
        self.answers: list[tuple[str, str]] = []
        app = FastAPI()
        app.include_router(door(self.services, lambda *answer: self.answers.append(answer)))
        self.app = app

    @staticmethod
    def shop_verifies(delivery: Delivery) -> bool:
        return delivery.headers.get("x-signed") == "yes"

    def shop_hints(self, delivery: Delivery) -> list[Hint]:
        if delivery.body == b"gone":
            raise NothingToDo("order 1042 is gone for good")
        try:
            event = json.loads(delivery.body)
            flow = Flow(event["flow"])
        except (ValueError, KeyError) as error:
            raise Unreadable("the body is no event of a shop") from error
        return [Hint(flow, event["id"], product=self.shop_product)]

    def post(
        self,
        path: str,
        body: bytes | AsyncIterator[bytes],
        headers: dict[str, str] | list[tuple[bytes, bytes]] | None = None,
    ) -> httpx.Response:
        return self._knock("POST", path, body, headers)

    def get(self, path: str) -> httpx.Response:
        return self._knock("GET", path, b"", None)

    def _knock(
        self,
        method: str,
        path: str,
        body: bytes | AsyncIterator[bytes],
        headers: dict[str, str] | list[tuple[bytes, bytes]] | None,
    ) -> httpx.Response:
        async def knock() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.request(method, path, content=body, headers=headers or {})

        return asyncio.run(knock())

    def picqer(
        self, event: str, data: object, *, at: str = "2026-11-23 13:00:00"
    ) -> httpx.Response:
        envelope = {"idhook": 7, "name": "x", "event": event, "event_triggered_at": at}
        body = json.dumps({**envelope, "data": data}).encode()
        return self.signed("/webhooks/picqer/main", body)

    def signed(self, path: str, body: bytes) -> httpx.Response:
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
        return self.post(path, body, {"x-picqer-signature": base64.b64encode(digest).decode()})

    def shop(self, flow: str, subject: str = "1042") -> httpx.Response:
        body = json.dumps({"flow": flow, "id": subject}).encode()
        return self.post("/webhooks/shops/nl", body, {"x-signed": "yes"})

    def rows(self) -> int:
        return len(self.services.inbox.find(limit=1000))


@pytest.fixture
def doorway(memory_database: Database, clock: HandClock) -> Doorway:
    return Doorway(World(memory_database, clock))


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


def test_a_copy_is_counted_not_stored_and_still_raises_the_revision(doorway: Doorway) -> None:
    for _ in range(3):
        assert doorway.shop("create_order").status_code == 200

    (delivery,) = doorway.services.inbox.find()
    job = doorway.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    assert delivery.copies == 2
    assert job is not None
    assert job.revision == 3
    assert len(doorway.world.wake_up.messages) == 1, "one message is out already"


def test_an_event_that_no_flow_uses_is_ignored_with_its_reason(doorway: Doorway) -> None:
    answer = doorway.picqer("comments.created", {"idcomment": 1})

    assert answer.json()["state"] == "ignored"
    assert doorway.services.inbox.find()[0].reason


def test_a_free_stock_event_is_written_down_and_raises_push_stock(doorway: Doorway) -> None:
    doorway.picqer("products.free_stock_changed", stock_event())

    known = doorway.services.stock.free_stock("main", "MUG-BLUE")
    assert known is not None
    assert dict(known.by_warehouse) == {18: 34}
    assert doorway.services.jobs.find_identity(Identity(Flow.PUSH_STOCK, "nl", "stock"))


def test_old_stock_news_never_overwrites_new_and_raises_one_read_ten_seconds_later(
    doorway: Doorway, clock: HandClock
) -> None:
    doorway.picqer("products.free_stock_changed", stock_event(free=34), at="2026-11-23 13:00:10")
    doorway.picqer("products.free_stock_changed", stock_event(free=40), at="2026-11-23 13:00:00")

    known = doorway.services.stock.free_stock("main", "MUG-BLUE")
    doubt = doorway.services.jobs.find_identity(
        Identity(Flow.RECONCILE, "", "product:main:MUG-BLUE")
    )
    assert known is not None
    assert dict(known.by_warehouse) == {18: 34}
    assert doubt is not None
    assert (doubt.due_at - clock.now()).total_seconds() == pytest.approx(10)


def closed_picklist(**changes: object) -> dict[str, object]:
    return {
        "idpicklist": 501,
        "picklistid": "P501",
        "idorder": 301,
        "idreturn": None,
        "status": "closed",
        "closed_at": "2026-11-23 13:00:00",
        "updated": "2026-11-23 13:00:00",
        "products": [
            {
                "idpicklist_product": 1,
                "idorder_product": 900,
                "productcode": "MUG-BLUE",
                "amount": 2,
                "amount_picked": 2,
            }
        ],
        **changes,
    }


def test_a_closed_picklist_raises_complete_order_of_the_order_it_belongs_to(
    doorway: Doorway,
) -> None:
    doorway.services.ledger.adopt(LedgerKey("main", "order", "nl", "1042"), Made(301))

    doorway.picqer("picklists.closed", closed_picklist())

    job = doorway.services.jobs.find_identity(Identity(Flow.COMPLETE_ORDER, "nl", "1042"))
    assert job is not None
    assert job.state is State.OPEN


def test_a_picklist_of_an_unknown_order_is_kept_for_the_time_it_is_known(
    doorway: Doorway,
) -> None:
    answer = doorway.picqer("picklists.closed", closed_picklist())

    assert answer.json()["state"] == "ignored"
    assert "kept" in str(doorway.services.inbox.find()[0].reason)
    assert doorway.services.shipments.has_facts("main", 301)


def test_a_picklist_of_a_return_is_ignored_and_says_so(doorway: Doorway) -> None:
    doorway.picqer("picklists.closed", closed_picklist(idorder=None, idreturn=5))

    assert "return" in str(doorway.services.inbox.find()[0].reason)


def test_a_shipment_finds_its_order_through_its_picklist(doorway: Doorway) -> None:
    doorway.services.ledger.adopt(LedgerKey("main", "order", "nl", "1042"), Made(301))
    doorway.picqer("picklists.closed", closed_picklist())

    doorway.picqer(
        "picklists.shipments.created",
        {"idshipment": 19, "idpicklist": 501, "cancelled": False, "parcels": []},
    )

    job = doorway.services.jobs.find_identity(Identity(Flow.COMPLETE_ORDER, "nl", "1042"))
    assert job is not None
    assert job.revision == 2


def test_a_concept_processed_by_a_person_is_held_by_picqer_from_then_on(
    doorway: Doorway,
) -> None:
    world = doorway.world
    world.set_policy(replace(world.policy, process_orders=False))
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order()
    world.run_order()
    entry = world.entry()
    assert entry is not None

    doorway.picqer("orders.status_changed", {"idorder": entry.picqer_id, "status": "processing"})

    booking = doorway.services.stock.booking("nl", "1042")
    assert booking is not None
    assert booking.process_stamp == "2026-11-23 13:00:00"


def test_a_flow_that_the_shop_does_not_use_is_ignored_with_its_reason(doorway: Doorway) -> None:
    policy = replace(doorway.world.policy, flows=frozenset({"create_order"}))
    shop = replace(doorway.services.shops["nl"], policy=policy)
    doorway.services.shops["nl"] = shop  # type: ignore[index]  # a plain dict in this test

    doorway.shop("create_product", "9")

    assert "does not use create_product" in str(doorway.services.inbox.find()[0].reason)


def test_a_product_event_without_a_change_that_picqer_keeps_costs_no_job(
    doorway: Doorway,
) -> None:
    doorway.shop_product = ProductNews("MUG-BLUE", "as it was")
    doorway.services.ledger.adopt(
        LedgerKey("main", "product", "", "MUG-BLUE"),
        Made(9, {revision_key("nl", "9"): "as it was"}),
    )

    doorway.shop("create_product", "9")

    assert doorway.services.jobs.find_identity(Identity(Flow.CREATE_PRODUCT, "nl", "9")) is None
    assert "no change" in str(doorway.services.inbox.find()[0].reason)


@pytest.mark.parametrize("revision", ["another", ""])
def test_a_product_event_with_news_or_without_knowing_is_looked_at(
    doorway: Doorway, revision: str
) -> None:
    doorway.shop_product = ProductNews("MUG-BLUE", revision)
    doorway.services.ledger.adopt(
        LedgerKey("main", "product", "", "MUG-BLUE"), Made(9, {revision_key("nl", "9"): ""})
    )
    doorway.shop("create_product", "9")
    assert doorway.services.jobs.find_identity(Identity(Flow.CREATE_PRODUCT, "nl", "9"))


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


def test_a_productcode_that_is_too_long_is_parked_with_the_sentence(doorway: Doorway) -> None:
    answer = doorway.picqer("products.free_stock_changed", stock_event("x" * 201))

    assert answer.status_code == 200
    assert doorway.services.inbox.find()[0].state == "parked"


def test_facts_of_one_delivery_are_sorted_so_that_two_of_them_cannot_deadlock(
    doorway: Doorway,
) -> None:
    facts = [
        FreeStock(productcode, {18: 1}, "2026-11-23 13:00:00") for productcode in ("C", "A", "B")
    ]
    applied: list[str] = []
    original = doorway.services.stock.apply

    def apply(account: str, fact: FreeStock) -> bool:
        applied.append(fact.productcode)
        return original(account, fact)

    object.__setattr__(
        doorway.services.accounts["main"],
        "hints",
        lambda _delivery: [Hint(Flow.PUSH_STOCK, fact=fact) for fact in facts],
    )
    doorway.services.stock.apply = apply  # type: ignore[method-assign]  # listens in

    doorway.signed("/webhooks/picqer/main", b"{}")

    assert applied == ["A", "B", "C"]
