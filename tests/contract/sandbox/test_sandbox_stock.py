"""Stock: what is there, what is promised, what is free, and who is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control
from integration.sandbox.picqer.refusals import Refusal
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest
Orders = Callable[..., dict[str, Any]]


def figures(api: Api, idproduct: int = 1) -> tuple[int, int, int, int, int]:
    """Stock, the three kinds of promises, and what is free in the main warehouse."""
    entry = api.get(f"/products/{idproduct}/stock").json()[0]
    promised = entry["reservedbackorders"], entry["reservedpicklists"], entry["reservedallocations"]
    assert entry["reserved"] == sum(promised)
    return entry["stock"], *promised, entry["freestock"]


def told(control: Control) -> Counter[str]:
    return Counter(name for name, _ in control.events() if name.startswith("products."))


def test_free_stock_falls_at_once_when_an_order_is_processed(
    api: Api, concept: Orders, clock: HandClock
) -> None:
    idorder = concept("1", MUG_BLUE=3)["idorder"]
    assert figures(api) == (40, 0, 0, 0, 40)
    api.post(f"/orders/{idorder}/process")
    assert figures(api) == (40, 0, 0, 3, 37)
    clock.advance(1)
    assert figures(api) == (40, 0, 3, 0, 37)


def test_what_is_not_there_becomes_a_backorder_and_free_stock_negative(
    api: Api, processed: Orders
) -> None:
    order = processed("1", MUG_BLUE=45)
    assert figures(api) == (40, 5, 40, 0, -5)
    (waiting,) = api.get(f"/orders/{order['idorder']}/backorders").json()
    assert (waiting["amount"], waiting["amount_available"]) == (5, 0)
    assert api.get("/backorders").json() == [waiting]
    assert order["picklists"][0]["totalproducts"] == 40


def test_an_order_that_must_be_whole_waits_for_all_of_it(api: Api, clock: HandClock) -> None:
    order = {
        "deliveryname": "A",
        "deliverycountry": "NL",
        "invoicename": "A",
        "invoicecountry": "NL",
        "partialdelivery": False,
        "products": [{"productcode": "MUG-BLUE", "amount": 45}, {"idproduct": 2, "amount": 1}],
    }
    idorder = api.post("/orders", json=order).json()["idorder"]
    api.post(f"/orders/{idorder}/process")
    clock.advance(1)
    assert api.get(f"/orders/{idorder}").json()["picklists"] == []
    assert [row["amount"] for row in api.get("/backorders").json()] == [45, 1]


def test_backorders_become_a_picklist_when_stock_came_and_somebody_says_so(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed("1", MUG_BLUE=45)
    path = f"/orders/{order['idorder']}"
    assert len(api.post(f"{path}/process-backorders").json()["picklists"]) == 1
    control.set_stock("MUG-BLUE", change=10)
    assert figures(api) == (50, 5, 40, 0, 5)
    second = api.post(f"{path}/process-backorders").json()["picklists"][1]
    assert second["totalproducts"] == 5
    assert figures(api) == (50, 0, 45, 0, 5)
    assert api.get("/backorders").json() == []


def test_a_cancelled_backorder_completes_an_order_of_which_all_else_is_shipped(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed("1", MUG_BLUE=45)
    control.pick_and_close(order["picklists"][0]["idpicklist"])
    assert api.get(f"/orders/{order['idorder']}").json()["status"] == "processing"
    assert api.delete("/backorders/1").status_code == 204
    after = api.get(f"/orders/{order['idorder']}").json()
    assert (after["status"], after["products"][0]["amount_cancelled"]) == ("completed", 5)
    assert figures(api) == (0, 0, 0, 0, 0)


def test_a_second_warehouse_gives_what_the_first_lacks(
    api: Api, books: Books, control: Control, processed: Orders
) -> None:
    row = books.warehouses[19]
    books.warehouses[19] = type(row)(19, "Second", priority=2)
    control.set_stock("MUG-BLUE", amount=10, idwarehouse=19)
    order = processed("1", MUG_BLUE=45)
    places = [(row["idwarehouse"], row["totalproducts"]) for row in order["picklists"]]
    assert places == [(18, 40), (19, 5)]
    assert control.summary()["stock"]["MUG-BLUE"]["freestock"] == 5


def test_an_order_is_picked_where_all_of_it_is(
    api: Api, books: Books, control: Control, processed: Orders
) -> None:
    books.warehouses[19] = type(books.warehouses[19])(19, "Second", priority=2)
    control.set_stock("MUG-BLUE", amount=50, idwarehouse=19)
    order = processed("1", MUG_BLUE=45)
    assert [row["idwarehouse"] for row in order["picklists"]] == [19]


def test_stock_is_counted_anew_or_changed(api: Api) -> None:
    path = "/products/1/stock/18"
    assert api.post(path, json={"change": -2, "reason": "broken"}).json()["stock"] == 38
    assert api.post(path, json={"amount": 30}).json()["freestock"] == 30
    assert api.post(path, json={}).json()["error_code"] == 5
    assert api.post(path, json={"change": -31}).json()["error_code"] == 16
    assert api.post("/products/1/stock/77", json={"amount": 1}).status_code == 404
    history = api.get("/stockhistory", params={"idproduct": 1}).json()
    assert [(row["stock_change"], row["new_stock"]) for row in history[:2]] == [(-8, 30), (-2, 38)]


def test_stock_cannot_fall_below_what_picklists_hold(api: Api, processed: Orders) -> None:
    processed("1", MUG_BLUE=5)
    assert api.post("/products/1/stock/18", json={"amount": 4}).json()["error_code"] == 16
    assert api.post("/products/1/stock/18", json={"amount": 5}).json()["freestock"] == 0


def test_a_count_that_changes_nothing_tells_nobody(control: Control) -> None:
    control.set_stock("MUG-BLUE", amount=40)
    assert control.events() == []
    control.set_stock("MUG-BLUE", amount=41)
    assert told(control) == {"products.stock_changed": 1, "products.free_stock_changed": 1}


def test_what_leaves_the_warehouse_was_not_free_before(
    api: Api, processed: Orders, control: Control
) -> None:
    order = processed("1", MUG_BLUE=2)
    before = told(control)
    control.pick_and_close(order["picklists"][0]["idpicklist"])
    assert figures(api) == (38, 0, 0, 0, 38)
    assert told(control) - before == {"products.stock_changed": 1}


@pytest.fixture
def tea_set(api: Api) -> int:
    """A virtual set of one teapot and four blue mugs."""
    wanted = {"productcode": "SET", "name": "Set", "price": 50, "type": "virtual_composition"}
    idproduct: int = api.post("/products", json=wanted).json()["idproduct"]
    for part, amount in ((3, 1), (1, 4)):
        made = api.post(f"/products/{idproduct}/parts", json={"idproduct": part, "amount": amount})
        assert made.status_code == 201
    return idproduct


def test_a_virtual_set_has_the_stock_that_its_parts_allow(api: Api, tea_set: int) -> None:
    assert figures(api, tea_set)[0] == 10
    codes = [part["productcode"] for part in api.get(f"/products/{tea_set}/parts").json()]
    assert codes == ["TEAPOT", "MUG-BLUE"]
    assert api.get("/products/1/parts").json()["error_code"] == 20


def test_a_virtual_set_falls_apart_into_lines_when_processed(
    api: Api, tea_set: int, processed: Orders
) -> None:
    order = processed("1", SET=2)
    parent, pot, mugs = order["products"]
    assert (parent["has_parts"], parent["amount"]) == (True, 2)
    assert (pot["productcode"], pot["amount"]) == ("TEAPOT", 2)
    assert (mugs["productcode"], mugs["amount"]) == ("MUG-BLUE", 8)
    assert pot["partof_idorder_product"] == parent["idorder_product"]
    lines = api.get(f"/picklists/{order['picklists'][0]['idpicklist']}").json()["products"]
    assert [line["partof_idpicklist_product"] for line in lines] == [
        None,
        lines[0]["idpicklist_product"],
        lines[0]["idpicklist_product"],
    ]
    assert figures(api, 1) == (40, 0, 8, 0, 32)
    assert figures(api, tea_set)[4] == 8


def test_a_missing_part_puts_the_whole_set_in_backorder(
    api: Api, tea_set: int, control: Control, processed: Orders
) -> None:
    control.set_stock("TEAPOT", amount=1)
    order = processed("1", SET=2, TEA_BOX=1)
    assert [row["totalproducts"] for row in order["picklists"]] == [1]
    waiting = api.get("/backorders").json()
    assert [(row["amount"], row["has_parts"], row["parts_per_parent"]) for row in waiting] == [
        (2, True, None),
        (2, False, 1),
        (8, False, 4),
    ]
    path = f"/orders/{order['idorder']}/process-backorders"
    assert len(api.post(path).json()["picklists"]) == 1
    control.set_stock("TEAPOT", amount=2)
    assert len(api.post(path).json()["picklists"]) == 2


def test_stock_of_a_part_is_told_for_the_set_too(api: Api, tea_set: int, control: Control) -> None:
    control.books.events.clear()
    control.set_stock("TEAPOT", amount=5)
    assert ("products.assembled_stock_changed", "SET") in control.events()
    control.books.events.clear()
    control.set_stock("MUG-BLUE", amount=39)
    # Nine sets could be made of 39 mugs, but there are teapots for five only.
    assert "products.assembled_stock_changed" not in told(control)
    assert control.events()


def test_products_without_stock_of_their_own_are_never_missing(
    api: Api, tea_set: int, control: Control, processed: Orders
) -> None:
    wanted = {"productcode": "SHIPPING", "name": "Shipping", "price": 4, "type": "unlimited_stock"}
    idproduct = api.post("/products", json=wanted).json()["idproduct"]
    order = processed("1", SHIPPING=3)
    assert order["picklists"][0]["totalproducts"] == 3
    assert figures(api, idproduct) == (0, 0, 0, 0, 0)
    for code in ("SHIPPING", "SET"):
        with pytest.raises(Refusal, match="no stock of its own"):
            control.set_stock(code, amount=3)


def test_allocating_a_concept_lowers_free_stock_until_it_is_given_back(
    api: Api, concept: Orders
) -> None:
    idorder = concept("1", MUG_BLUE=3)["idorder"]
    status = f"/orders/{idorder}/productstatus"
    assert api.get(status).json()["products"][0]["allocated"] is False
    api.post(f"/orders/{idorder}/allocate")
    assert api.get(status).json()["products"][0]["allocated"] is True
    assert figures(api) == (40, 0, 0, 3, 37)
    api.post(f"/orders/{idorder}/deallocate")
    assert figures(api) == (40, 0, 0, 0, 40)


def test_an_allocated_order_is_promised_its_stock_once(
    api: Api, concept: Orders, clock: HandClock
) -> None:
    idorder = concept("1", MUG_BLUE=3)["idorder"]
    api.post(f"/orders/{idorder}/allocate")
    api.post(f"/orders/{idorder}/process")
    clock.advance(1)
    assert figures(api) == (40, 0, 3, 0, 37)
    assert api.post(f"/orders/{idorder}/allocate").json()["error_code"] == 21


def test_one_warehouse_tells_its_stock_per_location(api: Api) -> None:
    entry = api.get("/products/1/stock/18").json()
    assert (entry["stock"], entry["locations"][0]["stock_for_product"]["stock"]) == (40, 40)


@pytest.mark.parametrize("seed", range(8))
def test_promises_always_add_up_to_what_is_open(api: Api, books: Books, seed: int) -> None:
    """After any run of orders, closings and cancellations the figures follow from the rows."""
    random = Random(seed)
    control = Control(books)
    control.tune(process_delay=0)
    for number in range(40):
        act(api, control, random, str(number))
        assert promised(books) == open_rows(books)
    physical = {row.productcode: row.stock[18].stock for row in books.products.values()}
    assert min(physical.values()) >= 0


def act(api: Api, control: Control, random: Random, reference: str) -> None:
    """Do something at random that an office or a warehouse does."""
    lines = [
        {"idproduct": idproduct, "amount": random.randint(1, 30)}
        for idproduct in random.sample([1, 2, 3, 4], 2)
    ]
    guest = {"deliveryname": "A", "deliverycountry": "NL"}
    guest |= {"invoicename": "A", "invoicecountry": "NL"}
    order = {**guest, "reference": reference, "products": lines}
    idorder = api.post("/orders", json=order).json()["idorder"]
    if random.random() < 0.3:
        api.post(f"/orders/{idorder}/allocate")
    api.post(f"/orders/{idorder}/process")
    chosen = random.randint(1, idorder)
    picklists = [row for row in control.books.picklists.values() if row.is_open]
    match random.randint(0, 5):
        case 0:
            api.delete(f"/orders/{chosen}?force=true")
        case 1 if picklists:
            api.post(f"/picklists/{random.choice(picklists).idpicklist}/cancel")
        case 2 if picklists:
            amounts = {"MUG-BLUE": random.randint(0, 3), "TEAPOT": 1}
            control.pick_and_close(random.choice(picklists).idpicklist, amounts=amounts)
        case 3:
            control.set_stock("MUG-BLUE", change=random.randint(0, 40))
            api.post("/backorders/process")
        case _ if picklists:
            control.pick_and_close(random.choice(picklists).idpicklist)


def promised(books: Books) -> dict[tuple[str, int], int]:
    """What the figures of stock say is promised, per kind and product."""
    figures = {}
    for row in books.products.values():
        held = row.stock[18]
        figures["picklists", row.idproduct] = held.reservedpicklists
        figures["backorders", row.idproduct] = held.reservedbackorders
        figures["allocations", row.idproduct] = held.reservedallocations
    return figures


def open_rows(books: Books) -> dict[tuple[str, int], int]:
    """What open picklists, backorders and allocated concepts hold, counted row by row."""
    counted: Counter[tuple[str, int]] = Counter()
    for picklist in books.picklists.values():
        for line in picklist.lines if picklist.is_open else ():
            counted["picklists", line.idproduct] += line.amount
    for row in books.backorders.values():
        counted["backorders", row.idproduct] += row.amount
    return {key: counted[key] for key in promised(books)}


def test_two_lines_of_one_product_share_what_there_is(
    api: Api, control: Control, clock: HandClock
) -> None:
    order = {
        "deliveryname": "A",
        "deliverycountry": "NL",
        "invoicename": "A",
        "invoicecountry": "NL",
        "products": [{"idproduct": 1, "amount": 30}, {"idproduct": 1, "amount": 30}],
    }
    idorder = api.post("/orders", json=order).json()["idorder"]
    api.post(f"/orders/{idorder}/process")
    clock.advance(1)
    assert figures(api) == (40, 20, 40, 0, -20)
