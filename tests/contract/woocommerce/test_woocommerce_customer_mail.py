"""What a WooCommerce shop mails to the customer while an order is shipped and completed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.errors import Unavailable
from integration.ports import ShopAnswer
from integration.testing.webshop_contract import shipment
from integration.webshops.woocommerce.client import WooCommerce
from tests.contract.woocommerce.conftest import Client
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer

DONE, NOTE = "customer_completed_order", "customer_note"
FIRST, SECOND = shipment("501", "3S1"), shipment("502", "3S2")


@pytest.fixture
def order(shop: WooCommerceServer) -> int:
    shop.add_product("MUG-BLUE", 10)
    return shop.place_order(("MUG-BLUE", 2), status="processing")


def mails(shop: WooCommerceServer, order: int) -> list[str]:
    """The mails since the order was paid."""
    return [mail.kind for mail in shop.mails(order) if mail.kind != "customer_processing_order"]


@pytest.mark.parametrize("completed_mail", [True, False])
@pytest.mark.parametrize("status", ["completed", "shipped"])
def test_a_shop_that_is_not_to_mail_is_asked_for_no_mail_beside_its_own(
    shop: WooCommerceServer, client: Client, order: int, status: str, completed_mail: bool
) -> None:
    """With customer_mail "off" or "bridge"."""
    ship_in_two_parts(shop, client(shipped_status=status), order, completed_mail)
    assert mails(shop, order) == [DONE] * (status == "completed" and completed_mail)


@pytest.mark.parametrize(
    "case",
    [
        ("completed", True, [DONE]),
        ("completed", False, [NOTE, NOTE]),
        ("shipped", True, [NOTE, NOTE]),
    ],
)
def test_a_shop_that_is_to_mail_tells_nothing_twice_and_something_once(
    shop: WooCommerceServer, order: int, client: Client, case: tuple[str, bool, list[str]]
) -> None:
    """With customer_mail "shop"."""
    status, completed_mail, expected = case
    webshop = client(shipped_status=status)
    ship_in_two_parts(shop, webshop, order, completed_mail, notify_customer=True)
    assert mails(shop, order) == expected


def ship_in_two_parts(
    shop: WooCommerceServer,
    webshop: WooCommerce,
    order: int,
    completed_mail: bool,
    *,
    notify_customer: bool = False,
) -> None:
    """Ship and complete an order at a shop whose own mail about that is on or off."""
    shop.settings.statuses = ("shipped",)
    if not completed_mail:
        shop.settings.mails_off.add(DONE)
    for part in (FIRST, SECOND):
        webshop.ship(str(order), replace(part, notify_customer=notify_customer))
    assert webshop.complete(str(order)) is ShopAnswer.ACCEPTED


def test_a_shipment_that_comes_after_completion_is_mailed_as_a_note(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().ship(str(order), replace(FIRST, notify_customer=True))
    client().complete(str(order))
    client().ship(str(order), replace(SECOND, notify_customer=True))
    assert mails(shop, order) == [DONE, NOTE]


def test_a_shipment_that_is_told_again_is_mailed_once(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.settings.mails_off.add(DONE)
    shop.faults.add(Fault(method="PUT", path="orders/*"))
    loud = replace(FIRST, notify_customer=True)
    with pytest.raises(Exception, match="503"):
        client().ship(str(order), loud)
    client().ship(str(order), loud)
    client().ship(str(order), loud)
    assert mails(shop, order) == [NOTE]


def test_a_customer_is_not_bothered_with_a_note_of_nothing(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.settings.mails_off.add(DONE)
    client().ship(str(order), replace(FIRST, parcels=(), notify_customer=True))
    (note,) = shop.notes(order)
    assert (note.text, note.customer_note) == ("Picqer 501", False)


def test_a_mail_that_the_key_may_not_look_at_counts_as_coming(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    body = '{"code":"woocommerce_rest_cannot_view","message":"Sorry."}'
    path = "settings/*"
    shop.faults.add(Fault(status=403, body=body, content_type="application/json", path=path))
    client().ship(str(order), replace(FIRST, notify_customer=True))
    assert mails(shop, order) == []


def test_a_shop_that_does_not_say_whether_it_mails_is_asked_again_before_anything_is_told(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.fail_next(500, path="settings/*")
    with pytest.raises(Unavailable):
        client().ship(str(order), replace(FIRST, notify_customer=True))
    assert shop.notes(order) == []


def test_a_silent_shipment_asks_nothing_about_mails(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    client().ship(str(order), FIRST)
    assert [asked.path for asked in shop.asked() if "settings" in asked.path] == []
