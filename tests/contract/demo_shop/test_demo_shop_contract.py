"""The custom webshop contract as the demo shop answers it."""

from typing import Any

import pytest

from integration.sandbox.shop import SandboxShop
from integration.testing.clock import HandClock


def _shipment(**changes: Any) -> dict[str, Any]:
    return {
        "shipment_key": "501",
        "shipped_at": "2026-11-23T14:00:00Z",
        "notify_customer": False,
        "lines": [{"line_id": "1", "sku": "MUG-BLUE", "quantity": 2}],
        "parcels": [{"tracking_code": "3SABC000000001", "tracking_url": None, "carrier": "PostNL"}],
        **changes,
    }


@pytest.fixture
def order_id(shop: SandboxShop) -> str:
    shop.add_product(sku="MUG-BLUE", price_net="8.22", sellable=36)
    return shop.place_order([("MUG-BLUE", 2)])


def _walk(bridge: Any, path: str, key: str, **query: str) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        given = query if cursor is None else {**query, "cursor": cursor}
        page = bridge.get(path, params=given).json()
        found += page[key]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic dG9rZW4=", "Bearer tökén"])
def test_a_caller_without_the_token_is_refused(
    shop: SandboxShop, bridge: Any, given: str | None
) -> None:
    del bridge.headers["authorization"]
    sent = {} if given is None else {"authorization": given.encode("utf-8")}
    for path in ("/stock", "/control/books"):
        answer = bridge.get(path, headers=sent)
        assert answer.status_code == 401
        assert "token" in answer.json()["error"]


def test_a_request_that_does_not_name_the_contract_is_refused(bridge: Any) -> None:
    del bridge.headers["bridge-contract"]
    assert bridge.get("/stock").status_code == 400
    assert bridge.get("/stock", headers={"bridge-contract": "2"}).status_code == 400


def test_every_answer_names_the_contract_and_the_shops_own_time(bridge: Any) -> None:
    answer = bridge.get("/orders/404")
    assert answer.status_code == 404
    assert answer.headers["bridge-contract"] == "1"
    assert answer.headers["date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert answer.json() == {"error": "there is no order 404"}


def test_an_order_and_a_product_are_shown_as_they_are_now(
    shop: SandboxShop, bridge: Any, order_id: str
) -> None:
    order = bridge.get(f"/orders/{order_id}").json()
    assert order == shop.books.orders[order_id]
    product = bridge.get(f"/products/{order['lines'][0]['product_id']}").json()
    assert (product["sku"], product["price_net"]) == ("MUG-BLUE", "8.22")
    assert bridge.get("/products/404").status_code == 404


def test_paging_walks_over_everything_once(shop: SandboxShop, bridge: Any) -> None:
    shop.manners.page_size = 3
    skus = [f"SKU-{number}" for number in range(7)]
    ids = [shop.add_product(sku=sku) for sku in skus]
    assert [each["id"] for each in _walk(bridge, "/products", "products")] == ids
    assert [each["sku"] for each in _walk(bridge, "/stock", "items")] == skus


def test_what_changes_while_somebody_pages_comes_again_at_the_end(
    shop: SandboxShop, bridge: Any
) -> None:
    shop.manners.page_size = 2
    first, second, third = (shop.place_order([("MUG", 1)]) for _ in range(3))
    page = bridge.get("/orders").json()
    shop.cancel_order(first)
    rest = bridge.get("/orders", params={"cursor": page["next_cursor"]}).json()
    assert [order["id"] for order in page["orders"]] == [first, second]
    assert [order["id"] for order in rest["orders"]] == [third, first]
    assert rest["orders"][1]["cancelled"] is True


def test_updated_since_includes_its_own_moment(
    shop: SandboxShop, bridge: Any, clock: HandClock
) -> None:
    shop.place_order([("MUG", 1)])
    clock.advance(60)
    late = shop.place_order([("MUG", 1)])
    found = _walk(bridge, "/orders", "orders", updated_since="2026-11-23T12:01:00Z")
    assert [order["id"] for order in found] == [late]
    assert not _walk(bridge, "/orders", "orders", updated_since="2026-11-23T13:01:01+01:00")


@pytest.mark.parametrize(
    "query", [{"updated_since": "yesterday"}, {"updated_since": "2026-11-23T12:00:00"},
              {"cursor": "!"}, {"cursor": "w7w="}, {"cursor": "eHg="}],
)  # fmt: skip
def test_a_moment_or_cursor_that_cannot_be_read_is_refused(
    bridge: Any, query: dict[str, str]
) -> None:
    answer = bridge.get("/orders", params=query)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_stock_write_has_a_result_for_every_item(
    shop: SandboxShop, bridge: Any, order_id: str
) -> None:
    shop.add_product(sku="GIFT-CARD", stock_managed=False)
    skus = {"MUG-BLUE": 5, "NOWHERE": 1, "GIFT-CARD": 1}
    items = [{"sku": sku, "sellable": figure, "seen": "x"} for sku, figure in skus.items()]
    items.append({"sku": "MUG-BLUE", "sellable": -1})
    answer = bridge.put("/stock", json={"items": items, "more": 1})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert results[0] == {"sku": "MUG-BLUE", "ok": True, "error": None}
    assert [each["error"] for each in results[1:3]] == ["unknown_sku", "not_managed"]
    assert "below zero" in results[3]["error"]
    assert shop.books.sellable["MUG-BLUE"] == 5
    assert shop.books.stock_writes == {"MUG-BLUE": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"items": [{"sku": "MUG-BLUE", "sellable": 1}] * 101},
        {"items": [{"sku": "MUG-BLUE", "sellable": "1"}]},
        {"items": [{"sku": "MUG-BLUE", "sellable": True}]},
        {"items": [{"sellable": 1}]},
        {},
        [],
    ],
)
def test_a_stock_write_that_cannot_be_read_changes_nothing(
    shop: SandboxShop, bridge: Any, order_id: str, body: Any
) -> None:
    answer = bridge.put("/stock", json=body)
    assert answer.status_code == 422
    assert isinstance(answer.json()["error"], str)
    assert shop.books.sellable["MUG-BLUE"] == 34


