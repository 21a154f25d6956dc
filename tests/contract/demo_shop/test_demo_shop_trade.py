"""What people do in the demo shop, and what the books say afterwards."""

from decimal import Decimal
from typing import Any

import pytest

from integration.sandbox.shop import OrderedLine, SandboxShop
from integration.testing.clock import HandClock


def _order(shop: SandboxShop, order_id: str) -> dict[str, Any]:
    return shop.books.orders[order_id]


@pytest.fixture
def stocked(shop: SandboxShop) -> SandboxShop:
    shop.add_demo_products()
    return shop


def test_the_usual_order_is_a_paid_dutch_guest_order_that_holds_stock(
    stocked: SandboxShop,
) -> None:
    order = _order(stocked, stocked.place_order([("MUG-BLUE", 2)]))
    assert (order["payment_status"], order["release"]) == ("paid", True)
    assert (order["paid_at"], order["placed_at"]) == ("2026-11-23T12:00:00Z",) * 2
    assert order["customer"]["id"] is None
    assert order["shipping_address"]["country"] == "NL"
    assert order["billing_address"] == order["shipping_address"]
    assert order["holds_stock"] is True
    assert order["fulfillment_status"] == "unfulfilled"
    assert stocked.books.sellable["MUG-BLUE"] == 34


def test_totals_are_right_to_the_cent(stocked: SandboxShop) -> None:
    order = _order(stocked, stocked.place_order([("MUG-BLUE", 2)]))
    assert order["totals"] == {"net": "20.53", "tax": "4.31", "gross": "24.84"}
    assert order["lines"][0]["unit_price_net"] == "8.2200"


def test_vat_is_rounded_once_per_rate_and_a_discount_lowers_it(stocked: SandboxShop) -> None:
    lines = [
        OrderedLine(sku="TEA-EARL", quantity=3, unit_price_net=Decimal("5.4587")),
        OrderedLine(sku="SPOON-OAK", quantity=1),
    ]
    order_id = stocked.place_order(lines, discount_net="2.00", fee_net="1.50", shipping_net="4.09")
    order = _order(stocked, order_id)
    # 9 %: 16.38 -> 1.4742; 21 %: 3.26 + 4.09 + 1.50 - 2.00 = 6.85 -> 1.4385
    assert order["totals"] == {"net": "23.23", "tax": "2.91", "gross": "26.14"}
    assert order["discounts"][0]["net"] == "-2.00"
    assert order["fees"][0]["net"] == "1.50"


@pytest.mark.parametrize(
    ("options", "status", "release"),
    [
        ({"paid": False}, "unpaid", False),
        ({"authorized": True}, "authorized", False),
        ({"on_account": True}, "unpaid", True),
        ({}, "paid", True),
    ],
)
def test_only_what_is_paid_or_on_account_is_released(
    stocked: SandboxShop, options: Any, status: str, release: bool
) -> None:
    order = _order(stocked, stocked.place_order([("MUG-RED", 1)], **options))
    assert (order["payment_status"], order["release"]) == (status, release)
    assert (order["paid_at"] is None) is (status != "paid")
    assert stocked.books.sellable["MUG-RED"] == 23


def test_a_foreign_order_carries_the_vat_of_its_country(stocked: SandboxShop) -> None:
    order = _order(stocked, stocked.place_order([("MUG-BLUE", 1), ("TEA-EARL", 1)], country="DE"))
    assert [line["tax_rate"] for line in order["lines"]] == ["19", "7"]
    assert order["shipping_lines"][0]["tax_rate"] == "19"
    assert order["shipping_address"]["city"] == "Berlin"
    export = _order(stocked, stocked.place_order([("MUG-BLUE", 1)], country="US"))
    assert export["totals"]["tax"] == "0.00"


def test_the_odd_orders_that_a_shop_can_send_are_one_option_each(stocked: SandboxShop) -> None:
    virtual = OrderedLine(sku="PDF", requires_shipping=False)
    order_id = stocked.place_order(
        [("NOT-IN-THE-SHOP", 1), OrderedLine(sku=None), virtual],
        name=None,
        company="Voorbeeld B.V.",
        vat_number="NL000000000B01",
        email=None,
        currency="USD",
        test=True,
        number="W-7",
        shipping_net=None,
        ship_to_country="BE",
        customer_note="Bel aan bij de buren",
        pickup_point={"id": "P1"},
        attributes={"source": "fair"},
    )
    order = _order(stocked, order_id)
    assert [line["sku"] for line in order["lines"]] == ["NOT-IN-THE-SHOP", None, "PDF"]
    assert [line["product_id"] for line in order["lines"]] == [None, None, None]
    assert order["lines"][2]["requires_shipping"] is False
    assert order["customer"]["vat_number"] == "NL000000000B01"
    address = order["shipping_address"]
    assert (address["name"], address["company"]) == (None, "Voorbeeld B.V.")
    assert (address["country"], order["billing_address"]["country"]) == ("BE", "NL")
    assert (order["currency"], order["test"], order["number"]) == ("USD", True, "W-7")
    assert order["shipping_lines"] == []


def test_a_customer_with_an_account_is_named_on_the_order(
    stocked: SandboxShop, clock: HandClock
) -> None:
    customer = stocked.add_customer("A. Jansen", "a@example.org", company="Jansen B.V.")
    clock.advance(90)
    order = _order(stocked, stocked.place_order([("MUG-BLUE", 1)], customer=customer))
    assert order["customer"]["id"] == customer
    assert order["customer"]["created_at"] == "2026-11-23T12:00:00Z"
    assert order["shipping_address"]["company"] == "Jansen B.V."
    with pytest.raises(KeyError):
        stocked.place_order([("MUG-BLUE", 1)], customer="nobody")


