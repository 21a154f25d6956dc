"""Reading lists of a WooCommerce shop while the shop goes on changing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integration.errors import Unavailable
from integration.testing.clock import HandClock
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce import pages
from integration.webshops.woocommerce.pages import ChangedRows, every_row
from integration.webshops.woocommerce.rest import ShopRest
from tests.contract.woocommerce.conftest import Client, Settings
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ONLY = {"_fields": "id,date_modified_gmt"}


class ShopClock:
    """The shop's clock, moved by hand."""

    def __init__(self) -> None:
        self.instant = NOON

    def __call__(self) -> datetime:
        return self.instant

    def tick(self, seconds: float = 1) -> None:
        self.instant += timedelta(seconds=seconds)


@pytest.fixture
def shop_clock() -> ShopClock:
    return ShopClock()


@pytest.fixture
def shop(shop_clock: ShopClock) -> Iterator[WooCommerceServer]:
    with WooCommerceServer(clock=shop_clock) as server:
        yield server


@pytest.fixture
def rest(settings_of: Settings, guard: OpenGuard) -> ShopRest:
    return ShopRest(settings_of(), "nl", guard, HandClock(NOON))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 4)


def rows_since(rest: ShopRest, since: datetime = NOON) -> Iterator[pages.Changed]:
    return ChangedRows(rest, "/orders", ONLY).since(since)


def place(shop: WooCommerceServer, clock: ShopClock, count: int, seconds: float = 1) -> list[int]:
    """Several orders, each so many seconds after the one before."""
    shop.add_product(f"MUG-{clock.instant.timestamp()}", 1000)
    orders = []
    for _ in range(count):
        clock.tick(seconds)
        orders.append(shop.place_order((f"MUG-{NOON.timestamp()}", 1)))
    return orders


def test_orders_come_in_order_of_change_each_once(
    shop: WooCommerceServer, shop_clock: ShopClock, rest: ShopRest
) -> None:
    orders = place(shop, shop_clock, 11)
    assert [row.id for row in rows_since(rest)] == orders


def test_orders_that_change_while_paging_hide_no_other_order(
    shop: WooCommerceServer, shop_clock: ShopClock, rest: ShopRest
) -> None:
    """By page number each of these changes would let one order slip past unseen."""
    orders = place(shop, shop_clock, 12)
    seen: list[int] = []
    changed = 0
    for row in rows_since(rest):
        seen.append(row.id)
        if row.id in orders[:3] and changed < 3:
            changed += 1
            shop_clock.tick()
            shop.change_order(row.id, customer_note="changed")
    assert set(seen) == set(orders)
    assert [row for row in seen if row in orders[3:]] == orders[3:]
    assert sorted(row for row in seen if row in orders[:3]) == sorted(orders[:3] * 2)


def test_more_orders_in_one_second_than_a_page_holds_are_all_found(
    shop: WooCommerceServer, shop_clock: ShopClock, rest: ShopRest
) -> None:
    before = place(shop, shop_clock, 2)
    crowd = place_at_once(shop, shop_clock, 11)
    after = place(shop, shop_clock, 6)
    assert [row.id for row in rows_since(rest)] == before + crowd + after


def place_at_once(shop: WooCommerceServer, clock: ShopClock, count: int) -> list[int]:
    clock.tick()
    return [shop.place_order((f"MUG-{NOON.timestamp()}", 1)) for _ in range(count)]


def test_orders_of_a_crowded_second_that_change_meanwhile_hide_no_other_order(
    shop: WooCommerceServer, shop_clock: ShopClock, rest: ShopRest
) -> None:
    place(shop, shop_clock, 1)
    crowd = place_at_once(shop, shop_clock, 11)
    seen: list[int] = []
    for row in rows_since(rest):
        seen.append(row.id)
        if row.id in crowd[:2] and seen.count(row.id) == 1:
            shop_clock.tick()
            shop.change_order(row.id, customer_note="changed")
    assert set(crowd) <= set(seen)


def test_an_order_in_the_waste_basket_has_changed_too(
    shop: WooCommerceServer, shop_clock: ShopClock, client: Client
) -> None:
    first, second, third = place(shop, shop_clock, 3)
    shop_clock.tick()
    shop.trash_order(second)
    changes = list(client().orders_changed_since(NOON - timedelta(days=1)))
    assert [change.id for change in changes] == [str(first), str(third), str(second)]
    assert changes[-1].updated_at == shop_clock.instant


