"""What a delivery leads to: facts that are written down and jobs that are raised, or a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.domain import FreeStock
from integration.flows.products import revision_key
from integration.jobs import (
    Flow,
    Hint,
    Identity,
    ProductNews,
    State,
)
from integration.ports import LedgerKey, Made
from integration.testing.clock import HandClock
from tests.unit.web.doorway import Doorway


def stock_event(productcode: str = "MUG-BLUE", free: int = 34) -> dict[str, object]:
    return {
        "idproduct": 4411,
        "productcode": productcode,
        "type": "normal",
        "stock": [{"idwarehouse": 18, "freestock": free, "stock": free, "reserved": 0}],
    }


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
