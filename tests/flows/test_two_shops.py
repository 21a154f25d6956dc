"""Two shops that ship through one Picqer account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.domain import PicqerStatus
from integration.jobs import Done, Flow, Identity, Job, Park
from integration.services import Shop
from integration.testing.webshop import FakeWebshop
from tests.flows.world import World, line


class TwoShops:
    """The world's shop `nl`, and `be` beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.be = FakeWebshop()
        policy = replace(world.policy, name="be", reference="BE-{number}")
        beside = Shop(policy, "fake", self.be.connect, lambda _d: True, lambda _d: [])
        world.services = replace(world.services, shops={**world.services.shops, "be": beside})
        world.runner._services = world.services
        world.services.stock._shops = lambda _account: ["be", "nl"]  # type: ignore[attr-defined]
        world.services.gate.first_sight("main", "be")
        world.clock.advance(1)

    def order_in_be(self, order_id: str, quantity: int) -> None:
        order = self.world.order(order_id, lines=(line(quantity=quantity),))
        del self.world.shop.books.orders[order_id]
        self.be.books.orders[order_id] = order

    def job(self, flow: Flow, shop: str, subject: str) -> Job | None:
        return self.world.services.jobs.find_identity(Identity(flow, shop, subject))


@pytest.fixture
def shops(world: World) -> TwoShops:
    world.picqer.books.add_product("MUG-BLUE", 40)
    shops = TwoShops(world)
    for books in (world.shop.books, shops.be.books):
        books.stock["MUG-BLUE"] = 99
    world.run(Flow.RECONCILE, "stock:main", shop="")
    for shop in ("nl", "be"):
        world.run(Flow.RECONCILE, "stock", shop=shop)
    world.settle_all()
    return shops


def test_both_shops_show_the_same_free_stock(shops: TwoShops) -> None:
    assert shops.world.shop.books.stock["MUG-BLUE"] == 40
    assert shops.be.books.stock["MUG-BLUE"] == 40


def test_what_is_ordered_in_one_shop_is_at_once_taken_off_in_the_other(shops: TwoShops) -> None:
    shops.order_in_be("77", 3)
    shops.world.services.gate.pause(Flow.CREATE_ORDER, None, "tester")

    shops.world.run(Flow.CREATE_ORDER, "77", shop="be")
    shops.world.settle_all()

    assert shops.world.shop.books.stock["MUG-BLUE"] == 37
    assert shops.world.picqer.books.orders == {}, "Picqer does not know of it yet"


def test_orders_of_both_shops_with_one_number_are_two_orders(shops: TwoShops) -> None:
    shops.world.order("1042")
    shops.world.run_order("1042")
    shops.order_in_be("1042", 1)

    outcome = shops.world.run(Flow.CREATE_ORDER, "1042", shop="be")

    assert isinstance(outcome.ending, Done)
    references = {order.reference for order in shops.world.picqer.books.orders.values()}
    assert references == {"1042", "BE-1042"}


def test_two_orders_that_would_share_a_reference_are_kept_apart_and_both_named(
    shops: TwoShops,
) -> None:
    shops.world.order("1042", number="BE-7")
    shops.world.run_order("1042")
    shops.order_in_be("7", 1)

    outcome = shops.world.run(Flow.CREATE_ORDER, "7", shop="be")

    assert isinstance(outcome.ending, Park)
    assert "1042" in outcome.ending.reason
    live = shops.world.picqer.books.live_orders("BE-7")
    assert [order.status for order in live] == [PicqerStatus.PROCESSING]
