"""Reading a WooCommerce shop through a cache that answers with what was true a while ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integration.errors import NotFound, Unavailable
from integration.ports import ShopAnswer
from integration.testing.clock import HandClock
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce.caches import Cached, cache_named
from integration.webshops.woocommerce.rest import ShopRest
from tests.contract.woocommerce.conftest import Client, Settings
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def order(shop: WooCommerceServer) -> int:
    shop.add_product("MUG", 5)
    return shop.place_order(("MUG", 1), status="pending")


def test_a_payment_is_seen_through_a_cache_that_keeps_every_address(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.cache.kind = "address"
    assert client().order(str(order)).release is False
    shop.change_status(order, "processing")
    assert client().order(str(order)).release is True


def test_an_order_that_was_cancelled_is_not_dragged_back_by_what_a_cache_kept(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    shop.cache.kind = "address"
    shop.change_status(order, "processing")
    client().order(str(order))
    shop.change_status(order, "cancelled")
    assert client().complete(str(order)) is ShopAnswer.LEFT_AS_IS
    assert shop.status(order) == "cancelled"


@pytest.mark.parametrize(
    "told",
    [{"Age": "31"}, {"X-Cache": "HIT"}, {"X-LiteSpeed-Cache": "hit"}, {"CF-Cache-Status": "HIT"}],
)
def test_a_cache_that_ignores_the_query_is_not_believed(
    shop: WooCommerceServer, client: Client, order: int, told: dict[str, str]
) -> None:
    shop.cache.kind = "path"
    shop.cache.told = told
    client().order(str(order))
    with pytest.raises(Unavailable, match="exclude addresses that begin with /wp-json/wc/"):
        client().order(str(order))
    with pytest.raises(Cached, match=next(iter(told))):
        client().complete(str(order))
    assert shop.asked("PUT") == []


def test_an_order_that_only_a_cache_does_not_know_is_asked_for_again(
    shop: WooCommerceServer, client: Client, order: int
) -> None:
    body = '{"code":"woocommerce_rest_shop_order_invalid_id","message":"Invalid ID."}'
    json = "application/json"
    shop.faults.add(Fault(status=404, body=body, content_type=json, headers={"Age": "5"}))
    shop.faults.add(Fault(status=404, body=body, content_type=json, headers={"Age": "0"}))
    with pytest.raises(Cached):
        client().order(str(order))
    with pytest.raises(NotFound):
        client().order(str(order))


@pytest.fixture
def kept_shop() -> Iterator[WooCommerceServer]:
    with WooCommerceServer(clock=lambda: NOON) as server:
        server.cache.kind = "path"
        server.cache.told = {"Age": "3600"}
        yield server


def test_the_time_of_a_kept_answer_is_not_taken_for_the_shops(
    kept_shop: WooCommerceServer, settings_of: Settings, guard: OpenGuard
) -> None:
    clock = HandClock(NOON)
    rest = ShopRest(settings_of(url=kept_shop.url), "nl", guard, clock)
    rest.rows("/orders")
    assert rest.clock.offset == timedelta(0)
    clock.advance(3600)
    with pytest.raises(Cached):
        rest.rows("/orders")
    assert rest.clock.offset == timedelta(0)


def test_each_reading_asks_for_a_fresh_answer_at_an_address_of_its_own(
    shop: WooCommerceServer, settings_of: Settings, guard: OpenGuard
) -> None:
    tokens = iter(["one", "two"])
    rest = ShopRest(settings_of(), "nl", guard, HandClock(), token=lambda: next(tokens))
    rest.rows("/orders", {"status": "any"})
    rest.rows("/orders", {"status": "any"})
    assert [asked.query["_"] for asked in shop.asked()] == ["one", "two"]
    assert [asked.status for asked in shop.asked()] == [200, 200]


def test_what_is_written_has_no_such_parameter(
    shop: WooCommerceServer, rest: ShopRest, order: int
) -> None:
    rest.put(f"/orders/{order}", {"customer_note": "x"})
    (asked,) = shop.asked()
    assert "_" not in asked.query


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Age", "1", True),
        ("Age", "0", False),
        ("Age", "no number", False),
        ("X-Cache", "MISS, HIT", True),
        ("X-Cache", "Hit from cloudfront", True),
        ("X-Cache", "Miss from cloudfront", False),
        ("X-Cache", "RefreshHit from cloudfront", False),
        ("X-Cache", "TCP_HIT from a1", True),
        ("X-LiteSpeed-Cache", "hit,private", True),
        ("X-LiteSpeed-Cache", "miss", False),
        ("X-LiteSpeed-Cache-Control", "no-cache", False),
        ("CF-Cache-Status", "STALE", True),
        ("CF-Cache-Status", "UPDATING", True),
        ("CF-Cache-Status", "DYNAMIC", False),
        ("CF-Cache-Status", "EXPIRED", False),
    ],
)
def test_what_says_that_a_cache_answered(name: str, value: str, kept: bool) -> None:
    assert cache_named({name: value}) == (name if kept else None)
