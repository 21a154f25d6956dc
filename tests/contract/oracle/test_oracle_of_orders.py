"""The oracle complains of orders that are missing, doubled, left behind or not to be shipped."""

from __future__ import annotations

from integration.sandbox.picqer.rows import Order
from tests.contract.oracle.conftest import Witnessed


def test_one_processing_order_of_the_same_goods_is_as_it_should_be(
    witnessed: Witnessed, order: Order
) -> None:
    assert witnessed.oracle.orders() == []
    assert order.status == "processing"


def test_an_order_that_never_reached_picqer_is_missed(witnessed: Witnessed, order_id: str) -> None:
    assert witnessed.oracle.orders() == [f"order {order_id} is 0 live orders at Picqer"]


def test_an_order_that_is_there_twice_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.enter(order_id)
    assert witnessed.oracle.orders() == [f"order {order.reference} is 2 live orders at Picqer"]


def test_an_order_that_somebody_cancelled_and_entered_again_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.cancel(order)
    witnessed.enter(order_id)
    assert witnessed.oracle.orders() == [f"order {order_id} is 1 live orders at Picqer"]


def test_an_order_that_stays_a_concept_is_told(witnessed: Witnessed, order_id: str) -> None:
    witnessed.enter(order_id, status="concept")
    assert witnessed.oracle.orders() == [f"order {order_id} is concept at Picqer"]


def test_an_order_of_other_goods_is_told(witnessed: Witnessed, order_id: str) -> None:
    witnessed.enter(order_id, pieces=3)
    assert witnessed.oracle.orders() == [f"order {order_id} is of other goods at Picqer"]


def test_an_order_that_no_customer_placed_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    with witnessed.shop.books.lock:
        del witnessed.shop.books.orders[order_id]
    assert witnessed.oracle.orders() == [f"order {order.reference} is not the shop's"]


def test_a_cancelled_order_that_goes_on_at_picqer_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.shop.cancel_order(order_id)
    (complaint,) = witnessed.oracle.orders()
    assert complaint == f"order {order_id} is not to be shipped, and is processing at Picqer"
    witnessed.cancel(order)
    assert witnessed.oracle.orders() == []


def test_an_order_that_waits_for_a_person_is_not_at_picqer_at_all(
    witnessed: Witnessed, order_id: str
) -> None:
    assert witnessed.oracle.orders(parked=[order_id]) == []
    witnessed.enter(order_id)
    assert len(witnessed.oracle.orders(parked=[order_id])) == 1
