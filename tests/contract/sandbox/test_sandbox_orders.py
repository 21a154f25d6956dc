"""Entering, processing, pausing and cancelling orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest

Orders = Callable[..., dict[str, Any]]
LINES = [{"productcode": "MUG-BLUE", "amount": 2}]
GUEST: dict[str, Any] = {
    "deliveryname": "A. Jansen",
    "deliverycountry": "NL",
    "invoicename": "A. Jansen",
    "invoicecountry": "NL",
    "products": LINES,
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"products": []}, 13),
        ({"products": None}, 13),
        ({"products": [{"amount": 1}]}, 23),
        ({"products": ["MUG-BLUE"]}, 23),
        ({"products": [{"productcode": "MUG-BLUE"}]}, 23),
        ({"products": [{"productcode": "MUG-BLUE", "amount": 0}]}, 23),
        ({"products": [{"productcode": "MUG-BLUE", "amount": "some"}]}, 23),
        ({"products": [{"productcode": "NO-SUCH", "amount": 1}]}, 24),
        ({"products": [{"idproduct": 999, "amount": 1}]}, 24),
        ({"products": [{**LINES[0], "idvatgroup": 99}]}, 14),
        ({"products": [{**LINES[0], "price": "cheap"}]}, 5),
        ({"idcustomer": 999}, 25),
        ({"deliverycountry": "Nederland"}, 9),
        ({"invoicecountry": "XX"}, 9),
        ({"deliverycountry": None}, 5),
        ({"deliveryname": None}, 5),
        ({"invoicename": None}, 5),
        ({"invoicename": ""}, 10),
    ],
)
def test_an_order_that_picqer_would_not_take_is_refused_with_its_code(
    api: Api, books: Books, change: dict[str, Any], code: int
) -> None:
    answer = api.post("/orders", json={**GUEST, **change})
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)
    assert books.orders == {}
    assert "orders.created" not in [name for name, _ in books.events]


def test_a_new_order_is_a_concept_with_everything_filled_in(api: Api) -> None:
    answer = api.post("/orders", json={**GUEST, "reference": 1042, "deliveryzipcode": "1234 AB"})
    order = answer.json()
    assert answer.status_code == 201
    assert (order["status"], order["reference"], order["orderid"]) == (
        "concept",
        "1042",
        "O2026-0001",
    )
    assert order["full_delivery_address"] == "A. Jansen\n1234 AB\nNederland"
    assert order["created"] == order["updated"] == "2026-11-23 13:00:00"
    assert (order["tags"], order["picklists"], order["warehouses"]) == ([], [], [18])
    assert order["products"] == [
        {
            "idorder_product": 1,
            "idproduct": 1,
            "idvatgroup": 18,
            "productcode": "MUG-BLUE",
            "name": "Blue mug",
            "remarks": "",
            "price": 8.22,
            "amount": 2,
            "amount_cancelled": 0,
            "weight": 310,
            "partof_idorder_product": None,
            "has_parts": False,
        }
    ]


def test_a_line_may_name_its_product_by_number_and_set_its_own_price_and_vat(
    api: Api,
) -> None:
    line = {"idproduct": 2, "amount": 1, "price": "1.50", "idvatgroup": 19, "name": "Mine"}
    order = api.post("/orders", json={**GUEST, "products": [line]}).json()
    (made,) = order["products"]
    assert (made["productcode"], made["price"], made["idvatgroup"], made["name"]) == (
        "MUG-RED",
        1.5,
        19,
        "Mine",
    )


def test_empty_address_fields_are_filled_from_the_customer(api: Api) -> None:
    address = {
        "name": "Jansen BV",
        "address": "Dorpsstraat 1",
        "city": "Arnhem",
        "country": "NL",
        "defaultinvoice": True,
        "defaultdelivery": True,
    }
    customer = {
        "name": "Jansen BV",
        "emailaddress": "a@example.org",
        "language": "en",
        "calculatevat": False,
        "addresses": [address],
    }
    idcustomer = api.post("/customers", json=customer).json()["idcustomer"]
    wanted = {"idcustomer": idcustomer, "deliverycity": "Ede", "products": LINES}
    order = api.post("/orders", json=wanted).json()
    assert (order["deliveryname"], order["deliverycity"]) == ("Jansen BV", "Ede")
    assert (order["invoiceaddress"], order["invoicecity"]) == ("Dorpsstraat 1", "Arnhem")
    assert (order["emailaddress"], order["language"]) == ("a@example.org", "en")
    assert order["calculatevat"] is False


def test_a_customer_without_addresses_leaves_the_country_missing(api: Api) -> None:
    idcustomer = api.post("/customers", json={"name": "Jansen"}).json()["idcustomer"]
    answer = api.post("/orders", json={"idcustomer": idcustomer, "products": LINES})
    assert (answer.status_code, answer.json()["error_code"]) == (400, 5)


@pytest.mark.parametrize(("tags", "empty"), [("list", []), ("object", {})])
def test_empty_tags_come_in_either_shape(
    concept: Orders, control: Control, tags: str, empty: object
) -> None:
    control.tune(tags=tags)
    assert concept()["tags"] == empty


def test_tags_that_exist_are_keyed_by_their_title(api: Api, concept: Orders) -> None:
    idtag = api.post("/tags", json={"title": "Gift"}).json()["idtag"]
    idorder = concept()["idorder"]
    assert api.post(f"/orders/{idorder}/tags", json={"idtag": idtag}).status_code == 201
    assert api.get(f"/orders/{idorder}").json()["tags"]["Gift"]["idtag"] == idtag
    assert [tag["title"] for tag in api.get(f"/orders/{idorder}/tags").json()] == ["Gift"]
    assert api.delete(f"/orders/{idorder}/tags/{idtag}").status_code == 204
    assert api.get(f"/orders/{idorder}/tags").json() == []


def test_processing_answers_before_picklists_exist(
    api: Api, concept: Orders, clock: HandClock
) -> None:
    idorder = concept()["idorder"]
    clock.advance(10)
    answer = api.post(f"/orders/{idorder}/process")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["picklists"]) == ("processing", [])
    assert answer.json()["updated"] == "2026-11-23 13:00:10"
    clock.advance(0.04)
    assert api.get(f"/orders/{idorder}").json()["picklists"] == []
    clock.advance(0.01)
    (picklist,) = api.get(f"/orders/{idorder}").json()["picklists"]
    assert (picklist["status"], picklist["totalproducts"]) == ("new", 2)
    assert "products" not in picklist


def test_without_a_delay_picklists_exist_right_after_the_answer(
    api: Api, concept: Orders, control: Control
) -> None:
    control.tune(process_delay=0)
    idorder = concept()["idorder"]
    assert api.post(f"/orders/{idorder}/process").json()["picklists"] == []
    assert len(api.get(f"/orders/{idorder}").json()["picklists"]) == 1


def test_processing_tells_of_the_order_the_stock_and_then_the_picklist(
    api: Api, concept: Orders, control: Control, clock: HandClock
) -> None:
    idorder = concept()["idorder"]
    api.post(f"/orders/{idorder}/process")
    assert sorted(name for name, _ in control.events()) == [
        "orders.closed",
        "orders.created",
        "orders.status_changed",
        "products.free_stock_changed",
    ]
    clock.advance(1)
    api.get("/users/me")
    assert control.events()[4:] == [("picklists.created", "1")]


def test_a_second_process_is_refused_with_code_32(api: Api, processed: Orders) -> None:
    idorder = processed()["idorder"]
    answer = api.post(f"/orders/{idorder}/process")
    assert (answer.status_code, answer.json()["error_code"]) == (400, 32)
    assert len(api.get(f"/orders/{idorder}").json()["picklists"]) == 1


def test_an_order_cannot_be_changed_while_it_is_being_processed(api: Api, concept: Orders) -> None:
    idorder = concept()["idorder"]
    api.post(f"/orders/{idorder}/process")
    answers = [
        api.put(f"/orders/{idorder}", json={"reference": "2"}),
        api.delete(f"/orders/{idorder}"),
        api.post(f"/orders/{idorder}/pause", json={"reason": "x"}),
    ]
    assert [answer.json()["error_code"] for answer in answers] == [30, 30, 30]


def test_a_concept_is_cancelled_and_stays_to_be_found(api: Api, concept: Orders) -> None:
    idorder = concept()["idorder"]
    assert api.delete(f"/orders/{idorder}").status_code == 204
    assert api.get(f"/orders/{idorder}").json()["status"] == "cancelled"
    assert api.delete(f"/orders/{idorder}").status_code == 400
    assert api.post(f"/orders/{idorder}/process").json()["error_code"] == 21


def test_an_order_in_processing_is_cancelled_only_with_force(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed()
    assert api.delete(f"/orders/{order['idorder']}").status_code == 400
    assert api.delete(f"/orders/{order['idorder']}?force=true").status_code == 204
    after = api.get(f"/orders/{order['idorder']}").json()
    assert (after["status"], after["picklists"][0]["status"]) == ("cancelled", "cancelled")
    assert control.summary()["stock"]["MUG-BLUE"]["freestock"] == 40


def test_force_is_also_taken_from_the_body_and_while_busy(
    api: Api, concept: Orders, control: Control, clock: HandClock
) -> None:
    idorder = concept()["idorder"]
    api.post(f"/orders/{idorder}/process")
    assert api.request("DELETE", f"/orders/{idorder}", json={"force": True}).status_code == 204
    clock.advance(1)
    summary = control.summary()
    assert summary["orders"]["1042"][0] == {
        "idorder": idorder,
        "orderid": "O2026-0001",
        "status": "cancelled",
        "picklists": [],
    }
    assert summary["stock"]["MUG-BLUE"]["freestock"] == 40


def test_a_paused_order_pauses_its_picklists_and_goes_on(
    api: Api, processed: Orders, control: Control
) -> None:
    idorder = processed()["idorder"]
    paused = api.post(f"/orders/{idorder}/pause", json={"reason": "address"}).json()
    assert (paused["status"], paused["picklists"][0]["status"]) == ("paused", "paused")
    assert paused["picklists"][0]["paused_reason"] == "address"
    resumed = api.post(f"/orders/{idorder}/resume").json()
    assert (resumed["status"], resumed["picklists"][0]["status"]) == ("processing", "new")
    names = {name for name, _ in control.events()}
    assert {"orders.paused", "picklists.paused", "orders.resumed", "picklists.resumed"} <= names
    assert api.post(f"/orders/{idorder}/resume").json()["error_code"] == 21


def test_an_expected_order_becomes_a_concept(api: Api, concept: Orders, control: Control) -> None:
    idorder = concept()["idorder"]
    assert api.post(f"/orders/{idorder}/change-to-concept").json()["error_code"] == 21
    control.expect_order(idorder)
    assert api.get("/orders", params={"status": "expected"}).json()[0]["idorder"] == idorder
    assert api.post(f"/orders/{idorder}/change-to-concept").json()["status"] == "concept"


def test_a_changed_reference_is_found_under_its_new_name_only(api: Api, concept: Orders) -> None:
    idorder = concept("old")["idorder"]
    changed = api.put(f"/orders/{idorder}", json={"reference": "new", "unknown": 1}).json()
    assert (changed["reference"], changed["deliveryname"]) == ("new", "A. Jansen")
    assert api.get("/orders", params={"reference": "old"}).json() == []
    assert len(api.get("/orders", params={"reference": "new"}).json()) == 1
    assert api.put(f"/orders/{idorder}", json={"idcustomer": 9}).json()["error_code"] == 25
    assert api.put(f"/orders/{idorder}", json={"invoicecountry": "X"}).json()["error_code"] == 9


def test_lines_change_only_while_the_order_is_a_concept(
    api: Api, concept: Orders, clock: HandClock
) -> None:
    idorder = concept()["idorder"]
    lines = f"/orders/{idorder}/products"
    made = api.post(lines, json={"productcode": "TEAPOT", "amount": 1}).json()
    one = f"{lines}/{made['idorder_product']}"
    assert api.put(one, json={"amount": 3, "price": 20}).json()["amount"] == 3
    assert [line["amount"] for line in api.get(lines).json()] == [2, 3]
    assert api.delete(one).status_code == 204
    assert api.delete(one).status_code == 404
    api.post(f"/orders/{idorder}/process")
    clock.advance(1)
    late = api.post(lines, json={"productcode": "TEAPOT", "amount": 1})
    assert (late.status_code, late.json()["error_code"]) == (400, 33)


def test_comments_and_notes_are_kept(api: Api, concept: Orders) -> None:
    path = f"/orders/{concept()['idorder']}"
    assert api.post(f"{path}/comments", json={"body": "Call first"}).status_code == 201
    assert api.post(f"{path}/notes", json={"note": "Gift"}).status_code == 201
    assert api.post(f"{path}/notes", json={}).json()["error_code"] == 5
    assert api.post(f"{path}/comments", json={}).json()["error_code"] == 5
    assert [row["body"] for row in api.get(f"{path}/comments").json()] == ["Call first"]
    assert [row["note"] for row in api.get(f"{path}/notes").json()] == ["Gift"]
    assert api.get(path).json()["comment_count"] == 1


def test_a_put_checks_what_it_changes(api: Api, concept: Orders) -> None:
    path = f"/orders/{concept()['idorder']}"
    idcustomer = api.post("/customers", json={"name": "A"}).json()["idcustomer"]
    assert api.put(path, json={"idcustomer": idcustomer}).json()["idcustomer"] == idcustomer
    assert api.put(path, json={"idcustomer": None}).json()["idcustomer"] is None
    assert api.put(path, json={"invoicename": ""}).json()["error_code"] == 5
    assert api.put(path, json={"reference": None}).json()["reference"] is None
    assert api.put(path, json={"warehouses": []}).json()["warehouses"] == [18]


def test_a_line_of_a_concept_must_still_make_sense(api: Api, concept: Orders) -> None:
    path = f"/orders/{concept()['idorder']}/products"
    assert api.post(path, json={"productcode": "TEAPOT", "amount": 0}).json()["error_code"] == 23
    assert api.put(f"{path}/1", json={"name": "Mine", "remarks": "R"}).json()["amount"] == 2
    assert api.put(f"{path}/1", json={"price": "cheap"}).json()["error_code"] == 5
    assert api.put(f"{path}/1", json={"amount": "x"}).json()["error_code"] == 23


def test_tags_must_exist_and_are_put_on_once(api: Api, concept: Orders) -> None:
    path = f"/orders/{concept()['idorder']}/tags"
    assert api.post("/tags", json={}).json()["error_code"] == 5
    assert api.post(path, json={"idtag": 9}).json()["error_code"] == 20
    idtag = api.post("/tags", json={"title": "Gift"}).json()["idtag"]
    assert len(api.post(path, json={"idtag": idtag}).json()) == 1
    assert len(api.post(path, json={"idtag": idtag}).json()) == 1
    assert api.delete(f"{path}/99").status_code == 404


def test_only_an_order_in_processing_is_paused(api: Api, concept: Orders) -> None:
    path = f"/orders/{concept()['idorder']}"
    assert api.post(f"{path}/pause", json={}).json()["error_code"] == 21
    assert api.post(f"{path}/deallocate").status_code == 200


def test_a_paused_picklist_is_not_picked(api: Api, processed: Orders) -> None:
    order = processed()
    api.post(f"/orders/{order['idorder']}/pause", json={"reason": "x"})
    path = f"/picklists/{order['picklists'][0]['idpicklist']}"
    assert api.post(f"{path}/pickall").json()["error_code"] == 21


def test_an_order_that_no_warehouse_accepts_is_not_processed(api: Api) -> None:
    idorder = api.post("/orders", json={**GUEST, "warehouses": [19]}).json()["idorder"]
    assert api.post(f"/orders/{idorder}/process").json()["error_code"] == 21
    assert api.get(f"/orders/{idorder}").json()["status"] == "concept"


def test_a_defect_of_the_sandbox_is_an_answer_of_picqers_kind(
    api: Api, books: Books, concept: Orders
) -> None:
    idorder = concept()["idorder"]
    books.orders[idorder].fields = {}
    answer = api.get(f"/orders/{idorder}")
    assert (answer.status_code, answer.json()["error_code"]) == (500, 1)
