"""Products and customers: entered, changed, refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from integration.sandbox.picqer import Control
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest
NEW = {"productcode": "CUP", "name": "Cup", "price": 3.5, "idvatgroup": 19}


def test_a_new_product_comes_back_with_its_stock_and_is_told(api: Api, control: Control) -> None:
    answer = api.post("/products/", json={**NEW, "weight": 120, "barcode": "87"})
    product = answer.json()
    assert answer.status_code == 201
    assert (product["idvatgroup"], product["weight"], product["active"]) == (19, 120, True)
    assert [entry["freestock"] for entry in product["stock"]] == [0, 0]
    assert control.events() == [("products.created", "CUP")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"productcode": "MUG-BLUE"}, 5),
        ({"productcode": ""}, 5),
        ({"name": None}, 5),
        ({"price": None}, 5),
        ({"price": "much"}, 5),
        ({"price": True}, 5),
        ({"type": "imaginary"}, 5),
        ({"weight": "heavy"}, 5),
        ({"idvatgroup": 99}, 14),
    ],
)
def test_a_product_that_picqer_would_not_take_is_refused(
    api: Api, change: dict[str, Any], code: int
) -> None:
    answer = api.post("/products", json={**NEW, **change})
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)
    assert len(api.get("/products").json()) == 4


def test_a_put_changes_what_it_names_and_nothing_else(
    api: Api, control: Control, clock: HandClock
) -> None:
    before = api.get("/products/1").json()
    clock.advance(60)
    after = api.put("/products/1", json={"name": "Navy mug", "productcode": "MUG-NAVY"}).json()
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"name", "productcode", "updated"}
    assert api.get("/products", params={"productcode": "MUG-BLUE"}).json() == []
    assert control.events() == [("products.changed", "MUG-NAVY")]


def test_a_put_cannot_take_another_products_code(api: Api) -> None:
    assert api.put("/products/1", json={"productcode": "TEAPOT"}).json()["error_code"] == 5
    assert api.put("/products/1", json={"idvatgroup": 99}).json()["error_code"] == 14
    assert api.put("/products/1", json={"idvatgroup": 19}).json()["idvatgroup"] == 19
    assert api.put("/products/999", json={}).json()["error_code"] == 20


def test_the_older_switch_for_unlimited_stock_still_works(api: Api) -> None:
    product = api.post("/products", json={**NEW, "unlimitedstock": True}).json()
    assert (product["type"], product["unlimitedstock"]) == ("unlimited_stock", True)


def test_an_image_is_kept_when_it_is_one(api: Api) -> None:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n0000").decode()
    image = api.post("/products/1/images", json={"image": png}).json()
    assert (image["contenttype"], image["size"]) == ("image/png", 12)
    assert api.get("/products/1").json()["images"] == [image["url"]]
    assert api.get("/products/1/images").json() == [image]
    for wrong in ("no base64!", base64.b64encode(b"GIF89a").decode(), None):
        assert api.post("/products/1/images", json={"image": wrong}).json()["error_code"] == 5
    path = f"/products/1/images/{image['idproduct_image']}"
    assert [api.delete(path).status_code for _ in range(2)] == [204, 404]


def test_a_part_must_be_another_known_product(api: Api) -> None:
    assert api.post("/products/1/parts", json={"idproduct": 99, "amount": 1}).status_code == 400
    assert api.post("/products/1/parts", json={"idproduct": 1, "amount": 1}).status_code == 400
    assert api.post("/products/1/parts", json={"idproduct": 2, "amount": 0}).status_code == 400


def test_nested_parts_show_the_parts_of_sets_within_sets(api: Api) -> None:
    ids = []
    for code in ("INNER", "OUTER"):
        wanted = {**NEW, "productcode": code, "type": "virtual_composition"}
        ids.append(api.post("/products", json=wanted).json()["idproduct"])
    api.post(f"/products/{ids[0]}/parts", json={"idproduct": 1, "amount": 2})
    api.post(f"/products/{ids[1]}/parts", json={"idproduct": ids[0], "amount": 1})
    assert "parts" not in api.get(f"/products/{ids[1]}/parts").json()[0]
    (inner,) = api.get(f"/products/{ids[1]}/parts", params={"nested": "true"}).json()
    assert inner["parts"][0]["productcode"] == "MUG-BLUE"


def test_filled_tags_are_on_everything_when_the_sandbox_is_told_to(
    api: Api, control: Control
) -> None:
    control.tune(tags="filled")
    assert api.get("/products/1").json()["tags"]["Sandbox"]["idtag"] == 1


def test_a_customer_gets_a_number_and_keeps_one_that_is_given(api: Api) -> None:
    first = api.post("/customers", json={"name": "A"}).json()
    second = api.post("/customers", json={"name": "B", "customerid": 77}).json()
    assert (first["customerid"], second["customerid"]) == ("1001", "77")
    assert first["defaultorderremarks"] == first["default_order_remarks"] == ""
    assert api.post("/customers", json={}).json()["error_code"] == 5
    changed = api.put(f"/customers/{first['idcustomer']}", json={"telephone": "06"}).json()
    assert (changed["name"], changed["telephone"]) == ("A", "06")
    assert api.put(f"/customers/{first['idcustomer']}", json={"name": ""}).status_code == 400


def test_the_newest_default_address_takes_over(api: Api) -> None:
    address = {"name": "A", "country": "NL", "defaultinvoice": True}
    customer = api.post("/customers", json={"name": "A", "addresses": [address]}).json()
    path = f"/customers/{customer['idcustomer']}/addresses"
    second = api.post(path, json={**address, "city": "Ede"}).json()
    assert second["full_address"] == "A\nEde\nNederland"
    assert [row["defaultinvoice"] for row in api.get(path).json()] == [False, True]
    one = f"{path}/{second['idcustomer_address']}"
    assert api.put(one, json={"city": "Epe"}).json() == api.get(one).json()
    assert api.put(one, json={"country": "Holland"}).json()["error_code"] == 9
    assert [api.delete(one).status_code for _ in range(2)] == [204, 404]
    assert api.post(path, json={"country": "NL"}).json()["error_code"] == 5


def test_a_refused_address_leaves_no_customer_behind(api: Api) -> None:
    wrong = {"name": "A", "addresses": [{"name": "A", "country": "Holland"}]}
    assert api.post("/customers", json=wrong).json()["error_code"] == 9
    assert api.get("/customers").json() == []


def test_a_customer_with_orders_stays(api: Api) -> None:
    ids = [api.post("/customers", json={"name": name}).json()["idcustomer"] for name in "AB"]
    order = {
        "idcustomer": ids[0],
        "deliverycountry": "NL",
        "invoicecountry": "NL",
        "products": [{"idproduct": 1, "amount": 1}],
    }
    assert api.post("/orders", json=order).status_code == 201
    assert [api.delete(f"/customers/{number}").status_code for number in ids] == [400, 204]
    assert api.get(f"/customers/{ids[1]}").status_code == 404