def test_a_shop_whose_clock_is_behind_is_asked_in_its_own_time(
    shop: WooCommerceServer, shop_clock: ShopClock, settings_of: Settings, guard: OpenGuard
) -> None:
    orders = place(shop, shop_clock, 2)
    ours = HandClock(NOON + timedelta(hours=1))
    rest = ShopRest(settings_of(), "nl", guard, ours)
    assert [row.id for row in rows_since(rest, ours.now())] == orders


def test_a_list_in_any_order_is_read_whole_and_in_order_of_change(
    shop: WooCommerceServer, shop_clock: ShopClock, rest: ShopRest
) -> None:
    orders = place(shop, shop_clock, 11)
    rows = [(orders[10], "2026-11-23T12:00:11"), (orders[1], "2026-11-23T12:00:02")]
    shown = [{"id": order, "date_modified_gmt": moment} for order, moment in rows]
    shop.faults.add(
        Fault(
            status=200,
            body=json.dumps(shown),
            content_type="application/json",
            headers={"X-WP-TotalPages": "3"},
        )
    )
    assert [row.id for row in rows_since(rest)] == orders


def test_a_list_that_begins_before_what_was_asked_for_is_not_believed(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    rows = '[{"id":2,"date_modified_gmt":"2025-01-01T00:00:00"}]'
    shop.faults.add(Fault(status=200, body=rows, content_type="application/json"))
    with pytest.raises(Unavailable, match="too early"):
        list(rows_since(rest))


def test_a_second_that_never_comes_to_rest_is_given_up(
    shop: WooCommerceServer,
    shop_clock: ShopClock,
    rest: ShopRest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "MAX_PASSES", 2)
    place(shop, shop_clock, 1)
    newest = place_at_once(shop, shop_clock, 6)[-1]
    with pytest.raises(Unavailable, match="faster than it can be read"):
        for row in rows_since(rest):
            if row.id == newest:
                newest = shop.place_order((f"MUG-{NOON.timestamp()}", 1))


def test_a_list_without_end_is_given_up(
    shop: WooCommerceServer,
    shop_clock: ShopClock,
    rest: ShopRest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "MAX_PAGES", 5)
    place(shop, shop_clock, 5)
    with pytest.raises(Unavailable, match="does not come to an end"):
        for _ in rows_since(rest):
            place(shop, shop_clock, 2)


def test_a_page_with_fewer_rows_than_asked_for_is_not_the_last_one(
    shop: WooCommerceServer, shop_clock: ShopClock, rest: ShopRest
) -> None:
    """WooCommerce leaves out of a page what it cannot show, and counts it all the same."""
    orders = place(shop, shop_clock, 5)
    row = f'[{{"id":{orders[0]},"date_modified_gmt":"2026-11-23T12:00:01"}}]'
    shop.faults.add(
        Fault(
            status=200,
            body=row,
            content_type="application/json",
            headers={"X-WP-TotalPages": "2", "X-WP-Total": "5"},
        )
    )
    assert [row.id for row in rows_since(rest)] == orders


def test_products_that_are_deleted_while_paging_hide_no_other_product(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    products = [shop.add_product(f"MUG-{number}", 1) for number in range(14)]
    seen: list[int] = []
    for row in every_row(rest, "/products", {"_fields": "id"}):
        assert isinstance(row, dict)
        seen.append(row["id"])
        if row["id"] == products[3]:
            for gone in products[:3]:
                shop.trash_product(gone)
    assert seen == products


def test_many_products_deleted_at_once_hide_no_other_product(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    products = [shop.add_product(f"MUG-{number}", 1) for number in range(21)]
    seen: list[int] = []
    for row in every_row(rest, "/products", {"_fields": "id"}):
        assert isinstance(row, dict)
        seen.append(row["id"])
        if row["id"] == products[11]:
            for gone in products[:9]:
                shop.trash_product(gone)
    assert seen == products


def test_a_list_that_is_not_in_order_of_id_is_not_believed(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    shop.faults.add(Fault(status=200, body='[{"id":2},{"id":1}]', content_type="application/json"))
    with pytest.raises(Unavailable, match="order of id"):
        list(every_row(rest, "/products", {}))
