"""The custom connector, over HTTP to the demo shop: the contract, and what HTTP adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from integration.clock import SystemClock
from integration.domain import Shipment
from integration.errors import (
    Ambiguous,
    BridgeError,
    LockedOut,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
    Unmappable,
)
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import CallGuard, ShopAnswer, StockAnswer, StockItem, Webshop
from integration.sandbox.shop import Fault, Manners, SandboxShop
from integration.testing.open_doors import OpenGuard
from integration.testing.webshop_contract import Connect, ShopSide, WebshopContract, shipment
from integration.webshops import find
from integration.webshops.custom.client import CustomWebshop
from integration.webshops.custom.settings import CustomSettings

POLICY = ShopPolicy("nl", AccountPolicy("main"), frozenset({"create_order"}))


def settings_of(shop: SandboxShop, **other: object) -> CustomSettings:
    values = {"url": shop.url, "token": shop.token, "secret": shop.secret}
    return CustomSettings.model_validate(values | other)


class DemoSide:
    """The demo shop as its owner sees it."""

    def __init__(self, shop: SandboxShop) -> None:
        self.demo = shop

    def add_product(self, sku: str, sellable: int) -> str:
        return self.demo.add_product(sku=sku, sellable=sellable, price_net="8.22")

    def place_order(self, sku: str, quantity: int) -> str:
        return self.demo.place_order([(sku, quantity)])

    def take_over(self, order_id: str) -> None:
        self.demo.cancel_order(order_id)

    def break_down(self) -> None:
        self.demo.faults.add(Fault(kind="status", status=503))

    def shown(self, sku: str) -> int:
        return self.demo.books.sellable[sku]

    def shipments(self, order_id: str) -> Mapping[str, Sequence[str | None]]:
        reports = self.demo.books.shipments.get(order_id, {})
        return {
            key: [parcel["tracking_code"] for parcel in report.body["parcels"]]
            for key, report in reports.items()
        }

    def is_complete(self, order_id: str) -> bool:
        return bool(self.demo.books.orders[order_id]["fulfillment_status"] == "fulfilled")


@pytest.fixture
def demo() -> Iterator[SandboxShop]:
    with SandboxShop(manners=Manners(page_size=3)) as shop:
        yield shop


@pytest.fixture
def side(demo: SandboxShop) -> ShopSide:
    return DemoSide(demo)


@pytest.fixture
def connect(demo: SandboxShop) -> Connect:
    def connected(guard: CallGuard) -> Webshop:
        return find("custom").connect(settings_of(demo), POLICY, guard, SystemClock())

    return connected


@pytest.fixture
def webshop(connect: Connect) -> Webshop:
    return connect(OpenGuard())


class TestCustomWebshop(WebshopContract):
    """The same suite as every connector."""


def test_every_request_carries_the_contract_and_the_token(
    demo: SandboxShop, webshop: Webshop
) -> None:
    demo.add_product(sku="MUG", sellable=3)
    assert [item.sellable for item in webshop.stock()] == [3]
    assert {request.status for request in demo.books.log} == {200}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_holds_the_shop_and_says_which_setting_to_correct(
    demo: SandboxShop, webshop: Webshop, status: int
) -> None:
    demo.faults.add(Fault(kind="status", status=status))
    with pytest.raises(LockedOut, match=r"shop nl refuses the token .*shops\.nl\.custom\.token"):
        webshop.order("1001")


def test_a_wrong_token_is_such_a_refusal(demo: SandboxShop) -> None:
    wrong = settings_of(demo, token="not-the-token-of-it")
    with pytest.raises(LockedOut):
        CustomWebshop(wrong, POLICY, OpenGuard(), SystemClock()).order("1001")


@pytest.mark.parametrize(
    ("fault", "reading", "writing"),
    [
        (Fault(kind="status", status=429, count=9), RateLimited, RateLimited),
        (Fault(kind="status", status=500, count=9), Unavailable, Ambiguous),
        (Fault(kind="status", status=503, count=9), Unavailable, Ambiguous),
        (Fault(kind="status", status=400, count=9), Refused, Refused),
        (Fault(kind="status", status=404, count=9), NotFound, NotFound),
        (Fault(kind="non_json", count=9), Unavailable, Ambiguous),
        (Fault(kind="drop_before_commit", count=9), Unavailable, Ambiguous),
        (Fault(kind="commit_then_drop", count=9), Unavailable, Ambiguous),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else "",
)
def test_each_kind_of_trouble_is_an_error_of_its_family(
    demo: SandboxShop,
    webshop: Webshop,
    fault: Fault,
    reading: type[BridgeError],
    writing: type[BridgeError],
) -> None:
    demo.faults.add(fault)
    with pytest.raises(reading):
        webshop.order("1001")
    with pytest.raises(writing):
        webshop.set_stock([StockItem("MUG", 1)])


def test_an_unclear_write_can_be_repeated_without_harm(demo: SandboxShop, webshop: Webshop) -> None:
    demo.add_product(sku="MUG-BLUE", sellable=10)
    order_id = demo.place_order([("MUG-BLUE", 1)])
    demo.faults.add(Fault(kind="commit_then_drop", method="PUT"))
    with pytest.raises(Ambiguous):
        webshop.ship(order_id, shipment("501", "3S1"))
    assert webshop.ship(order_id, shipment("501", "3S1")) is ShopAnswer.ACCEPTED
    assert list(demo.books.shipments[order_id]) == ["501"]


def test_the_shops_own_words_are_in_the_refusal_with_the_order(
    demo: SandboxShop, webshop: Webshop
) -> None:
    demo.add_product(sku="MUG-BLUE", sellable=10)
    order_id = demo.place_order([("MUG-BLUE", 1)])
    with pytest.raises(Refused, match=f"/orders/{order_id}/.*has no line 99"):
        webshop.ship(order_id, shipment("501", "3S1", line_id="99"))


def test_a_customer_is_mailed_by_the_shop_only_when_asked(
    demo: SandboxShop, webshop: Webshop
) -> None:
    demo.add_product(sku="MUG-BLUE", sellable=10)
    order_id = demo.place_order([("MUG-BLUE", 1)])
    quiet = shipment("501", "3S1")
    webshop.ship(order_id, quiet)
    assert demo.books.mails == []
    loud = Shipment("502", quiet.shipped_at, quiet.lines, quiet.parcels, notify_customer=True)
    webshop.ship(order_id, loud)
    assert [mail.shipment_key for mail in demo.books.mails] == ["502"]


def test_an_order_whose_content_cannot_be_read_is_found_and_parks_by_itself(
    demo: SandboxShop, webshop: Webshop
) -> None:
    demo.add_product(sku="MUG-BLUE", sellable=10)
    order_id = demo.place_order([("MUG-BLUE", 1)])
    demo.change_order(order_id, placed_at="yesterday")
    changes = webshop.orders_changed_since(datetime.now(UTC) - timedelta(1))
    assert [change.id for change in changes] == [order_id]
    with pytest.raises(Unmappable, match="placed_at"):
        webshop.order(order_id)


def test_more_items_than_a_batch_are_sent_in_batches(demo: SandboxShop, webshop: Webshop) -> None:
    items = [StockItem(f"MUG-{number}", 1) for number in range(101)]
    results = webshop.set_stock(items)
    assert [result.answer for result in results] == [StockAnswer.UNKNOWN_SKU] * 101
    assert [request.method for request in demo.books.log] == ["PUT", "PUT"]


def test_a_figure_that_the_shop_refuses_comes_with_its_words(
    demo: SandboxShop, webshop: Webshop
) -> None:
    demo.add_product(sku="MUG", sellable=1)
    (result,) = webshop.set_stock([StockItem("MUG", -1)])
    assert result.answer is StockAnswer.REFUSED
    assert "below zero" in (result.message or "")


@pytest.mark.parametrize("minutes", [-30, 30])
def test_changes_are_found_and_timed_right_when_the_shops_clock_is_wrong(minutes: int) -> None:
    off = timedelta(minutes=minutes)
    with SandboxShop(clock=lambda: datetime.now(UTC) + off) as demo:
        demo.add_product(sku="MUG-BLUE", sellable=10)
        began = datetime.now(UTC)
        order_id = demo.place_order([("MUG-BLUE", 1)])
        webshop = CustomWebshop(settings_of(demo), POLICY, OpenGuard(), SystemClock())
        (order,) = webshop.orders_changed_since(began)
        assert order.id == order_id
        assert order.updated_at
        ours = order.updated_at + webshop.clock_offset
        assert abs(ours - began) < timedelta(seconds=5)


def test_an_id_cannot_lead_to_another_path(demo: SandboxShop, webshop: Webshop) -> None:
    with pytest.raises(Unmappable):
        webshop.order("..")
    with pytest.raises((NotFound, Refused)):
        webshop.order("../stock?x=")
    assert all(request.path.startswith("/orders/") for request in demo.books.log)


def test_a_picture_of_the_shops_own_host_is_fetched(demo: SandboxShop, webshop: Webshop) -> None:
    picture = webshop.image(demo.picture_url("mug"))
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
