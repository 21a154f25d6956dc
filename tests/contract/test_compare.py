"""A look at both sides over HTTP finds every difference and sends nothing but GETs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from integration.clock import SystemClock
from integration.compare import Difference, Kind, compare
from integration.jobs import Flow, Lane
from integration.operate import dismiss
from integration.picqer.access import Access
from integration.picqer.client import PicqerClient
from integration.ports import CallGuard, Picqer, Webshop
from integration.privacy import erase, trace_order
from integration.sandbox.picqer import products as sandbox_products
from integration.sandbox.picqer import stock as sandbox_stock
from integration.sandbox.picqer.server import SandboxPicqer
from integration.sandbox.shop import SandboxShop
from integration.store.database import Database
from integration.store.migrate import migrate
from integration.store.schema import metadata
from integration.testing.clock import HandClock
from integration.testing.open_doors import OpenGuard, OpenLimiter
from integration.testing.samples import order_draft
from integration.webshops.custom.client import CustomWebshop
from integration.webshops.custom.settings import CustomSettings
from tests.flows.world import World


@dataclass
class BothSides:
    """A simulated Picqer and a demo shop, and a world whose clients reach both over HTTP."""

    picqer: SandboxPicqer
    shop: SandboxShop
    world: World

    def product(self, sku: str, free: int, shown: int | None = None) -> None:
        """A product that both sides have, with these figures."""
        figure = free if shown is None else shown
        self.shop.add_product(sku=sku, sellable=figure, price_net="8.22")
        books = self.picqer.books
        with books.lock:
            wanted = {"productcode": sku, "name": sku, "price": 8.22, "idvatgroup": 18}
            row = sandbox_products.create(books, wanted)
            sandbox_stock.set_stock(books, row, 18, amount=free, reason="test")

    def bring(self, order_id: str) -> None:
        """Let the flow bring this order to Picqer."""
        self.world.run_order(order_id)

    def differences(self) -> list[Difference]:
        """What is found. Nothing but GETs go out, and no cell of the store changes."""
        self.picqer.reset_log()
        begun, before = len(self.shop.books.log), self.cells()
        since = datetime.now(UTC) - timedelta(days=2)
        services = self.world.services
        found = list(compare(services, list(services.shops.values()), since))
        asked = [str(entry["method"]) for entry in self.picqer.log()]
        asked += [entry.method for entry in list(self.shop.books.log)[begun:]]
        assert set(asked) == {"GET"}
        assert self.cells() == before
        return found

    def cells(self) -> list[object]:
        """Every cell of the store."""
        with self.world.database.begin() as connection:
            tables = metadata.sorted_tables
            return [tuple(row) for one in tables for row in connection.execute(one.select())]


def picqer_client(sandbox: SandboxPicqer) -> Callable[[Lane, CallGuard, float], Picqer]:
    access = Access("main", f"{sandbox.url}/api/v1", SecretStr("sandbox-key"), "ops@example.com")

    def connect(lane: Lane, guard: CallGuard, born: float) -> Picqer:
        return PicqerClient(access, limiter=OpenLimiter(), guard=guard, lane=lane, born=born)

    return connect


def shop_client(world: World, shop: SandboxShop) -> Callable[[CallGuard], Webshop]:
    values = {"url": shop.url, "token": shop.token, "secret": shop.secret}
    settings = CustomSettings.model_validate(values)
    return lambda guard: CustomWebshop(settings, world.policy, guard, SystemClock())


@pytest.fixture
def both() -> Iterator[BothSides]:
    database = Database("sqlite://")
    migrate(database)
    world = World(database, HandClock(datetime.now(UTC)))
    with SandboxPicqer() as picqer, SandboxShop() as shop:
        account = replace(world.services.accounts["main"], connect=picqer_client(picqer))
        one = replace(world.services.shops["nl"], connect=shop_client(world, shop))
        world.services = replace(world.services, accounts={"main": account}, shops={"nl": one})
        world.runner = type(world.runner)(
            world.services,
            world.runner._flows,
            chance=lambda: 0.5,
        )
        yield BothSides(picqer, shop, world)
    database.dispose()


def told(differences: list[Difference]) -> list[tuple[Kind, str, str]]:
    return [(one.kind, one.shop, one.subject) for one in differences]


def test_two_sides_that_agree_have_no_differences(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)])
    both.bring(order_id)
    assert both.differences() == []


def test_a_released_order_that_is_not_there_is_missing(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)])
    both.shop.place_order([("MUG-BLUE", 1)], paid=False)
    orders = [one for one in both.differences() if one.kind is not Kind.STOCK]
    assert told(orders) == [(Kind.MISSING_ORDER, "nl", order_id)]
    assert orders[0].in_shop == "released; nothing asked for it yet"


def test_a_missing_order_that_waits_for_a_person_says_so(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)])
    job = both.world.hint(Flow.CREATE_ORDER, order_id)
    dismiss(both.world.services, [job.id], "ann")
    (missing,) = [one for one in both.differences() if one.kind is Kind.MISSING_ORDER]
    assert missing.remedy == f"it was dismissed; picqer-bridge jobs retry {job.id} revives it"


def test_an_erased_order_is_not_looked_at(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)])
    both.bring(order_id)
    erase(both.world.services, trace_order(both.world.services, order_id), "ann")
    assert [one for one in both.differences() if one.kind is not Kind.STOCK] == []


def test_a_line_that_no_call_has_reached_yet_is_in_flight(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)], paid=False)
    both.bring(order_id)
    assert both.differences() == [], "the shop holds two, Picqer does not know of them yet"


def test_two_live_orders_with_one_reference_are_doubled(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)])
    both.bring(order_id)
    draft = order_draft(reference=order_id)
    connect = both.world.services.accounts["main"].connect
    made = connect(Lane.ORDERS, OpenGuard(), 0.0).create_order(draft)
    (doubled,) = both.differences()
    assert (doubled.kind, doubled.shop, doubled.subject) == (Kind.DOUBLED_ORDER, "", order_id)
    assert f"{made.orderid} (concept)" in doubled.at_picqer


def test_a_cancelled_order_that_is_under_way_at_picqer_is_told(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)])
    both.bring(order_id)
    both.shop.cancel_order(order_id)
    found = {one.kind: one for one in both.differences()}
    assert found[Kind.CANCELLED_ORDER].subject == order_id
    assert "(processing)" in found[Kind.CANCELLED_ORDER].at_picqer


def test_a_completed_order_that_the_shop_was_not_told_of_is_told(both: BothSides) -> None:
    both.product("MUG-BLUE", 40)
    order_id = both.shop.place_order([("MUG-BLUE", 2)])
    both.bring(order_id)
    (row,) = both.picqer.orders_of(order_id)
    both.picqer.finish_processing(row.idorder)
    both.picqer.complete_order(row.idorder)
    (untold,) = both.differences()
    assert (untold.kind, untold.subject) == (Kind.UNTOLD_ORDER, order_id)
    assert (untold.in_shop, "(completed)" in untold.at_picqer) == ("unfulfilled", True)


def test_a_figure_that_is_not_as_it_ought_to_be_is_told_with_the_sum(both: BothSides) -> None:
    both.product("MUG-BLUE", 40, shown=35)
    both.product("PLATE", 7)
    (drift,) = both.differences()
    assert (drift.kind, drift.subject, drift.in_shop) == (Kind.STOCK, "MUG-BLUE", "shows 35")
    assert drift.at_picqer == "free 40, in flight 0: ought to show 40"


def test_products_that_are_missing_inactive_or_changed_are_told(both: BothSides) -> None:
    both.shop.add_product(sku="CUP", sellable=0, price_net="5.00")
    both.product("PLATE", 0)
    books = both.picqer.books
    with books.lock:
        inactive = {"productcode": "OLD", "name": "x", "price": 1, "idvatgroup": 18}
        sandbox_products.create(books, inactive | {"active": False})
    both.shop.add_product(sku="OLD", sellable=0, price_net="5.00")
    product_id = both.shop.add_product(sku="NEW", sellable=0, price_net="5.00")
    both.world.services.bookmarks.set("picqer/main", "catalogue_listed", "2026-11-23T12:00:00Z")
    both.world.run(Flow.CREATE_PRODUCT, product_id)
    both.shop.change_product(product_id, name="Newer")
    found = {
        one.subject: (one.kind, one.at_picqer.partition(" (")[0]) for one in both.differences()
    }
    assert found.pop("NEW")[0] is Kind.CHANGED_PRODUCT
    assert found == {
        "CUP": (Kind.MISSING_PRODUCT, "not there"),
        "OLD": (Kind.MISSING_PRODUCT, "inactive"),
    }
