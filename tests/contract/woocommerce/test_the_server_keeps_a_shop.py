"""The WooCommerce server for tests keeps stock, amounts and refunds as WooCommerce does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from integration.testing.clock import HandClock
from tests.woocommerce.faults import Fault
from tests.woocommerce.lines import Coupon
from tests.woocommerce.server import WooCommerceServer

ROOT = "/wp-json/wc/v3"


@pytest.fixture(scope="module")
def moved() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def open_shop(moved: HandClock) -> Iterator[WooCommerceServer]:
    """Shared, so ids vary."""
    with WooCommerceServer(clock=moved.now) as shop:
        yield shop


@pytest.fixture
def shop(open_shop: WooCommerceServer) -> Iterator[WooCommerceServer]:
    yield open_shop
    open_shop.faults.clear()
    open_shop.plain_permalinks = False
    open_shop.settings.prices_include_tax = True


def call(
    shop: WooCommerceServer, method: str, path: str, body: Any = None, **query: Any
) -> requests.Response:
    key = shop.key
    auth = OAuth1(key.consumer_key, key.consumer_secret, signature_method="HMAC-SHA256")
    url = f"{shop.url}{ROOT}/{path}"
    return requests.request(method, url, params=query, json=body, auth=auth, timeout=5)


def test_stock_is_taken_and_given_back_with_the_status(shop: WooCommerceServer) -> None:
    product = shop.add_product("STOCKED", 10)
    loose = shop.add_product("LOOSE")
    order = shop.place_order((product, 3), (loose, 1), status="pending")
    assert shop.stock(product) == 10
    for status, left in [("on-hold", 7), ("processing", 7), ("cancelled", 10), ("completed", 7)]:
        shop.change_status(order, status)
        assert shop.stock(product) == left
    reduced, other = (line["meta_data"] for line in shop.order(order)["line_items"])
    assert [pair["value"] for pair in reduced] == ["3"]
    assert other == []
    assert shop.stock(loose) is None


def test_a_change_is_found_after_the_moment_before_it(
    shop: WooCommerceServer, moved: HandClock
) -> None:
    order = shop.place_order((shop.add_product("MOVED", 3), 1))
    moved.advance(3600)
    since = moved.now() - timedelta(seconds=1)
    shop.change_order(order, customer_note="Bel even aan")
    query = {"modified_after": f"{since:%Y-%m-%dT%H:%M:%S}", "dates_are_gmt": "true"}
    found = call(shop, "GET", "orders", orderby="modified", order="asc", **query)
    assert [each["id"] for each in found.json()] == [order]
    late = {**query, "modified_after": f"{moved.now():%Y-%m-%dT%H:%M:%S}"}
    assert call(shop, "GET", "orders", **late).json() == []
    with_zone = {**query, "modified_after": f"{since:%Y-%m-%dT%H:%M:%SZ}"}
    assert call(shop, "GET", "orders", **with_zone).json() == []


def test_amounts_are_shown_with_as_many_decimals_as_asked(shop: WooCommerceServer) -> None:
    product = shop.add_product("PRECISE", 9, price="18.50", tax_class="reduced-rate")
    order = shop.place_order((product, 2))
    shown = call(shop, "GET", f"orders/{order}", dp="6").json()
    (line,) = shown["line_items"]
    assert (line["total"], line["total_tax"]) == ("33.944954", "3.060000")
    assert line["taxes"] == [{"id": 2, "total": "3.055046", "subtotal": "3.055046"}]
    assert (line["price"], shown["total"]) == (16.972477, "37.000000")


def test_what_a_fault_hits_is_not_done_unless_it_commits(shop: WooCommerceServer) -> None:
    product = shop.add_product("FAULTY", 1)
    path = f"products/{product}"
    shop.fail_next(502, "<html>Bad gateway</html>")
    failed = call(shop, "PUT", path, {"stock_quantity": 5})
    assert (failed.status_code, failed.text) == (502, "<html>Bad gateway</html>")
    assert shop.stock(product) == 1
    shop.faults.add(Fault(path=path, commit=True, drop=True))
    with pytest.raises(requests.ConnectionError):
        call(shop, "PUT", path, {"stock_quantity": 5})
    assert shop.stock(product) == 5


def test_plain_permalinks_leave_no_rest_address(shop: WooCommerceServer) -> None:
    assert requests.get(f"{shop.url}/wp-json/", timeout=5).json()["namespaces"]
    shop.plain_permalinks = True
    page = call(shop, "GET", "orders")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=UTF-8")
    assert requests.get(f"{shop.url}/wp-json/", timeout=5).status_code == 404


def test_options_taxes_and_customers_are_shown(shop: WooCommerceServer) -> None:
    customer = shop.add_customer("soren@voorbeeld.test")
    shown = call(shop, "GET", f"customers/{customer}").json()
    assert (shown["email"], shown["date_created_gmt"][:10]) == (
        "soren@voorbeeld.test",
        "2026-11-23",
    )
    unit = call(shop, "GET", "settings/products/woocommerce_weight_unit").json()
    assert (unit["id"], unit["value"]) == ("woocommerce_weight_unit", "kg")
    rates = call(shop, "GET", "taxes", **{"class": "reduced-rate"}).json()
    assert [rate["rate"] for rate in rates] == ["9.0000"]
    assert call(shop, "GET", "customers/424242").status_code == 404


def test_what_a_customer_pays_is_the_prices_less_the_coupon(shop: WooCommerceServer) -> None:
    beans = shop.add_product("BEANS", 9, price="18.50", tax_class="reduced-rate")
    mug = shop.add_product("MUG", 9, price="24.95")
    order = shop.place_order((beans, 3), (mug, 2), coupons=[Coupon("VAST", amount=Decimal("7.01"))])
    assert shop.total(order) == 3 * Decimal("18.50") + 2 * Decimal("24.95") - Decimal("7.01")
    shown = shop.order(order)
    assert [line["code"] for line in shown["coupon_lines"]] == ["VAST"]
    assert Decimal(shown["discount_total"]) + Decimal(shown["discount_tax"]) == Decimal("7.01")


def test_prices_without_vat_get_it_on_top_and_abroad_none(shop: WooCommerceServer) -> None:
    shop.settings.prices_include_tax = False
    mug = shop.add_product("NET-MUG", 9, price="10.00")
    assert shop.total(shop.place_order((mug, 3))) == Decimal("36.30")
    abroad = shop.place_order((mug, 3), billing={"country": "DE"}, shipping={})
    assert (shop.total(abroad), shop.order(abroad)["tax_lines"]) == (Decimal("30.00"), [])


def test_a_discount_by_a_negative_fee_takes_its_vat_along(shop: WooCommerceServer) -> None:
    mug = shop.add_product("FEE-MUG", 9, price="121.00")
    order = shop.place_order((mug, 1), fees=[("Korting", "-10.00")], carriage=[("PostNL", "5.00")])
    assert shop.total(order) == Decimal("121.00") - Decimal("12.10") + Decimal("6.05")


def test_a_refund_puts_pieces_back_and_the_last_one_ends_the_order(
    shop: WooCommerceServer,
) -> None:
    mug = shop.add_product("BACK", 9, price="12.10")
    order = shop.place_order((mug, 3))
    (line,) = shop.order(order)["line_items"]
    shop.refund(order, "12.10", {line["id"]: (1, "10.00")}, taxes={line["id"]: {1: "2.10"}})
    assert (shop.stock(mug), shop.status(order)) == (7, "processing")
    (shown,) = call(shop, "GET", f"orders/{order}/refunds").json()
    (returned,) = shown["line_items"]
    assert (returned["quantity"], returned["total"], returned["total_tax"]) == (
        -1,
        "-10.00",
        "-2.10",
    )
    too_much = call(shop, "POST", f"orders/{order}/refunds", {"amount": "24.21"})
    assert (too_much.status_code, too_much.json()["message"]) == (400, "Invalid refund amount.")
    shop.refund(order, "24.20")
    assert (shop.stock(mug), shop.status(order)) == (7, "refunded")


def test_a_variation_may_live_on_its_parents_stock(shop: WooCommerceServer) -> None:
    ids = shop.add_variable_product(
        "TEE", {"S": ("TEE-S", None)}, manage_stock=True, stock_quantity=5
    )
    shop.place_order((ids["S"], 2))
    assert shop.stock("TEE") == 3
    shown = call(shop, "GET", f"products/{ids['']}/variations/{ids['S']}").json()
    assert (shown["manage_stock"], shown["stock_quantity"]) == ("parent", 3)


def test_stock_that_is_not_managed_is_not_written(shop: WooCommerceServer) -> None:
    loose = shop.add_product("UNCOUNTED")
    shown = call(shop, "PUT", f"products/{loose}", {"stock_quantity": 4}).json()
    assert (shown["manage_stock"], shown["stock_quantity"]) == (False, None)


def test_notes_of_a_person_are_found_among_the_shops_own(shop: WooCommerceServer) -> None:
    order = shop.place_order((shop.add_product("NOTED", 2), 1))
    sent = {"note": "Onderweg", "customer_note": True}
    assert call(shop, "POST", f"orders/{order}/notes", sent).status_code == 201
    listed = call(shop, "GET", f"orders/{order}/notes").json()
    assert [each["note"] for each in listed if each["customer_note"]] == ["Onderweg"]
    assert len(listed) > 1
    assert [note.text for note in shop.notes(order)] == ["Onderweg"]
    assert [mail.kind for mail in shop.mails(order)][-1] == "customer_note"


def test_an_order_in_the_trash_is_read_but_not_listed(shop: WooCommerceServer) -> None:
    order = shop.place_order((shop.add_product("TRASHED", 2), 1))
    shop.trash_order(order)
    assert call(shop, "GET", f"orders/{order}").json()["status"] == "trash"
    assert order not in [each["id"] for each in call(shop, "GET", "orders", per_page=100).json()]
    listed = call(shop, "GET", "orders", status="trash").json()
    assert [each["id"] for each in listed] == [order]
    shop.restore_order(order)
    assert shop.status(order) == "processing"
