"""The control interface over HTTP does what the methods do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control, SandboxPicqer, Tuning

Api = Any  # the client of this folder's conftest
Orders = Callable[..., dict[str, Any]]


def test_the_control_interface_is_neither_limited_nor_logged(api: Api, levers: Api) -> None:
    assert levers.post("/limit", json={"limit": 0}).json() == {"limit": 0}
    assert api.get("/users/me").status_code == 429
    assert levers.get("/books", auth=None).status_code == 200
    (entry,) = levers.get("/log").json()
    assert (entry["path"], entry["status"], entry["seconds"]) == ("/api/v1/users/me", 429, 0)
    assert levers.post("/reset-log").json() == {"ok": True}
    assert levers.get("/log").json() == []


def test_limits_windows_and_foreign_use_are_set_from_outside(
    api: Api, levers: Api, books: Books
) -> None:
    levers.post("/limit", json={"limit": 50})
    levers.post("/window", json={"kind": "token_bucket"})
    levers.post("/foreign-use", json={"count": 10})
    assert api.get("/users/me").headers["X-RateLimit-Remaining"] == "39"
    assert books.rate.kind == "token_bucket"
    assert levers.post("/window", json={"kind": "lunar"}).status_code == 422
    assert levers.post("/limit", json={"limit": -1}).status_code == 422
    assert levers.get("/max-in-window").json()["max_in_window"] == 1


def test_faults_are_added_listed_and_removed_from_outside(api: Api, levers: Api) -> None:
    fault = {"kind": "status", "method": "GET", "path": "/users/me", "status": 502, "count": 5}
    idfault = levers.post("/faults", json=fault).json()["idfault"]
    assert api.get("/users/me").status_code == 502
    (shown,) = levers.get("/faults").json()
    assert (shown["idfault"], shown["happened"], shown["status"]) == (idfault, 1, 502)
    assert levers.delete(f"/faults/{idfault}").status_code == 200
    assert levers.delete(f"/faults/{idfault}").status_code == 404
    levers.post("/faults", json=fault)
    levers.delete("/faults")
    assert api.get("/users/me").status_code == 200
    assert levers.post("/faults", json={"kind": "status", "when": "now"}).status_code == 422


def test_the_warehouse_is_worked_from_outside(api: Api, levers: Api, processed: Orders) -> None:
    order = processed("1042", MUG_BLUE=5)
    path = f"/picklists/{order['picklists'][0]['idpicklist']}/pick-and-close"
    wanted = {
        "lines": [{"productcode": "MUG-BLUE", "amount": 3}],
        "shipments": 1,
        "parcels": 2,
        "then": "picklist",
    }
    closed = levers.post(path, json=wanted).json()
    assert (closed["status"], closed["totalpicked"]) == ("closed", 3)
    assert len(api.get("/picklists/1/shipments").json()[0]["parcels"]) == 2
    assert levers.post(path).json()["error_code"] == 21
    assert levers.post("/picklists/99/pick-and-close").status_code == 404
    done = levers.post(f"/orders/{order['idorder']}/complete", json={"shipments": 0}).json()
    assert (done["status"], [row["status"] for row in done["picklists"]]) == (
        "completed",
        ["closed", "closed"],
    )
    assert len(api.get("/shipments").json()) == 1


def test_orders_are_cancelled_expected_and_finished_from_outside(
    api: Api, levers: Api, concept: Orders
) -> None:
    first, second = concept("1")["idorder"], concept("2", MUG_BLUE=41)["idorder"]
    assert levers.post(f"/orders/{first}/expect").json()["status"] == "expected"
    assert levers.post(f"/orders/{first}/cancel").json()["status"] == "cancelled"
    api.post(f"/orders/{second}/process")
    assert len(levers.post(f"/orders/{second}/finish-processing").json()["picklists"]) == 1
    levers.post("/stock", json={"productcode": "MUG-BLUE", "change": 1})
    assert len(levers.post(f"/orders/{second}/process-backorders").json()["picklists"]) == 2
    assert levers.post("/orders/99/cancel").status_code == 404


def test_stock_and_returns_are_made_from_outside(api: Api, levers: Api) -> None:
    stock = {"productcode": "MUG-BLUE", "amount": 9, "idwarehouse": 19}
    assert levers.post("/stock", json=stock).json() == {"stock": 9}
    # Stock in a warehouse that does not count is not free for shops.
    assert levers.get("/books").json()["stock"]["MUG-BLUE"]["freestock"] == 40
    assert levers.post("/stock", json={**stock, "productcode": "NO"}).status_code == 404
    assert levers.post("/stock", json={**stock, "idwarehouse": 7}).status_code == 404
    made = levers.post("/returns", json={"productcode": "TEAPOT"})
    assert (made.status_code, made.json()["idreturn"]) == (201, 1)
    assert levers.post("/returns", json={"productcode": "NO"}).status_code == 404


def test_the_books_show_orders_stock_and_hooks(api: Api, levers: Api, processed: Orders) -> None:
    hook = {"event": "orders.completed", "address": "https://a.example.org/", "name": "x"}
    api.post("/hooks", json=hook)
    processed("1042", MUG_BLUE=2)
    books = levers.get("/books").json()
    assert books["orders"] == {
        "1042": [
            {
                "idorder": 1,
                "orderid": "O2026-0001",
                "status": "processing",
                "picklists": [{"idpicklist": 1, "status": "new"}],
            }
        ]
    }
    assert books["stock"]["MUG-BLUE"]["freestock"] == 38
    assert books["hooks"][0]["event"] == "orders.completed"
    assert ["orders.created", "1"] in levers.get("/events").json()
    assert levers.get("/deliveries").json() == []


def test_deliveries_are_paused_and_resumed_from_outside(levers: Api, books: Books) -> None:
    levers.post("/hooks/pause")
    assert books.deliveries.paused
    levers.post("/hooks/resume")
    assert not books.deliveries.paused


def test_knobs_are_turned_and_misspelt_ones_refused(levers: Api, control: Control) -> None:
    turned = levers.post("/tuning", json={"process_delay": 2, "tags": "object"}).json()
    assert (turned["process_delay"], turned["tags"]) == (2, "object")
    assert levers.get("/tuning").json() == turned
    assert "no such knob" in levers.post("/tuning", json={"proces_delay": 2}).text
    assert levers.post("/tuning", json={"tags": "banana"}).status_code == 400
    assert control.books.tuning == Tuning(process_delay=2, tags="object")


def test_the_address_tells_where_the_rest_is(books: Books) -> None:
    sandbox = SandboxPicqer(books)
    assert sandbox.books is books
    with pytest.raises(ValueError, match="either books"):
        SandboxPicqer(books, demo=True)
