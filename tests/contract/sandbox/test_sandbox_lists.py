"""Lists: pages of a hundred, filters, and what they leave out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control, Fault
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest

Concept = Callable[..., dict[str, Any]]


@pytest.fixture
def many(api: Api) -> None:
    for number in range(250):
        answer = api.post("/customers", json={"name": f"Customer {number}"})
        assert answer.status_code == 201


@pytest.mark.usefixtures("many")
def test_a_list_comes_in_pages_of_a_hundred_and_ends_empty(api: Api) -> None:
    pages = [
        [row["idcustomer"] for row in api.get("/customers", params={"offset": offset}).json()]
        for offset in (0, 100, 200, 300, 10_000)
    ]
    assert [len(page) for page in pages] == [100, 100, 50, 0, 0]
    assert [row for page in pages for row in page] == list(range(1, 251))


@pytest.mark.usefixtures("many")
def test_a_limit_and_unknown_filters_are_ignored(api: Api) -> None:
    answer = api.get(
        "/customers", params={"limit": 5, "updated_since": "2030-01-01", "offset": "x"}
    )
    assert len(answer.json()) == 100


@pytest.mark.usefixtures("many")
def test_lists_can_begin_with_the_newest(api: Api, control: Control) -> None:
    control.tune(newest_first=True)
    assert api.get("/customers").json()[0]["idcustomer"] == 250


def test_the_list_of_products_shows_active_ones_or_with_inactive_only_the_others(
    api: Api, books: Books
) -> None:
    idproduct = books.productcodes["TEAPOT"]
    assert api.post(f"/products/{idproduct}/inactivate").json()["active"] is False

    def codes(**filters: str) -> list[str]:
        return [row["productcode"] for row in api.get("/products", params=filters).json()]

    assert codes() == ["MUG-BLUE", "MUG-RED", "TEA-BOX"]
    assert codes(inactive="true") == codes(inactive="") == ["TEAPOT"]
    assert codes(productcode="TEAPOT") == []
    assert codes(productcode="TEAPOT", inactive="true") == ["TEAPOT"]
    api.post(f"/products/{idproduct}/activate")
    assert codes(inactive="true") == []


def test_products_are_found_by_code_text_and_several_ids(api: Api) -> None:
    def codes(**filters: str) -> list[str]:
        return [row["productcode"] for row in api.get("/products", params=filters).json()]

    assert codes(productcode="MUG-RED") == ["MUG-RED"]
    assert codes(productcode="MUG") == []
    assert codes(search="mug") == ["MUG-BLUE", "MUG-RED"]
    assert codes(idproducts="1,4") == ["MUG-BLUE", "TEA-BOX"]


def test_orders_are_found_by_reference_exactly_and_never_only_the_first(
    api: Api, concept: Concept
) -> None:
    first, second = concept("1042"), concept("1042")
    concept("10421")
    api.delete(f"/orders/{first['idorder']}")
    found = api.get("/orders", params={"reference": "1042"}).json()
    assert [(row["idorder"], row["status"]) for row in found] == [
        (first["idorder"], "cancelled"),
        (second["idorder"], "concept"),
    ]


def test_orders_are_found_by_status_ids_dates_and_text(
    api: Api, concept: Concept, clock: HandClock
) -> None:
    first = concept("A1")["idorder"]
    clock.advance(24 * 3600)
    second = concept("B2")
    third = concept("C3")["idorder"]
    api.delete(f"/orders/{third}")

    def ids(**filters: str) -> list[int]:
        return [row["idorder"] for row in api.get("/orders", params=filters).json()]

    assert ids(status="concept") == [first, second["idorder"]]
    assert ids(sinceid=str(first)) == [second["idorder"], third]
    assert ids(sinceid=str(first), beforeid=str(third)) == [second["idorder"]]
    assert ids(untildate="2026-11-23") == [first]
    assert ids(sincedate="2026-11-24 13:00:00") == [second["idorder"], third]
    assert ids(sincedate="2026-11-24 13:00:01") == []
    assert ids(orderid=second["orderid"]) == [second["idorder"]]
    assert ids(search="b2") == [second["idorder"]]
    assert ids(emailaddress="nobody@example.org") == []


def test_customers_are_found_by_e_mail_and_number(api: Api) -> None:
    first = api.post("/customers", json={"name": "A", "emailaddress": "a@example.org"}).json()
    second = api.post(
        "/customers", json={"name": "B", "emailaddress": "ba@example.org", "customerid": "77"}
    ).json()
    found = api.get("/customers", params={"search": "A@example.org"}).json()
    assert [row["idcustomer"] for row in found] == [first["idcustomer"], second["idcustomer"]]
    assert api.get("/customers", params={"customerid": "77"}).json() == [second]


def test_only_products_with_stock_or_reservations_are_in_a_warehouse(
    api: Api, control: Control, concept: Concept
) -> None:
    def codes() -> list[str]:
        return [row["productcode"] for row in api.get("/warehouses/18/stock").json()]

    assert codes() == ["MUG-BLUE", "MUG-RED", "TEAPOT", "TEA-BOX"]
    assert api.get("/warehouses/19/stock").json() == []
    control.set_stock("TEAPOT", amount=0)
    control.set_stock("MUG-RED", amount=0)
    idorder = concept("1", MUG_RED=1)["idorder"]
    api.post(f"/orders/{idorder}/process")
    assert codes() == ["MUG-BLUE", "MUG-RED", "TEA-BOX"]


def test_a_lagging_list_shows_a_new_order_only_when_it_is_old_enough(
    api: Api, control: Control, concept: Concept, clock: HandClock
) -> None:
    control.add_fault(Fault("lagging_list", "GET", "/orders", seconds=2))
    idorder = concept("1042")["idorder"]
    clock.advance(1.9)
    assert api.get("/orders", params={"reference": "1042"}).json() == []
    assert api.get(f"/orders/{idorder}").status_code == 200
    clock.advance(0.1)
    assert len(api.get("/orders", params={"reference": "1042"}).json()) == 1


def test_an_account_is_set_up_with_what_orders_need(api: Api) -> None:
    assert [row["percentage"] for row in api.get("/vatgroups").json()] == [21, 9, 0]
    counting = [row["counts_for_general_stock"] for row in api.get("/warehouses").json()]
    assert counting == [True, False]
    assert api.get("/templates/2").json() == {"idtemplate": 2, "name": "Default", "default": True}
    assert (
        api.get("/shippingproviders").json()[0]["profiles"][0]["idshippingprovider_profile"] == 12
    )
    assert api.get("/users/me").json()["iduser"] == api.get("/users").json()[0]["iduser"] == 423
    assert api.get("/vatgroups/99").json()["error_code"] == 20


def test_figures_of_the_account_are_counted(api: Api, concept: Concept) -> None:
    concept("1")
    figures = {row["key"]: row["value"] for row in api.get("/stats").json()}
    assert (figures["open-orders"], figures["active-products"]) == (1, 4)
    assert api.get("/stats/total-orders").json()["value"] == 1
    assert api.get("/stats/moon-phase").status_code == 404
