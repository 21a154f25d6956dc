"""The control interface of the demo shop, and the faults that it switches on."""

from typing import Any

import pytest

from integration.sandbox.shop import Fault, SandboxShop
from integration.sandbox.shop.faults import Faults


@pytest.mark.parametrize(
    ("method", "path", "meets"),
    [
        ("PUT", "/stock", True),
        ("GET", "/stock", False),
        ("PUT", "/stocks", False),
        ("PUT", "/orders/1001/shipments/5", False),
    ],
)
def test_a_fault_meets_only_the_requests_it_is_meant_for(
    method: str, path: str, meets: bool
) -> None:
    assert Fault(kind="status", method="PUT", path="/stock").fits(method, path) is meets


def test_a_star_in_a_path_is_one_segment() -> None:
    fault = Fault(kind="late", path="/orders/*")
    assert fault.fits("GET", "/orders/1001")
    assert not fault.fits("POST", "/orders/1001/complete")
    assert Fault(kind="late").fits("POST", "/orders/1001/complete")


def test_faults_happen_as_often_as_asked_oldest_first() -> None:
    faults = Faults()
    twice = Fault(kind="status", count=2)
    once = Fault(kind="late")
    faults.add(twice)
    faults.add(once)
    assert [faults.take("GET", "/stock") for _ in range(4)] == [twice, twice, once, None]


def test_a_fault_that_could_never_happen_is_refused() -> None:
    with pytest.raises(ValueError, match="count"):
        Faults().add(Fault(kind="late", count=0))
    with pytest.raises(ValueError, match="quake"):
        Faults().add(Fault(kind="quake"))  # type: ignore[arg-type]  # the wrong kind is the point


def test_a_day_of_trade_can_be_played_over_http(shop: SandboxShop, bridge: Any) -> None:
    mug = bridge.post(
        "/control/products", json={"sellable": 5, "fields": {"sku": "MUG", "price_net": 8.22}}
    ).json()["id"]
    assert bridge.patch(f"/control/products/{mug}", json={"name": "Mug"}).status_code == 200
    assert bridge.put("/control/sellable/MUG", json={"sellable": 7}).status_code == 200
    customer = {"name": "A. Jansen", "email": "a@example.org"}
    customer_id = bridge.post("/control/customers", json=customer).json()["id"]
    lines = [{"sku": "MUG", "quantity": 2}]
    options = {"customer": customer_id, "paid": False, "country": "DE"}
    order = bridge.post("/control/orders", json={"lines": lines, "options": options}).json()["id"]
    for action in ("pay", "complete", "cancel"):
        assert bridge.post(f"/control/orders/{order}/{action}").status_code == 200
    bridge.patch(f"/control/orders/{order}", json={"customer_note": "x"})
    raw = bridge.post("/control/orders/raw", json={"document": {"id": "7", "odd": True}})
    assert raw.json() == {"id": "7"}
    books = bridge.get("/control/books").json()
    assert books["products"][0]["name"] == "Mug"
    assert books["sellable"] == {"MUG": 5}
    assert [each["id"] for each in books["orders"]] == [order, "7"]
    assert books["orders"][0]["customer"]["id"] == customer_id
    assert books["orders"][0]["customer_note"] == "x"
    assert books["person_did"] == {order: "cancelled"}


