"""The oracle complains of shipments, stock and requests that are not as both books say."""

from __future__ import annotations

from integration.sandbox.picqer.rows import Order
from integration.sandbox.shop.bridge_writes import record_shipment
from tests.contract.oracle.conftest import WARE, Witnessed


def test_a_shipment_told_once_with_all_its_parcels_is_as_it_should_be(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.ship(order_id, order)
    assert witnessed.oracle.all_shipments() == []


def test_a_shipment_that_the_shop_never_heard_of_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.picqer.pick_and_close(order.idpicklists[0])
    assert witnessed.oracle.shipments(order_id) == [
        f"picklist {order.idpicklists[0]} was not told to the shop"
    ]


def test_a_shipment_told_twice_is_told_unless_somebody_died(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.ship(order_id, order)
    record_shipment(witnessed.shop.books, order_id, witnessed.report(order))
    assert witnessed.oracle.shipments(order_id) == [
        f"picklist {order.idpicklists[0]} was told 2 times"
    ]
    assert witnessed.oracle.shipments(order_id, times=2) == []


def test_a_shipment_told_without_a_parcel_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.ship(order_id, order)
    reports = witnessed.shop.books.shipments[order_id]
    reports[str(order.idpicklists[0])].body["parcels"].clear()
    (complaint,) = witnessed.oracle.shipments(order_id)
    assert complaint.endswith("was told with the parcels []")


def test_a_shipment_told_with_other_pieces_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.picqer.pick_and_close(order.idpicklists[0])
    record_shipment(witnessed.shop.books, order_id, witnessed.report(order, pieces=1))
    (complaint,) = witnessed.oracle.shipments(order_id)
    assert complaint.endswith(f"was told with {{'{WARE}': 1}}")


def test_a_shipment_that_never_was_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    record_shipment(
        witnessed.shop.books, order_id, {**witnessed.report(order), "shipment_key": "77"}
    )
    assert witnessed.oracle.shipments(order_id) == ["the shop was told of a picklist 77 of nobody"]


def test_an_order_that_is_completed_on_one_side_only_is_told(
    witnessed: Witnessed, order: Order, order_id: str
) -> None:
    witnessed.ship(order_id, order)
    witnessed.shop.books.orders[order_id]["fulfillment_status"] = "partial"
    (complaint,) = witnessed.oracle.all_shipments()
    assert complaint == f"order {order_id} is partial in the shop and completed at Picqer"


def test_a_figure_that_is_not_picqers_free_stock_is_told(
    witnessed: Witnessed, order: Order
) -> None:
    assert order.status == "processing"
    assert witnessed.oracle.stock() == []
    witnessed.shop.set_sellable(WARE, 99)
    assert witnessed.oracle.stock() == [f"{WARE}: the shop shows 99, sellable are 98"]


def test_what_is_ordered_and_not_held_by_picqer_is_not_for_sale(
    witnessed: Witnessed, order_id: str
) -> None:
    witnessed.shop.set_sellable(WARE, 100)
    assert witnessed.shop.books.orders[order_id]["holds_stock"]
    assert witnessed.oracle.stock() == [f"{WARE}: the shop shows 100, sellable are 98"]
