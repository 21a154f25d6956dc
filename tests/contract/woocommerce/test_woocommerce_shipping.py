"""Shipping and completing orders of a WooCommerce shop, over HTTP to a WooCommerce server."""

from __future__ import annotations

import json

import pytest

from integration.domain import Parcel, Shipment
from integration.errors import Ambiguous, NotFound, Refused
from integration.ports import ShopAnswer
from integration.testing.webshop_contract import shipment
from tests.contract.woocommerce.conftest import Client
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer

ACCEPTED, LEFT = ShopAnswer.ACCEPTED, ShopAnswer.LEFT_AS_IS
BOTH = shipment("501", "3S1", "3S2")


@pytest.fixture
def order(shop: WooCommerceServer) -> int:
    shop.add_product("MUG-BLUE", 10)
    return shop.place_order(("MUG-BLUE", 2))


def notes(shop: WooCommerceServer, order: int) -> list[str]:
    return [note.text for note in shop.notes(order)]


def test_a_shipment_becomes_a_note_with_a_link_per_parcel(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    assert client().ship(str(order), BOTH) is ACCEPTED
    (note,) = shop.notes(order)
    assert note.text == (
        "PostNL 3S1 https://track.example.com/3S1\n"
        "PostNL 3S2 https://track.example.com/3S2\n"
        "Picqer 501"
    )
    assert not note.customer_note
    assert shop.status(order) == "processing"


def test_what_was_told_is_kept_at_the_order(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().ship(str(order), BOTH)
    assert json.loads(shop.meta(order, "_picqer_shipments")) == {
        "501": {"codes": ["3S1", "3S2"], "lines": {"1": 1}}
    }


def test_the_same_shipment_again_sends_nothing(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().ship(str(order), BOTH)
    before = len(shop.asked())
    assert client().ship(str(order), BOTH) is ACCEPTED
    assert [asked.method for asked in shop.asked()[before:]] == ["GET"]


def test_a_note_whose_answer_was_lost_is_not_made_twice(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.faults.add(Fault(method="POST", path="orders/*/notes", commit=True, drop=True))
    with pytest.raises(Ambiguous):
        client().ship(str(order), BOTH)
    assert client().ship(str(order), BOTH) is ACCEPTED
    assert len(notes(shop, order)) == 1
    assert "501" in json.loads(shop.meta(order, "_picqer_shipments"))


def test_parcels_that_come_later_are_told_in_a_new_note(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().ship(str(order), shipment("501", "3S1"))
    client().ship(str(order), BOTH)
    first, second = notes(shop, order)
    assert "3S2" not in first
    assert "3S2" in second


def test_a_shipment_with_a_longer_number_is_another_one(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().ship(str(order), shipment("5011", "3S1"))
    client().ship(str(order), shipment("501", "3S1"))
    assert len(notes(shop, order)) == 2


def test_a_note_in_the_shops_own_words(shop: WooCommerceServer, client: Client, order: int) -> None:
    template = "Bestelling {number} is onderweg.\nMet {carrier}: {tracking_code} {tracking_url}"
    odd = Shipment("501", BOTH.shipped_at, (), (Parcel("<b>3S1", "javascript:alert(1)", "DHL"),))
    client(shipment_note=template).ship(str(order), odd)
    assert notes(shop, order) == [
        f"Bestelling {order} is onderweg.\nMet DHL: b 3S1\nPicqer 501",
    ]


def test_the_plugins_find_the_parcels_where_they_look(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    other = {"tracking_number": "BY-HAND", "tracking_id": "0123"}
    shop.set_meta(order, "_wc_shipment_tracking_items", [other])
    webshop = client(tracking_meta=True)
    webshop.ship(str(order), shipment("501", "3S1"))
    webshop.ship(str(order), shipment("501", "3S2"))
    webshop.ship(str(order), shipment("502", "3S3"))
    items = shop.meta(order, "_wc_shipment_tracking_items")
    assert [item["tracking_number"] for item in items] == ["BY-HAND", "3S2", "3S3"]
    assert items[1]["custom_tracking_link"] == "https://track.example.com/3S2"
    assert items[1]["custom_tracking_provider"] == "PostNL"
    assert items[1]["date_shipped"] == str(int(BOTH.shipped_at.timestamp()))
    assert len({item["tracking_id"] for item in items}) == 3


def test_without_the_setting_the_plugins_list_stays_as_it_is(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().ship(str(order), BOTH)
    assert shop.meta(order, "_wc_shipment_tracking_items") is None


@pytest.mark.parametrize("status", ["cancelled", "refunded", "failed", "completed"])
def test_an_order_that_a_person_ended_is_left_as_it_is(
    shop: WooCommerceServer, client: Client, order: int, status: str
) -> None:
    shop.change_status(order, status)
    assert client().ship(str(order), BOTH) is LEFT
    assert client().complete(str(order)) is LEFT
    assert notes(shop, order) == []
    assert shop.status(order) == status


def test_an_order_in_the_waste_basket_is_left_as_it_is(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.trash_order(order)
    assert client().ship(str(order), BOTH) is LEFT


def test_an_order_is_completed_with_one_write_and_only_once(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    assert client().complete(str(order)) is ACCEPTED
    assert shop.status(order) == "completed"
    assert client().complete(str(order)) is ACCEPTED
    assert len(shop.asked("PUT")) == 1


def test_a_completion_whose_answer_was_lost_is_not_repeated(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.faults.add(Fault(method="PUT", path="orders/*", commit=True, drop=True))
    with pytest.raises(Ambiguous):
        client().complete(str(order))
    assert client().complete(str(order)) is ACCEPTED
    assert len(shop.asked("PUT")) == 1


def test_an_order_that_a_person_took_back_from_us_is_not_completed_again(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().complete(str(order))
    shop.change_status(order, "processing")
    assert client().complete(str(order)) is LEFT
    assert shop.status(order) == "processing"


def test_tracking_that_comes_after_our_completion_is_told(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().complete(str(order))
    assert client().ship(str(order), BOTH) is ACCEPTED
    assert shop.status(order) == "completed"


def test_a_status_of_the_shops_own(shop: WooCommerceServer, client: Client, order: int) -> None:
    shop.settings.statuses = ("shipped",)
    assert client(shipped_status="shipped").complete(str(order)) is ACCEPTED
    assert shop.status(order) == "shipped"


def test_a_status_that_the_shop_does_not_have_is_refused_with_what_it_has(
    client: Client, order: int
) -> None:
    with pytest.raises(Refused, match="status is not one of auto-draft"):
        client(shipped_status="verzonden").complete(str(order))


def test_an_order_that_is_gone_is_not_found(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.erase_order(order)
    with pytest.raises(NotFound):
        client().ship(str(order), BOTH)
    with pytest.raises(NotFound):
        client().complete(str(order))
