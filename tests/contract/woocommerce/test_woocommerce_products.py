"""Products and orders of a WooCommerce shop as its client gives them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integration.errors import NotFound, Unavailable, Unmappable
from integration.policy import ShopPolicy
from integration.testing.clock import HandClock
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce.client import Connecting, WooCommerce
from tests.contract.woocommerce.conftest import Client, Settings
from tests.woocommerce.server import WooCommerceServer

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def shirt(shop: WooCommerceServer) -> dict[str, int]:
    return shop.add_variable_product(
        "TSH",
        {"S": ("TSH-S", 3), "M": ("TSH-M", 4)},
        weight="0.2",
        description="Zacht",
    )


def at(other: WooCommerceServer, client: Client, clock: HandClock | None = None) -> WooCommerce:
    """A client of another shop than the open one."""
    keys = {"consumer_key": other.key.consumer_key, "consumer_secret": other.key.consumer_secret}
    return client(clock, url=other.url, **keys)


# --- one product ----------------------------------------------------------------------------------


def test_a_variation_is_found_with_and_without_its_product(
    client: Client, shirt: dict[str, int]
) -> None:
    full = f"{shirt['']}/{shirt['M']}"
    product = client().product(full)
    assert (product.id, product.sku, product.name) == (full, "TSH-M", "TSH - M")
    assert (product.weight_g, product.description, product.active) == (200, "Zacht", True)
    assert client().product(str(shirt["M"])) == product


def test_a_variable_product_has_nothing_that_picqer_could_know(
    client: Client, shirt: dict[str, int]
) -> None:
    product = client().product(str(shirt[""]))
    assert (product.sku, product.active) == (None, False)


@pytest.mark.parametrize("product_id", ["", "abc", "0", "11/", "11/12/13", "../orders/1", "٣"])
def test_what_cannot_be_an_id_is_not_asked_for(
    shop: WooCommerceServer, client: Client, product_id: str
) -> None:
    with pytest.raises(NotFound):
        client().product(product_id)
    assert shop.asked() == []


def test_a_variation_of_another_product_is_not_found(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    mug = shop.add_product("MUG")
    for wrong in (f"{mug}/{shirt['M']}", f"{shirt['']}/{mug}"):
        with pytest.raises(NotFound):
            client().product(wrong)


def test_a_product_in_the_waste_basket_is_not_found(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    shop.trash_product(shirt[""])
    for gone in (str(shirt[""]), f"{shirt['']}/{shirt['M']}"):
        with pytest.raises(NotFound):
            client().product(gone)


def test_a_draft_is_not_active(shop: WooCommerceServer, client: Client) -> None:
    assert not client().product(str(shop.add_product("MUG", status="draft"))).active


def test_the_shops_settings_are_asked_for_once_in_ten_minutes(
    shop: WooCommerceServer, settings_of: Settings, policy: ShopPolicy, guard: OpenGuard
) -> None:
    mug, clock, connect = str(shop.add_product("MUG")), HandClock(), Connecting()
    for _ in range(2):
        connect(settings_of(), policy, guard, clock).product(mug)
    assert len(shop.asked("GET", "/taxes")) == 1
    clock.advance(601)
    connect(settings_of(), policy, guard, clock).product(mug)
    assert len(shop.asked("GET", "/taxes")) == 2


def test_prices_follow_the_settings_of_the_shop(shop: WooCommerceServer, client: Client) -> None:
    mug = str(shop.add_product("MUG", price="12.10"))
    assert client().product(mug).price_net == 10
    shop.settings.prices_include_tax = False
    assert client().product(mug).price_net == Decimal("12.10")


# --- all that changed -----------------------------------------------------------------------------


@pytest.mark.parametrize("lists_variations", [True, False])
def test_changed_products_are_listed_with_all_their_variations(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int], lists_variations: bool
) -> None:
    shop.settings.lists_variations = lists_variations
    mug = str(shop.add_product("MUG"))
    shop.add_product("SET", type="grouped")
    found = list(client().products_changed_since(LONG_AGO))
    parent = shirt[""]
    assert {product.id for product in found} == {
        mug,
        f"{parent}/{shirt['S']}",
        f"{parent}/{shirt['M']}",
    }
    one = client().product(f"{parent}/{shirt['M']}")
    listed = next(product for product in found if product.id == one.id)
    assert (listed.name, listed.price_net, listed.weight_g) == (one.name, one.price_net, 200)
    assert listed.revision == one.revision


@pytest.mark.parametrize("lists_variations", [True, False])
def test_a_variation_that_changed_by_itself_is_not_missed(
    client: Client, lists_variations: bool
) -> None:
    # An older shop is asked for it only after a standstill: else its webhook tells.
    now = [datetime.now(UTC) - timedelta(days=2)]
    with WooCommerceServer(clock=lambda: now[0]) as other:
        other.settings.lists_variations = lists_variations
        ids = other.add_variable_product("TSH", {"S": ("TSH-S", 3), "M": ("TSH-M", 4)})
        now[0] += timedelta(days=2)
        other.change_product(ids["M"], weight="0.5")
        found = list(at(other, client).products_changed_since(now[0] - timedelta(minutes=61)))
    assert [product.id for product in found] == [f"{ids['']}/{ids['M']}"]
    assert found[0].weight_g == 500


@pytest.mark.parametrize("lists_variations", [True, False])
@pytest.mark.parametrize(("hour", "requests"), [(12, 2), (1, 4)], ids=["by day", "by night"])
def test_a_poll_of_a_shop_in_which_nothing_changed_takes_two_requests(
    client: Client, lists_variations: bool, hour: int, requests: int
) -> None:
    # By night, when clocks may be changed, each question is asked in both times of the shop.
    ours = HandClock(datetime(2026, 11, 23, hour, 30, tzinfo=UTC))
    now = [ours.now() - timedelta(days=2)]
    with WooCommerceServer(clock=lambda: now[0]) as other:
        other.settings.lists_variations = lists_variations
        for place in range(12):
            sizes: dict[str, tuple[str, int | None]] = {
                size: (f"T{place}-{size}", 1) for size in "SML"
            }
            other.add_variable_product(f"T{place}", sizes)
        now[0] = ours.now()
        polled = at(other, client, ours).products_changed_since(now[0] - timedelta(minutes=15))
        assert list(polled) == []
        assert len(other.asked()) <= requests


def test_an_old_shop_is_asked_for_the_variations_of_what_changed_alone(client: Client) -> None:
    now = [datetime.now(UTC) - timedelta(days=2)]
    with WooCommerceServer(clock=lambda: now[0]) as other:
        other.settings.lists_variations = False
        shirts = [
            other.add_variable_product(name, {"S": (f"{name}-S", 1), "M": (f"{name}-M", 1)})
            for name in ("TSH", "POLO", "CAP")
        ]
        now[0] += timedelta(days=2)
        other.change_product(shirts[1][""], weight="0.5")
        found = list(at(other, client).products_changed_since(now[0] - timedelta(minutes=15)))
        assert [product.sku for product in found] == ["POLO-S", "POLO-M"]
        assert len(other.asked("GET", "/variations")) == 2


def test_the_first_poll_of_an_old_shop_lists_each_products_variations_once(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    shop.settings.lists_variations = False
    found = [product.sku for product in client().products_changed_since(LONG_AGO)]
    assert found == ["TSH-S", "TSH-M"]
    assert len(shop.asked("GET", f"/products/{shirt['']}/variations")) == 1


def test_a_product_that_cannot_be_read_does_not_hold_up_the_others(
    shop: WooCommerceServer, client: Client
) -> None:
    shop.add_product("MUG", weight="heavy")
    pen = shop.add_product("PEN")
    found: list[str] = []
    with pytest.raises(Unmappable, match="weight"):
        found.extend(product.id for product in client().products_changed_since(LONG_AGO))
    assert found == [str(pen)]


# --- orders ---------------------------------------------------------------------------------------


def test_an_order_asks_for_nothing_that_it_does_not_need(
    shop: WooCommerceServer, client: Client
) -> None:
    shop.add_product("MUG", 4)
    order = client().order(str(shop.place_order(("MUG", 2))))
    assert [asked.path.rpartition("/v3/")[2] for asked in shop.asked()] == [
        f"orders/{order.id}",
        "products",
    ]
    assert shop.asked()[0].query["dp"] == "6"
    assert order.customer.id is None


def test_the_age_of_a_customers_account_is_asked_for(
    shop: WooCommerceServer, client: Client
) -> None:
    shop.add_product("MUG", 4)
    customer = shop.add_customer("a@voorbeeld.test")
    order = client().order(str(shop.place_order(("MUG", 2), customer_id=customer)))
    created_at = order.customer.created_at
    assert order.customer.id == str(customer)
    assert created_at is not None
    assert datetime.now(UTC) - created_at < timedelta(minutes=5)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_customer_that_cannot_be_read_does_not_hold_up_the_order(
    shop: WooCommerceServer, client: Client, status: int
) -> None:
    shop.add_product("MUG", 4)
    customer = shop.add_customer("a@voorbeeld.test")
    order = shop.place_order(("MUG", 2), customer_id=customer)
    body = '{"code":"woocommerce_rest_invalid_id","message":"Invalid.","data":{}}'
    shop.fail_next(status, body, path="customers/*")
    assert client().order(str(order)).customer.created_at is None


def test_a_shop_that_is_down_does_hold_up_the_order(
    shop: WooCommerceServer, client: Client
) -> None:
    shop.add_product("MUG", 4)
    customer = shop.add_customer("a@voorbeeld.test")
    order = shop.place_order(("MUG", 2), customer_id=customer)
    shop.fail_next(503, path="customers/*")
    with pytest.raises(Unavailable):
        client().order(str(order))


def test_virtual_lines_are_not_shipped_with_or_without_sku(
    shop: WooCommerceServer, client: Client, shirt: dict[str, int]
) -> None:
    card = shop.add_product("CARD", virtual=True)
    nameless = shop.add_product("", virtual=True)
    loose = shop.add_product("", 3)
    shop.change_product(shirt["S"], virtual=True)
    lines = [(card, 1), (nameless, 1), (loose, 1), ("TSH-S", 1), ("TSH-M", 1)]
    order = client().order(str(shop.place_order(*lines)))
    assert [line.requires_shipping for line in order.lines] == [False, False, True, False, True]


def test_a_virtual_line_is_not_shipped_when_its_product_was_thrown_away_meanwhile(
    shop: WooCommerceServer, client: Client
) -> None:
    voucher, loose = shop.add_product("", virtual=True), shop.add_product("", 3)
    gone = shop.add_product("", virtual=True)
    order_id = shop.place_order((voucher, 1), (loose, 1), (gone, 1))
    shop.trash_product(voucher)
    shop.trash_product(loose)
    with shop.books.lock:
        del shop.books.products[gone]
    order = client().order(str(order_id))
    assert [line.requires_shipping for line in order.lines] == [False, True, True]


def test_what_was_given_back_is_asked_for(shop: WooCommerceServer, client: Client) -> None:
    shop.add_product("MUG", 4)
    order = shop.place_order(("MUG", 2))
    before = client().order(str(order))
    shop.refund(order, "18.50", {int(before.lines[0].id): (1, "15.29")})
    after = client().order(str(order))
    assert after.lines[0].quantity == 1
    assert len(shop.asked("GET", f"orders/{order}/refunds")) == 1


def test_an_order_that_is_gone_is_not_found(shop: WooCommerceServer, client: Client) -> None:
    shop.add_product("MUG", 4)
    order = shop.place_order(("MUG", 2))
    shop.erase_order(order)
    with pytest.raises(NotFound):
        client().order(str(order))
