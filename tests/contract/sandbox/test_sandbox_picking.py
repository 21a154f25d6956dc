"""Picklists and shipments: picked, closed, cancelled, and what follows for the order."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control, seed_demo
from integration.sandbox.picqer.refusals import Refusal
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest
Orders = Callable[..., dict[str, Any]]


def only_picklist(order: dict[str, Any]) -> str:
    (picklist,) = order["picklists"]
    return f"/picklists/{picklist['idpicklist']}"


def test_a_picklist_is_picked_line_by_line(api: Api, processed: Orders) -> None:
    path = only_picklist(processed("1", MUG_BLUE=2, TEAPOT=1))
    mugs, pot = (line["idpicklist_product"] for line in api.get(path).json()["products"])

    def pick(**wanted: int) -> Any:
        return api.post(f"{path}/pick", json=wanted).json()

    assert pick(amount=1)["error_code"] == 15
    assert pick(idpicklist_product=mugs, amount=0)["error_code"] == 16
    assert pick(idpicklist_product=999, amount=1)["error_code"] == 17
    assert pick(idpicklist_product=mugs, amount=3)["error_code"] == 18
    assert pick(idpicklist_product=mugs, amount=1)["totalpicked"] == 1
    assert pick(product=pot, amount=1)["totalpicked"] == 2
    assert api.post(f"{path}/close").json()["error_code"] == 16
    assert api.post(f"{path}/pickall").json()["totalpicked"] == 3
    closed = api.post(f"{path}/close").json()
    assert (closed["status"], closed["closed_at"]) == ("closed", "2026-11-23 13:00:01")
    assert [line["amount_picked"] for line in closed["products"]] == [2, 1]
    assert api.post(f"{path}/close").json()["error_code"] == 21


def test_the_last_picklist_completes_the_order_and_tells_so(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed()
    control.books.events.clear()
    api.post(f"{only_picklist(order)}/pickall")
    api.post(f"{only_picklist(order)}/close")
    assert api.get(f"/orders/{order['idorder']}").json()["status"] == "completed"
    assert sorted(name for name, _ in control.events()) == [
        "orders.completed",
        "orders.status_changed",
        "picklists.closed",
        "products.stock_changed",
    ]


def test_the_order_of_these_events_is_the_seeds_and_not_always_the_same(
    clock: HandClock,
) -> None:
    def closing(seed: int) -> list[str]:
        books = Books(clock=clock.monotonic, random=Random(seed))
        seed_demo(books)
        control = Control(books)
        line = {"productcode": "TEAPOT", "amount": 1}
        idorder = place_and_process(books, line)
        books.events.clear()
        control.complete_order(idorder)
        return [name for name, _ in control.events()]

    assert closing(1) == closing(1)
    assert len({tuple(closing(seed)) for seed in range(20)}) > 5


def place_and_process(books: Books, line: dict[str, Any]) -> int:
    from integration.sandbox.picqer import order_entry, processing

    guest = {"deliveryname": "A", "deliverycountry": "NL"}
    guest |= {"invoicename": "A", "invoicecountry": "NL"}
    order = order_entry.create(books, {**guest, "products": [line]})
    processing.process(books, order)
    return order.idorder


def test_an_order_with_two_picklists_is_complete_after_the_second(
    api: Api, concept: Orders, control: Control, clock: HandClock
) -> None:
    control.tune(lines_per_picklist=1)
    idorder = concept("1", MUG_BLUE=2, TEAPOT=1)["idorder"]
    api.post(f"/orders/{idorder}/process")
    clock.advance(1)
    first, second = api.get(f"/orders/{idorder}").json()["picklists"]
    control.pick_and_close(first["idpicklist"])
    assert api.get(f"/orders/{idorder}").json()["status"] == "processing"
    control.pick_and_close(second["idpicklist"])
    assert api.get(f"/orders/{idorder}").json()["status"] == "completed"


def test_a_picklist_closed_short_leaves_the_rest_waiting(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed("1", MUG_BLUE=5, TEAPOT=1)
    control.pick_and_close(order["picklists"][0]["idpicklist"], amounts={"MUG-BLUE": 3})
    lines = api.get(only_picklist(order)).json()["products"]
    assert [(line["amount"], line["amount_picked"]) for line in lines] == [(5, 3), (1, 0)]
    assert [row["amount"] for row in api.get("/backorders").json()] == [2, 1]
    assert api.get(f"/orders/{order['idorder']}").json()["status"] == "processing"
    stock = api.get("/products/1/stock").json()[0]
    assert (stock["stock"], stock["reserved"], stock["freestock"]) == (37, 2, 35)


def test_the_rest_of_a_short_picklist_may_be_a_picklist_at_once(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed("1", MUG_BLUE=5)
    first = order["picklists"][0]["idpicklist"]
    control.pick_and_close(first, amounts={"MUG-BLUE": 3}, then="picklist")
    second = api.get(f"/orders/{order['idorder']}").json()["picklists"][1]
    assert (second["status"], second["totalproducts"]) == ("new", 2)
    lines = api.get(f"/picklists/{second['idpicklist']}").json()["products"]
    assert lines[0]["idorder_product"] == order["products"][0]["idorder_product"]
    control.pick_and_close(second["idpicklist"])
    assert api.get(f"/orders/{order['idorder']}").json()["status"] == "completed"


def test_a_cancelled_picklist_becomes_backorders(api: Api, processed: Orders) -> None:
    order = processed("1", MUG_BLUE=2)
    assert api.post(f"{only_picklist(order)}/cancel").json()["status"] == "cancelled"
    assert [row["amount"] for row in api.get("/backorders").json()] == [2]
    assert api.get(f"/orders/{order['idorder']}").json()["status"] == "processing"
    assert api.post(f"{only_picklist(order)}/cancel").json()["error_code"] == 21


def test_a_shipment_carries_parcels_and_the_older_flat_keys(api: Api, processed: Orders) -> None:
    path = only_picklist(processed("1", MUG_BLUE=2))
    wanted = {"idshippingprofile": 13, "parcels": [{"weight": 500}, {"weight": 120}]}
    answer = api.post(f"{path}/shipments?return=shipment", json=wanted)
    shipment = answer.json()
    assert answer.status_code == 201
    assert (shipment["provider"], shipment["carrier_key"], shipment["weight"]) == (
        "DHL",
        "dhl",
        620,
    )
    codes = [parcel["tracking_code"] for parcel in shipment["parcels"]]
    assert len(set(codes)) == 2
    assert (shipment["trackingcode"], shipment["idorder"]) == (codes[0], 1)
    assert shipment["trackingurl"] == shipment["tracktraceurl"]
    assert api.get(f"{path}/shipments").json() == [shipment]
    assert api.get(f"/shipments/{shipment['idshipment']}").json() == shipment
    assert api.get("/shipments", params={"search": codes[1]}).json() == [shipment]


def test_a_shipment_is_refused_for_an_unknown_profile_or_nonsense(
    api: Api, processed: Orders
) -> None:
    path = f"{only_picklist(processed())}/shipments"
    for wrong in ({"idshippingprofile": 99}, {"parcels": "two"}, {"parcels": [1]}, {"weight": "x"}):
        assert api.post(path, json=wrong).json()["error_code"] == 26


def test_a_picklist_closes_by_itself_when_picked_and_shipped(
    api: Api, processed: Orders, control: Control
) -> None:
    first = only_picklist(processed("1"))
    api.post(f"{first}/pickall")
    assert api.post(f"{first}/shipments", json={}).json()["status"] == "closed"
    second = only_picklist(processed("2"))
    api.post(f"{second}/shipments", json={})
    assert api.post(f"{second}/pickall").json()["status"] == "closed"
    control.tune(closes_by_itself=False)
    third = only_picklist(processed("3"))
    api.post(f"{third}/shipments", json={})
    assert api.post(f"{third}/pickall").json()["status"] == "new"


def test_a_shipment_may_come_after_the_picklist_closed(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed()
    control.pick_and_close(order["picklists"][0]["idpicklist"], shipments=0)
    assert api.get(f"{only_picklist(order)}/shipments").json() == []
    assert api.post(f"{only_picklist(order)}/shipments", json={}).status_code == 201
    assert len(api.get(f"{only_picklist(order)}/shipments").json()) == 1


def test_a_shipment_is_cancelled_within_five_minutes_only(
    api: Api, processed: Orders, control: Control, clock: HandClock
) -> None:
    path = f"{only_picklist(processed())}/shipments"
    for _ in range(2):
        api.post(path, json={})
    assert api.delete("/picklists/99/shipments/1").status_code == 404
    assert api.delete(f"{path}/1").status_code == 204
    assert [row["cancelled"] for row in api.get(path).json()] == [True, False]
    assert control.events()[-1] == ("picklists.shipments.cancelled", "1")
    clock.advance(301)
    assert api.delete(f"{path}/2").json()["error_code"] == 21
    control.cancel_shipment(2)
    assert [row["cancelled"] for row in api.get(path).json()] == [True, True]


def test_picklists_are_found_by_when_they_closed(
    api: Api, processed: Orders, control: Control, clock: HandClock
) -> None:
    orders = [processed(str(number)) for number in range(3)]
    for order in orders[:2]:
        control.pick_and_close(order["picklists"][0]["idpicklist"])
        clock.advance(60)

    def ids(**filters: str) -> list[int]:
        return [row["idpicklist"] for row in api.get("/picklists", params=filters).json()]

    assert ids(status="closed") == [1, 2]
    assert ids(status="new") == [3]
    assert ids(status="closed", closed_after="2026-11-23 13:01:00") == [2]
    assert ids(closed_before="2026-11-23 13:01:00") == [1]
    assert ids(closed_after="2026-11-24") == []
    assert ids(sinceid="1", beforeid="3") == [2]
    assert ids(picklistid="P2026-0003", sincedate="2026-11-23") == [3]


def test_a_picklist_of_a_return_closes_without_an_order(api: Api, control: Control) -> None:
    made = control.make_return("TEAPOT", amount=2, reference="1042")
    picklist = api.get(f"/picklists/{made.idpicklist}").json()
    assert (picklist["idorder"], picklist["idreturn"], picklist["status"]) == (None, 1, "closed")
    assert picklist["products"][0]["idorder_product"] is None
    assert picklist["reference"] == "1042"
    assert api.get("/products/3/stock").json()[0]["freestock"] == 10
    assert ("picklists.closed", "1") in control.events()
    with pytest.raises(Refusal, match="no 99 pieces"):
        control.make_return("TEAPOT", amount=99)


def test_the_warehouse_completes_an_order_in_one_go(
    api: Api, concept: Orders, control: Control
) -> None:
    idorder = concept("1", MUG_BLUE=45)["idorder"]
    with pytest.raises(Refusal, match="processing"):
        control.complete_order(idorder)
    api.post(f"/orders/{idorder}/process")
    control.complete_order(idorder)
    after = api.get(f"/orders/{idorder}").json()
    assert (after["status"], after["products"][0]["amount_cancelled"]) == ("completed", 5)
    assert len(api.get("/shipments").json()) == 1
    stock = api.get("/products/1/stock").json()[0]
    assert (stock["stock"], stock["reserved"]) == (0, 0)