def test_stock_below_zero_and_products_without_stock_are_told_truly(
    shop: SandboxShop, bridge: Any
) -> None:
    shop.add_product(sku="MUG-BLUE", sellable=1)
    shop.add_product(sku="GIFT-CARD", stock_managed=False)
    shop.place_order([("MUG-BLUE", 3), ("GIFT-CARD", 1)])
    items = bridge.get("/stock").json()["items"]
    assert items == [{"sku": "GIFT-CARD", "sellable": None}, {"sku": "MUG-BLUE", "sellable": -2}]


def test_the_same_shipment_key_replaces_and_is_counted(
    shop: SandboxShop, bridge: Any, order_id: str
) -> None:
    path = f"/orders/{order_id}/shipments/501"
    assert bridge.put(path, json=_shipment(parcels=[])).status_code == 200
    assert bridge.put(path, json=_shipment()).status_code == 200
    (report,) = shop.books.shipments[order_id].values()
    assert report.times == 2
    assert report.body["parcels"][0]["tracking_code"] == "3SABC000000001"
    assert shop.books.orders[order_id]["fulfillment_status"] == "partial"
    assert not shop.books.mails


def test_the_customer_is_mailed_once_for_each_shipment_key(
    shop: SandboxShop, bridge: Any, order_id: str
) -> None:
    for key in ("501", "501", "502"):
        body = _shipment(shipment_key=key, notify_customer=True)
        bridge.put(f"/orders/{order_id}/shipments/{key}", json=body)
    assert [mail.shipment_key for mail in shop.books.mails] == ["501", "502"]
    assert shop.books.mails[0].email == shop.books.orders[order_id]["customer"]["email"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"shipment_key": "777"}, "777"),
        ({"lines": [{"line_id": "9", "sku": "X", "quantity": 1}]}, "no line 9"),
        ({"shipped_at": "2026-11-23T14:00:00"}, "shipped_at"),
        ({"notify_customer": "yes"}, "notify_customer"),
    ],
)
def test_a_shipment_that_makes_no_sense_is_refused_with_a_sentence(
    shop: SandboxShop, bridge: Any, order_id: str, change: dict[str, Any], word: str
) -> None:
    answer = bridge.put(f"/orders/{order_id}/shipments/501", json=_shipment(**change))
    assert answer.status_code == 422
    assert word in answer.json()["error"]
    assert not shop.books.shipments.get(order_id)


def test_completing_may_be_repeated(shop: SandboxShop, bridge: Any, order_id: str) -> None:
    for _ in range(2):
        assert bridge.post(f"/orders/{order_id}/complete").status_code == 200
    assert shop.books.completions[order_id] == 2
    assert shop.books.orders[order_id]["fulfillment_status"] == "fulfilled"


def test_what_a_person_cancelled_or_refunded_is_left_alone(
    shop: SandboxShop, bridge: Any, order_id: str
) -> None:
    refunded = shop.place_order([("MUG-BLUE", 1)])
    shop.cancel_order(order_id)
    shop.refund(refunded)
    for each, word in ((order_id, "cancelled"), (refunded, "refunded")):
        complete = bridge.post(f"/orders/{each}/complete")
        ship = bridge.put(f"/orders/{each}/shipments/501", json=_shipment())
        assert (complete.status_code, ship.status_code) == (409, 409)
        assert word in complete.json()["error"]
        assert word in ship.json()["error"]
    assert not shop.books.completions
    assert not shop.books.shipments


def test_what_a_person_completed_or_refunded_in_part_can_still_be_shipped(
    shop: SandboxShop, bridge: Any, order_id: str
) -> None:
    shop.complete_by_person(order_id)
    assert bridge.put(f"/orders/{order_id}/shipments/501", json=_shipment()).status_code == 200
    partly = shop.place_order([("MUG-BLUE", 2)])
    shop.refund(partly, {"1": 1})
    assert bridge.post(f"/orders/{partly}/complete").status_code == 200


def test_shipping_or_completing_an_order_that_does_not_exist_is_not_found(
    bridge: Any,
) -> None:
    assert bridge.put("/orders/404/shipments/501", json=_shipment()).status_code == 404
    assert bridge.post("/orders/404/complete").status_code == 404


def test_a_body_larger_than_a_mebibyte_is_refused(bridge: Any) -> None:
    assert bridge.put("/stock", content=b"x" * (1024 * 1024 + 1)).status_code == 413
