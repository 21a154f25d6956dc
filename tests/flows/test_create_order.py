"""Flow 2: an order to be shipped is created and processed, with as few calls as the design says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from integration.domain import (
    Customer,
    FulfillmentStatus,
    PaymentStatus,
    PicqerStatus,
)
from integration.jobs import Done, Park, Wait
from tests.flows.world import World, line, statuses


def test_a_paid_guest_order_is_created_and_processed_with_two_calls(stocked: World) -> None:
    stocked.order()

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert statuses(stocked) == [PicqerStatus.PROCESSING]
    assert stocked.picqer.calls == ["create_order", "process_order"]


def test_running_it_again_makes_no_call_and_no_second_order(stocked: World) -> None:
    stocked.order()
    stocked.run_order()
    stocked.picqer.calls.clear()

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert stocked.picqer.calls == []
    assert len(stocked.picqer.books.orders) == 1


def test_a_new_customer_of_the_shop_costs_three_calls_and_a_known_one_two(stocked: World) -> None:
    customer = Customer(id="77", created_at=stocked.clock.now(), email="a@example.org", name="A")
    stocked.order(customer=customer)
    stocked.order("1043", customer=customer)

    stocked.run_order()
    first = list(stocked.picqer.calls)
    stocked.picqer.calls.clear()
    stocked.run_order("1043")

    assert first == ["create_customer", "create_order", "process_order"]
    assert stocked.picqer.calls == ["create_order", "process_order"]
    idcustomers = {order.idcustomer for order in stocked.picqer.books.orders.values()}
    assert idcustomers == set(stocked.picqer.books.customers)


def test_an_old_shop_account_is_searched_by_email_and_adopted(stocked: World) -> None:
    known = stocked.picqer.books.add_customer("a@example.org")
    old = stocked.clock.now() - timedelta(days=400)
    stocked.order(customer=Customer(id="77", created_at=old, email="a@example.org", name="A"))

    stocked.run_order()

    assert stocked.picqer.calls == ["customers_with_email", "create_order", "process_order"]
    (order,) = stocked.picqer.books.orders.values()
    assert order.idcustomer == known.idcustomer
    body = stocked.picqer.books.bodies[order.idorder]
    assert "deliveryaddress2" in body, "an adopted customer's own address must not fill a gap"


def test_an_old_shop_account_that_picqer_does_not_know_costs_four_calls(stocked: World) -> None:
    old = stocked.clock.now() - timedelta(days=400)
    stocked.order(customer=Customer(id="77", created_at=old, email="a@example.org", name="A"))

    stocked.run_order()

    assert stocked.picqer.calls == [
        "customers_with_email",
        "create_customer",
        "create_order",
        "process_order",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"release": False, "payment_status": PaymentStatus.UNPAID}, "not released"),
        ({"test": True}, "test order"),
        ({"fulfillment_status": FulfillmentStatus.FULFILLED}, "shipped already"),
        ({"cancelled": True}, "cancelled"),
    ],
)
def test_an_order_that_is_not_to_be_shipped_costs_no_call_and_says_why(
    stocked: World, changes: dict[str, object], reason: str
) -> None:
    stocked.order(**changes)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert reason in outcome.ending.note
    assert stocked.picqer.calls == []


def test_an_order_placed_before_the_shop_was_connected_is_not_imported(stocked: World) -> None:
    placed = stocked.clock.now() - timedelta(days=3)
    stocked.order(placed_at=placed, paid_at=placed)

    outcome = stocked.run_order()

    assert "orders_since" in str(outcome.ending)
    assert stocked.picqer.calls == []


def test_an_unpaid_order_on_account_is_shipped_when_the_shop_releases_it(stocked: World) -> None:
    stocked.order(payment_status=PaymentStatus.UNPAID, paid_at=None, release=True)

    stocked.run_order()

    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_an_order_in_another_currency_parks_and_names_it(stocked: World) -> None:
    stocked.order(currency="USD")

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "USD" in outcome.ending.reason
    assert stocked.picqer.books.orders == {}


def test_a_missing_vat_group_parks_with_the_rate_named_after_reading_the_groups_once(
    stocked: World,
) -> None:
    stocked.order(lines=(line(tax_rate=Decimal(19)),))
    stocked.clock.advance(3600)
    stocked.order(lines=(line(tax_rate=Decimal(19)),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "19" in outcome.ending.reason
    assert stocked.picqer.calls == ["vat_groups"]


def test_an_order_left_as_concept_is_not_processed(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, process_orders=False))
    stocked.order()

    stocked.run_order()

    assert statuses(stocked) == [PicqerStatus.CONCEPT]


def test_a_stopping_worker_ends_the_job_before_its_next_call(stocked: World) -> None:
    stocked.order()
    stocked.stopping = True

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Wait)
    assert outcome.ending.code == "Stopping"
    assert outcome.job.attempts == 0
    assert stocked.picqer.calls == []
