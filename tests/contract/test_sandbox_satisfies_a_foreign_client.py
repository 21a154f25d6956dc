"""A client for the real Picqer that we did not write works against the sandbox as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from picqer_client_python.picqer_client import Client

from integration.sandbox.picqer import SandboxPicqer


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPicqer]:
    with SandboxPicqer(demo=True) as sandbox:
        sandbox.tune(process_delay=0)
        yield sandbox


@pytest.fixture
def picqer(sandbox: SandboxPicqer) -> Any:
    """The foreign client; it joins paths to its base address without a slash of its own."""
    return Client("sandbox-key", f"{sandbox.url}/api/v1/")


def test_it_lists_products_pages_and_filters(picqer: Any) -> None:
    assert len(picqer.products.get_all().json()) == 4
    assert picqer.products.get_all_with_offset(100).json() == []
    (found,) = picqer.products.get_with_filter("?productcode=TEAPOT").json()
    assert picqer.products.get(found["idproduct"]).json() == found


def test_it_creates_and_changes_a_product(picqer: Any) -> None:
    wanted = {"productcode": "PLATE", "name": "Plate", "price": 6.5, "idvatgroup": 18}
    made = picqer.products.post(json.dumps(wanted))
    assert made.status_code == 201
    idproduct = made.json()["idproduct"]
    changed = picqer.products.put(idproduct, json.dumps({"name": "Deep plate"}))
    assert changed.json()["name"] == "Deep plate"
    stock = picqer.products.change_stock(idproduct, 18, json.dumps({"amount": 5, "reason": "new"}))
    assert stock.json()["freestock"] == 5
    assert picqer.products.get_stock_in_single_warehouse(idproduct, 18).json()["stock"] == 5


def test_it_creates_a_customer(picqer: Any) -> None:
    made = picqer.customers.post(json.dumps({"name": "A. Jansen"}))
    assert made.status_code == 201
    assert made.json() in picqer.customers.get_all().json()


def test_it_takes_an_order_from_concept_to_completed(picqer: Any, sandbox: SandboxPicqer) -> None:
    wanted = {
        "reference": "foreign-1",
        "deliveryname": "A. Jansen",
        "deliverycountry": "NL",
        "invoicename": "A. Jansen",
        "invoicecountry": "NL",
        "products": [{"productcode": "MUG-RED", "amount": 2}],
    }
    made = picqer.orders.post(json.dumps(wanted))
    assert (made.status_code, made.json()["status"]) == (201, "concept")
    idorder = made.json()["idorder"]
    assert picqer.orders.process_order(idorder).json()["status"] == "processing"
    idpicklist = picqer.orders.get(idorder).json()["picklists"][0]["idpicklist"]
    assert picqer.picklists.pick_all(idpicklist).json()["totalpicked"] == 2
    assert picqer.picklists.close_picklist(idpicklist).json()["status"] == "closed"
    (found,) = picqer.orders.get_with_filter("?reference=foreign-1").json()
    assert found["status"] == "completed"


def test_it_cancels_with_force(picqer: Any, sandbox: SandboxPicqer) -> None:
    wanted = {
        "deliveryname": "A",
        "deliverycountry": "NL",
        "invoicename": "A",
        "invoicecountry": "NL",
        "products": [{"productcode": "MUG-RED", "amount": 1}],
    }
    idorder = picqer.orders.post(json.dumps(wanted)).json()["idorder"]
    picqer.orders.process_order(idorder)
    assert picqer.orders.delete(idorder).status_code == 400
    assert picqer.orders.force_cancel(idorder).status_code == 204
    assert picqer.orders.get(idorder).json()["status"] == "cancelled"


def test_it_reads_what_the_account_is_set_up_with(picqer: Any) -> None:
    assert [row["percentage"] for row in picqer.vat_group.get_all().json()] == [21, 9, 0]
    assert picqer.warehouses.get(18).json()["name"] == "Main"
    assert picqer.users.get_all().json()[0]["iduser"] == 423


def test_a_wrong_key_is_refused(sandbox: SandboxPicqer) -> None:
    wrong = Client("wrong", f"{sandbox.url}/api/v1/")
    assert wrong.products.get_all().status_code == 401
