"""Flow 2, when the shop or Picqer thinks again: what was begun is neither doubled nor forced."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.domain import (
    Customer,
    FulfillmentStatus,
    Order,
    PaymentStatus,
    PicqerStatus,
)
from integration.errors import Ambiguous, Unavailable
from integration.jobs import Done, Flow, Identity, OrderStatusFact, Park, Retry, State, Wait
from integration.policy import OnCancel
from tests.flows.world import World, line, statuses

NEVER_READ = {"release": False, "payment_status": PaymentStatus.REFUNDED}


def new_customer(world: World) -> Customer:
    return Customer(id="77", created_at=world.clock.now(), email="a@example.org", name="A")


def push_job_is_open(world: World) -> bool:
    job = world.services.jobs.find_identity(Identity(Flow.PUSH_STOCK, "nl", "stock"))
    return job is not None and job.state is State.OPEN


@pytest.mark.parametrize(
    "changes",
    [NEVER_READ, {"fulfillment_status": FulfillmentStatus.FULFILLED}, {"test": True}],
)
def test_an_order_in_doubt_that_is_no_longer_to_be_shipped_is_looked_up_and_never_created(
    stocked: World, changes: dict[str, object]
) -> None:
    order = stocked.order()
    stocked.picqer.fail("create_order", Ambiguous())
    job = stocked.run_order().job
    stocked.shop.books.orders["1042"] = replace(order, **changes)  # type: ignore[arg-type]  # any

    while not isinstance((outcome := stocked.run_again(job)).ending, Done):
        job = outcome.job

    assert stocked.picqer.calls.count("create_order") == 1
    assert statuses(stocked) == []


def test_a_concept_whose_payment_was_taken_back_is_not_processed_until_it_is_released(
    stocked: World,
) -> None:
    order = stocked.order()
    stocked.picqer.fail("process_order", Unavailable())
    job = stocked.run_order().job
    stocked.shop.books.orders["1042"] = replace(
        order, release=False, payment_status=PaymentStatus.UNPAID
    )

    held = stocked.run_again(job)
    as_concept = statuses(stocked)
    stocked.shop.books.orders["1042"] = order
    stocked.run_order()

    assert isinstance(held.ending, Done)
    assert "not released" in held.ending.note
    assert as_concept == [PicqerStatus.CONCEPT]
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_an_order_at_picqer_goes_on_when_orders_since_is_moved_past_it(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("process_order", Unavailable())
    job = stocked.run_order().job
    stocked.clock.advance(60)
    stocked.set_policy(replace(stocked.policy, orders_since=stocked.clock.now()))

    stocked.run_again(job)

    assert statuses(stocked) == [PicqerStatus.PROCESSING]


HELD_BACK = {"release": False, "withheld": True}


def test_an_order_that_the_shop_holds_back_while_picqer_processes_it_waits_for_a_person(
    stocked: World,
) -> None:
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, **HELD_BACK)  # type: ignore[arg-type]  # any
    stocked.picqer.calls.clear()

    held = stocked.run_order()
    stocked.shop.books.orders["1042"] = order
    released = stocked.run_order()

    assert isinstance(held.ending, Park)
    assert "holds order 1042 back" in held.ending.reason
    assert "Pause or cancel it in Picqer" in held.ending.reason
    assert isinstance(released.ending, Done)
    assert stocked.picqer.calls == []


def test_an_order_in_a_status_of_the_shops_own_after_its_release_goes_on(stocked: World) -> None:
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, release=False)

    assert isinstance(stocked.run_order().ending, Done)


@pytest.mark.parametrize("status", [PicqerStatus.COMPLETED, PicqerStatus.CANCELLED])
def test_an_order_that_left_or_was_stopped_at_picqer_is_held_back_by_nobody(
    stocked: World, status: PicqerStatus
) -> None:
    order = stocked.order()
    stocked.run_order()
    (idorder,) = stocked.picqer.books.orders
    fact = OrderStatusFact(idorder, status, "2026-11-23 14:00:00")
    stocked.services.shipments.record("main", fact)
    stocked.shop.books.orders["1042"] = replace(order, **HELD_BACK)  # type: ignore[arg-type]  # any

    assert isinstance(stocked.run_order().ending, Done)


@pytest.mark.parametrize("gone", [False, True])
def test_an_order_that_is_refunded_or_deleted_after_it_was_shipped_asks_for_nobody(
    stocked: World, gone: bool
) -> None:
    order = stocked.order()
    stocked.run_order()
    (idorder,) = stocked.picqer.books.orders
    stocked.picqer.books.set_status(idorder, PicqerStatus.COMPLETED)
    if gone:
        del stocked.shop.books.orders["1042"]
    else:
        stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert "was shipped already" in outcome.ending.note
    assert statuses(stocked) == [PicqerStatus.COMPLETED]


def test_an_order_without_anything_to_ship_is_nothing_to_do(stocked: World) -> None:
    stocked.order(lines=(line(requires_shipping=False),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert "to be shipped" in outcome.ending.note
    assert stocked.picqer.calls == []


def test_a_line_without_sku_parks_before_a_customer_is_made(stocked: World) -> None:
    engraved = line(sku=None, name="Mug engraved A. Jansen")
    stocked.order(customer=new_customer(stocked), lines=(engraved,))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "product 9" in outcome.ending.reason
    assert "Jansen" not in outcome.ending.reason
    assert stocked.picqer.calls == []


def cancelled_and_revived(world: World, policy: OnCancel | None) -> Order:
    """An order that the shop cancelled, that was withdrawn at Picqer, and that lives again."""
    changed = {"process_orders": False} if policy is None else {"on_cancel": policy}
    world.set_policy(replace(world.policy, **changed))  # type: ignore[arg-type]  # either of two
    order = world.order()
    world.run_order()
    world.shop.books.orders["1042"] = replace(order, cancelled=True)
    assert isinstance(world.run_order().ending, Done)
    world.shop.books.orders["1042"] = order
    return order


@pytest.mark.parametrize("policy", [None, OnCancel.CANCEL])
def test_an_order_that_the_shop_revives_after_it_was_withdrawn_waits_for_a_person(
    stocked: World, policy: OnCancel | None
) -> None:
    cancelled_and_revived(stocked, policy)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "undo the cancellation in Picqer" in outcome.ending.reason


def test_a_revived_order_goes_on_when_the_cancellation_was_undone_in_picqer(
    stocked: World,
) -> None:
    cancelled_and_revived(stocked, OnCancel.CANCEL)
    (idorder,) = stocked.picqer.books.orders
    stocked.picqer.books.set_status(idorder, PicqerStatus.CONCEPT)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_an_order_withdrawn_and_gone_from_picqer_is_named_when_the_shop_revives_it(
    stocked: World,
) -> None:
    cancelled_and_revived(stocked, OnCancel.CANCEL)
    stocked.picqer.books.orders.clear()

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "revived" in outcome.ending.reason


def test_an_order_that_vanished_from_the_shop_gives_its_pieces_back_to_all_shops(
    stocked: World,
) -> None:
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 40))
    stocked.order(release=False)
    stocked.run_order()
    stocked.settle_all()
    del stocked.shop.books.orders["1042"]

    stocked.run_order()

    assert stocked.services.stock.in_flight("main", "MUG-BLUE") == 0
    assert push_job_is_open(stocked)


def test_while_paused_an_order_that_vanished_from_the_shop_is_not_withdrawn(
    stocked: World,
) -> None:
    stocked.set_policy(replace(stocked.policy, process_orders=False))
    stocked.order()
    stocked.run_order()
    stocked.picqer.calls.clear()
    del stocked.shop.books.orders["1042"]
    stocked.services.gate.pause(None, "nl", "tester")

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Wait)
    assert stocked.picqer.calls == []


def test_a_customer_in_doubt_puts_the_order_in_no_doubt(stocked: World) -> None:
    stocked.order(customer=new_customer(stocked))
    stocked.picqer.fail("create_customer", Ambiguous(), committed=True)

    first = stocked.run_order()
    in_doubt = stocked.entry()
    job = first.job
    while not isinstance((outcome := stocked.run_again(job)).ending, Done):
        job = outcome.job

    assert isinstance(first.ending, Retry)
    assert in_doubt is None
    assert "orders_with_reference" not in stocked.picqer.calls
    assert stocked.picqer.calls.count("create_customer") == 1
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_a_customer_that_was_deleted_at_picqer_is_made_anew(stocked: World) -> None:
    customer = new_customer(stocked)
    stocked.order("1041", customer=customer)
    stocked.run_order("1041")
    stocked.picqer.books.customers.clear()
    stocked.order(customer=customer)

    first = stocked.run_order()
    second = stocked.run_again(first.job)

    assert isinstance(second.ending, Done)
    assert len(stocked.picqer.books.customers) == 1
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_after_a_rebirth_of_the_store_a_customer_from_before_it_is_searched(
    stocked: World,
) -> None:
    customer = new_customer(stocked)
    known = stocked.picqer.books.add_customer("a@example.org")
    stocked.services.gate.beat("web@shop:1", 0)
    stocked.clock.advance(3600)
    stocked.services.gate.beat("web@shop:2", 0)
    stocked.order(customer=customer)

    stocked.run_order()

    assert list(stocked.picqer.books.customers) == [known.idcustomer]


def test_adopting_an_order_that_picqer_holds_already_opens_the_stock_jobs(
    stocked: World,
) -> None:
    paid = stocked.clock.now()
    by_hand = stocked.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    stocked.picqer.books.process(by_hand.idorder)
    stocked.clock.advance(3600)
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 38))
    stocked.order(placed_at=paid, paid_at=paid)
    stocked.services.gate.pause(Flow.CREATE_ORDER, None, "tester")
    job = stocked.run_order().job
    stocked.settle_all()
    stocked.services.gate.resume(Flow.CREATE_ORDER, None, "tester")

    stocked.run_again(job)

    assert stocked.services.stock.in_flight("main", "MUG-BLUE") == 0
    assert push_job_is_open(stocked)