def test_shipments_and_mails_are_in_the_books(shop: SandboxShop, bridge: Any) -> None:
    order = shop.place_order([("MUG", 1)])
    shipment = {"shipment_key": "501", "shipped_at": "2026-11-23T14:00:00Z",
                "notify_customer": True, "lines": [], "parcels": []}  # fmt: skip
    bridge.put(f"/orders/{order}/shipments/501", json=shipment)
    bridge.post(f"/control/orders/{order}/refund", json={"quantities": {"1": 1}})
    books = bridge.get("/control/books").json()
    assert books["shipments"][order]["501"] == {"body": shipment, "times": 1}
    assert books["mails"][0]["at"] == "2026-11-23T12:00:00Z"
    assert books["orders"][0]["payment_status"] == "refunded"


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("/control/orders", {"lines": [], "options": {"contry": "DE"}}, 422, "contry"),
        ("/control/orders", {"lines": [{"skew": "MUG"}]}, 422, "skew"),
        ("/control/orders", {"lines": [], "options": {"customer": "1"}}, 404, "1"),
        ("/control/orders/404/pay", None, 404, "404"),
        ("/control/faults", {"kind": "quake"}, 422, "kind"),
        ("/control/faults", {"kind": "late", "count": 0}, 422, "count"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_with_a_sentence(
    bridge: Any, path: str, body: Any, status: int, word: str
) -> None:
    answer = bridge.post(path, json=body)
    assert answer.status_code == status
    assert word in answer.json()["error"]


def test_a_status_fault_changes_nothing_unless_it_commits(shop: SandboxShop, bridge: Any) -> None:
    shop.add_product(sku="MUG", sellable=1)
    write = {"items": [{"sku": "MUG", "sellable": 9}]}
    fault = {"kind": "status", "path": "/stock", "status": 429, "retry_after": 3}
    assert bridge.post("/control/faults", json=fault).status_code == 200
    assert bridge.get("/control/faults").json()["faults"][0]["left"] == 1
    answer = bridge.put("/stock", json=write)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert shop.books.sellable["MUG"] == 1
    bridge.post("/control/faults", json={"kind": "status", "commit": True})
    assert bridge.put("/stock", json=write).status_code == 503
    assert shop.books.sellable["MUG"] == 9
    assert bridge.put("/stock", json=write).status_code == 200


def test_a_page_of_html_can_stand_in_for_an_answer(shop: SandboxShop, bridge: Any) -> None:
    shop.faults.add(Fault(kind="non_json"))
    answer = bridge.get("/stock")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    shop.faults.add(Fault(kind="non_json"))
    bridge.delete("/control/faults")
    assert bridge.get("/stock").json() == {"items": [], "next_cursor": None}


def test_every_request_of_the_bridge_is_logged_and_no_other(bridge: Any) -> None:
    bridge.post("/control/faults", json={"kind": "status", "method": "PUT"})
    bridge.get("/orders", params={"cursor": "MQ=="})
    bridge.put("/stock", json={"items": []})
    bridge.put("/stock", content=b"no json")
    requests = bridge.get("/control/log").json()["requests"]
    assert [(each["method"], each["path"], each["status"]) for each in requests] == [
        ("GET", "/orders", 200),
        ("PUT", "/stock", 503),
        ("PUT", "/stock", 422),
    ]
    assert requests[0]["query"] == "cursor=MQ%3D%3D"
    assert [each["body"] for each in requests] == [None, {"items": []}, None]
    assert [each["fault"] for each in requests] == [None, "status", None]


def test_manners_can_be_changed_while_the_shop_runs(shop: SandboxShop, bridge: Any) -> None:
    change = {"echo": True, "page_size": 3, "answer_seconds": 0.0, "webhooks": "off",
              "duplicate_every": 10, "door_url": "http://door.test/"}  # fmt: skip
    assert bridge.patch("/control/manners", json=change).json() == change
    assert bridge.get("/control/manners").json() == change
    assert (shop.manners.echo, shop.webhooks.mode) == (True, "off")
    assert bridge.patch("/control/manners", json={"page_size": 0}).status_code == 422
    assert bridge.patch("/control/manners", json={}).json() == change


def test_the_attempts_to_reach_the_door_can_be_looked_at(bridge: Any) -> None:
    assert bridge.get("/control/webhooks").json() == {"attempts": []}


class Unreadable(dict[str, Any]):
    """An entry of the books that a bug made: nobody can copy it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __deepcopy__(self, _: object) -> "Unreadable":
        raise self._error


@pytest.mark.parametrize("error", [ValueError("a bug"), RuntimeError("a bug")])
def test_a_bug_in_the_shop_is_not_dressed_up_as_a_refusal(
    shop: SandboxShop, bridge: Any, error: Exception
) -> None:
    shop.books.orders["9"] = Unreadable(error)
    with pytest.raises(type(error), match="a bug"):
        bridge.get("/orders/9")
