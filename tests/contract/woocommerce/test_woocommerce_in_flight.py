"""An order that waits holds its pieces exactly while WooCommerce itself has taken them off.

The real connector against the WooCommerce server; Picqer has as many pieces as the shop began with,
so what the bridge would show and what the shop shows by itself must be the same figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from integration.jobs import Done, Flow, Identity
from integration.ports import CallGuard, Webshop
from integration.runner import Runner
from integration.services import Shop
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.webshops.woocommerce import CONNECTOR
from tests.contract.woocommerce.conftest import Settings
from tests.flows.world import FLOWS, World
from tests.woocommerce.server import WooCommerceServer

PIECES = 100


@pytest.fixture
def shop(clock: HandClock) -> Iterator[WooCommerceServer]:
    with WooCommerceServer(clock=clock.now) as server:
        server.add_product("MUG", PIECES)
        yield server


@pytest.fixture
def world(memory_database: Database, clock: HandClock, settings_of: Settings) -> World:
    world = World(memory_database, clock)
    own, policy = settings_of(), world.policy

    def connect(guard: CallGuard) -> Webshop:
        return CONNECTOR.connect(own, policy, guard, clock)

    connected = Shop(policy, "woocommerce", connect, lambda _: True, lambda _: [])
    world.services = replace(world.services, shops={"nl": connected})
    world.runner = Runner(world.services, FLOWS, chance=lambda: 0.5)
    world.picqer.books.add_product("MUG", PIECES)
    world.services.stock.observe("main", world.picqer.books.set_stock("MUG", PIECES))
    return world


@pytest.mark.parametrize(
    "statuses",
    [
        ["pending", "on-hold", "cancelled"],
        ["on-hold", "failed", "cancelled"],
        ["on-hold", "pending", "on-hold"],
        ["pending", "failed"],
        ["cancelled", "on-hold"],
    ],
    ids=" -> ".join,
)
def test_an_order_that_waits_holds_what_the_shop_took_off(
    world: World, shop: WooCommerceServer, statuses: list[str]
) -> None:
    order = shop.place_order(("MUG", 2), status=statuses[0])
    for status in statuses:
        world.clock.advance(60)
        shop.change_status(order, status)
        outcome = world.run_order(str(order))
        assert isinstance(outcome.ending, Done)
        assert world.services.stock.sellable(world.policy, "MUG") == shop.stock("MUG"), status
    assert world.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", str(order)))
    assert world.picqer.books.live_orders(str(order)) == []


def test_waiting_orders_take_pieces_off_at_all(world: World, shop: WooCommerceServer) -> None:
    order = shop.place_order(("MUG", 2), status="on-hold")
    world.run_order(str(order))
    assert shop.stock("MUG") == PIECES - 2
    assert world.services.stock.in_flight("main", "MUG") == 2