def test_paying_later_releases_the_order_and_says_when(
    stocked: SandboxShop, clock: HandClock
) -> None:
    order_id = stocked.place_order([("MUG-BLUE", 1)], paid=False)
    clock.advance(60)
    stocked.pay_order(order_id)
    order = _order(stocked, order_id)
    assert (order["payment_status"], order["release"]) == ("paid", True)
    assert order["paid_at"] == order["updated_at"] == "2026-11-23T12:01:00Z"
    assert stocked.books.sellable["MUG-BLUE"] == 35


def test_cancelling_gives_the_goods_back_once(stocked: SandboxShop) -> None:
    order_id = stocked.place_order([("MUG-BLUE", 2)])
    stocked.cancel_order(order_id)
    stocked.cancel_order(order_id)
    order = _order(stocked, order_id)
    assert (order["cancelled"], order["holds_stock"], order["release"]) == (True, False, False)
    assert stocked.books.sellable["MUG-BLUE"] == 36
    assert stocked.books.person_did == {order_id: "cancelled"}


def test_cancelling_what_was_shipped_gives_nothing_back(stocked: SandboxShop) -> None:
    order_id = stocked.place_order([("MUG-BLUE", 2)])
    stocked.complete_by_person(order_id)
    stocked.cancel_order(order_id)
    assert stocked.books.sellable["MUG-BLUE"] == 34


def test_a_deleted_order_is_in_no_list_and_its_goods_go_back(stocked: SandboxShop) -> None:
    order_id = stocked.place_order([("MUG-BLUE", 2)])
    stocked.delete_order(order_id)
    assert stocked.books.orders == {}
    assert stocked.books.changed_since("orders", None, 0, 100) == ([], None)
    assert stocked.books.sellable["MUG-BLUE"] == 36


def test_a_refund_in_part_lowers_what_is_to_be_shipped(stocked: SandboxShop) -> None:
    order_id = stocked.place_order([("MUG-BLUE", 3), ("MUG-RED", 1)])
    stocked.refund(order_id, {"1": 2})
    order = _order(stocked, order_id)
    assert [line["quantity"] for line in order["lines"]] == [1, 1]
    assert (order["payment_status"], order["release"]) == ("partially_refunded", True)
    assert order["totals"]["net"] == "20.53"
    assert stocked.books.sellable["MUG-BLUE"] == 35
    with pytest.raises(ValueError, match=order_id):
        stocked.refund(order_id, {"1": 2})


def test_a_refund_of_everything_takes_the_order_back(stocked: SandboxShop) -> None:
    order_id = stocked.place_order([("MUG-BLUE", 3)])
    stocked.refund(order_id)
    order = _order(stocked, order_id)
    assert (order["payment_status"], order["release"]) == ("refunded", False)
    assert order["lines"][0]["quantity"] == 0
    assert order["totals"]["gross"] == "0.00"
    assert stocked.books.sellable["MUG-BLUE"] == 36


def test_an_order_as_given_is_kept_as_given(stocked: SandboxShop) -> None:
    given = {"id": "1001", "lines": "none", "updated_at": "2020-01-01T00:00:00Z"}
    assert stocked.add_order(given) == "1001"
    assert _order(stocked, "1001") == given
    assert stocked.add_order({}) == "1002"
    assert stocked.place_order([("MUG-BLUE", 1)]) == "1003"
    stocked.cancel_order("1001")
    assert _order(stocked, "1001")["cancelled"] is True


def test_a_sku_belongs_to_one_product_and_takes_its_stock_along(stocked: SandboxShop) -> None:
    with pytest.raises(ValueError, match="MUG-BLUE"):
        stocked.add_product(sku="MUG-BLUE")
    product = stocked.books.product_of("MUG-BLUE")
    assert product is not None
    stocked.change_product(
        product.id, sku="MUG-NAVY", price_net="9.10", image_urls=["https://x.test/a.png"]
    )
    assert stocked.books.product_of("MUG-BLUE") is None
    changed = stocked.books.products[product.id]
    assert (changed.price_net, changed.image_urls) == (Decimal("9.10"), ("https://x.test/a.png",))
    assert stocked.books.sellable["MUG-NAVY"] == 36
    assert "MUG-BLUE" not in stocked.books.sellable


def test_a_product_may_lack_a_sku_and_gain_one_later(shop: SandboxShop) -> None:
    product_id = shop.add_product(name="Nameless")
    assert shop.books.document("products", product_id)["sku"] is None
    assert shop.books.product_of(None) is None
    shop.change_product(product_id, sku="NAMED")
    assert shop.books.sellable == {"NAMED": 0}
    shop.set_sellable("NAMED", 4)
    assert shop.books.sellable == {"NAMED": 4}
    shop.change_product(product_id, sku=None)
    assert shop.books.sellable == {}
    with pytest.raises(KeyError):
        shop.set_sellable("NAMED", 4)


def test_a_person_may_edit_any_field_of_an_order(stocked: SandboxShop) -> None:
    order_id = stocked.place_order([("MUG-BLUE", 1)])
    stocked.change_order(order_id, customer_note="Achterom")
    assert _order(stocked, order_id)["customer_note"] == "Achterom"
