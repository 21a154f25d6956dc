"""The custom connector against answers that a decent shop would not give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from responses import matchers

from integration.errors import Refused, Unavailable, Unmappable
from integration.http.pictures import LARGEST_PICTURE
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import StockItem
from integration.testing.clock import NOON, HandClock
from integration.testing.open_doors import OpenGuard
from integration.webshops.custom.client import CustomWebshop
from integration.webshops.custom.settings import CustomSettings

SHOP = "https://shop.example.com"
URL = f"{SHOP}/bridge"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def query_of(call: responses.Call) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(call.request.url or "").query))


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def webshop(settings: CustomSettings) -> CustomWebshop:
    policy = ShopPolicy("nl", AccountPolicy("main"), frozenset())
    return CustomWebshop(settings, policy, OpenGuard(), HandClock())


def test_the_token_and_the_contract_go_along(
    web: responses.RequestsMock, webshop: CustomWebshop, product: dict[str, Any]
) -> None:
    expected = {"Authorization": "Bearer token-of-the-shop", "Bridge-Contract": "1"}
    web.get(f"{URL}/products/9", json=product, match=[matchers.header_matcher(expected)])
    assert webshop.product("9").sku == "MUG-BLUE"


def test_the_shops_date_tells_how_far_its_clock_is_off(
    web: responses.RequestsMock, webshop: CustomWebshop, product: dict[str, Any]
) -> None:
    assert webshop.clock_offset == timedelta(0)
    web.get(f"{URL}/products/9", json=product, headers={"Date": "Mon, 23 Nov 2026 11:50:00 GMT"})
    webshop.product("9")
    assert webshop.clock_offset == timedelta(minutes=10)


def test_changes_are_asked_for_again_when_the_shops_clock_turns_out_to_be_behind(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    behind = {"Date": "Mon, 23 Nov 2026 11:50:00 GMT"}
    web.get(f"{URL}/orders", json={"orders": [], "next_cursor": None}, headers=behind)
    assert list(webshop.orders_changed_since(NOON)) == []
    asked = [query_of(call)["updated_since"] for call in web.calls]
    assert asked == ["2026-11-23T11:59:00Z", "2026-11-23T11:49:00Z"]


@pytest.mark.parametrize(
    "body",
    ["", "[]", '{"orders": null}', '{"items": []}', '{"orders": [], "next_cursor": "again"}'],
)
def test_a_list_that_is_broken_is_asked_again_later(
    web: responses.RequestsMock, webshop: CustomWebshop, body: str
) -> None:
    web.get(f"{URL}/orders", body=body)
    with pytest.raises(Unavailable, match="shop nl: GET /orders"):
        list(webshop.orders_changed_since(NOON))


def test_an_order_without_an_id_does_not_hide_the_changed_ones_behind_it(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    rows = [{"id": 7}, {"id": "8", "updated_at": "2026-11-23T10:00:00Z", "lines": "unreadable"}]
    web.get(f"{URL}/orders", json={"orders": rows, "next_cursor": None})
    changes = webshop.orders_changed_since(NOON)
    assert next(changes).id == "8"
    with pytest.raises(Unmappable, match="order without id has a field id that is not text"):
        next(changes)


def test_an_unreadable_line_of_the_stock_list_comes_after_the_good_ones(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    rows = [
        {"sku": "A", "sellable": "x"},
        {"sku": None, "sellable": 1},
        {"sku": "B", "sellable": 1},
    ]
    web.get(f"{URL}/stock", json={"items": rows, "next_cursor": None})
    stock = webshop.stock()
    assert next(stock).productcode == "B"
    with pytest.raises(Unmappable, match="stock of A"):
        next(stock)


def test_a_redirect_is_refused_and_the_token_stays_here(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    web.get(f"{URL}/orders/1", status=302, headers={"Location": "https://evil.example.com/"})
    with pytest.raises(Refused, match="redirects"):
        webshop.order("1")
    assert len(web.calls) == 1


def test_an_answer_without_results_is_not_taken_for_written(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    web.put(f"{URL}/stock", body="")
    with pytest.raises(Unavailable):
        webshop.set_stock([StockItem("A", 1)])


def test_an_id_is_one_segment_of_the_path(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    web.post(f"{URL}/orders/a%2Fb%3Fc/complete", body="")
    webshop.complete("a/b?c")
    for bad in ("", ".", ".."):
        with pytest.raises(Unmappable):
            webshop.complete(bad)


def test_a_picture_is_fetched_without_the_token(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    web.get(f"{SHOP}/media/mug.png", body=PNG)
    assert webshop.image(f"{SHOP}/media/mug.png?v=2") == PNG
    assert "Authorization" not in web.calls[0].request.headers
    assert query_of(web.calls[0]) == {"v": "2"}


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/mug.png",
        "https://shop.example.com:8443/mug.png",
        "https://shop.example.com.evil.example/mug.png",
        "https://shop.example.com@evil.example/mug.png",
        "https://user@shop.example.com/mug.png",
        "https://shop.example.com:port/mug.png",
        "file:///etc/passwd",
        "//shop.example.com/mug.png",
        "",
    ],
)
def test_a_picture_elsewhere_is_not_asked_for(
    web: responses.RequestsMock, webshop: CustomWebshop, url: str
) -> None:
    assert webshop.image(url) is None
    assert len(web.calls) == 0


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b""),
        (302, b""),
        (403, b""),
        (200, b"<html>"),
        (200, b""),
        (200, PNG + bytes(LARGEST_PICTURE)),
    ],
)
def test_what_is_no_usable_picture_is_none(
    web: responses.RequestsMock, webshop: CustomWebshop, status: int, body: bytes
) -> None:
    web.get(f"{SHOP}/mug.png", status=status, body=body, headers={"Location": "https://x.test/"})
    assert webshop.image(f"{SHOP}/mug.png") is None


def test_a_shop_that_is_down_is_asked_for_its_picture_later(
    web: responses.RequestsMock, webshop: CustomWebshop
) -> None:
    web.get(f"{SHOP}/mug.png", status=503)
    with pytest.raises(Unavailable):
        webshop.image(f"{SHOP}/mug.png")
