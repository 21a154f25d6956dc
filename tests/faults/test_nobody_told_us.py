"""Nobody told us: hooks switched off, a door that was down for 20 hours, lists that move."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from integration.sandbox.picqer import Fault
from tests.acceptance.installation import PROCESSES, Installation, Ware, until
from tests.faults.scenario import WARES, Scenario, fault, representative
from tests.faults.stored import born_at, move_into_the_past, products_read, reopen_appointments

pytestmark = pytest.mark.process

DOWN = timedelta(hours=20)
HOOKS = 6
MANY = tuple(Ware(f"CUP-{number:03}", f"Cup {number}", 50) for number in range(250))
"""More than two pages of a list."""
LEFT = 5
"""So many products leave the list while its first page is read."""
JOINED = 8
"""So many join it, ahead of the others, while its second page is read."""


def switch_hooks_off(bridge: Installation) -> None:
    """What Picqer does to hooks whose receiver failed too often."""
    with bridge.picqer.books.lock:
        for hook in bridge.picqer.books.hooks.values():
            hook.active = False


def active_hooks(bridge: Installation) -> int:
    """How many hooks would tell this door."""
    with bridge.picqer.books.lock:
        hooks = list(bridge.picqer.books.hooks.values())
    return sum(hook.active and hook.address.startswith(bridge.door) for hook in hooks)


@contextmanager
def hours_ago(bridge: Installation, by: timedelta) -> Iterator[None]:
    """What happens at Picqer and in the shop meanwhile happened then."""
    picqer, shop = bridge.picqer.books, bridge.shop.books
    clocks = picqer.clock, shop.clock
    picqer.clock = lambda: time.time() - by.total_seconds()
    shop.clock = lambda: datetime.now(UTC) - by
    try:
        yield
    finally:
        picqer.clock, shop.clock = clocks


def close_picklists(bridge: Installation, number: str) -> None:
    """The warehouse picks, ships and closes everything of an order."""
    (order,) = bridge.oracle.live_orders(number)
    until(lambda: order.idpicklists, 30, f"order {number} has a picklist")
    for idpicklist in list(order.idpicklists):
        bridge.picqer.pick_and_close(idpicklist)


@fault("F19 the door down for 20 hours, hooks off")
@representative
def test_what_happened_while_the_door_was_down_is_caught_up_with(scenario: Scenario) -> None:
    bridge = scenario.start()
    before = scenario.buy(4)
    scenario.until_at_picqer(within=30)
    bridge.wait_until_at_rest()
    for name in PROCESSES:
        bridge.stop(name)
    bridge.shop.webhooks.switch("off")
    switch_hooks_off(bridge)
    with hours_ago(bridge, DOWN / 2):
        missed = scenario.buy(5)
        for order_id in before[:3]:
            close_picklists(bridge, order_id)
        for ware in WARES[20:30]:
            bridge.picqer.set_stock(ware.sku, amount=123)
    move_into_the_past(bridge.database_url, DOWN, heartbeat=False)
    born = born_at(bridge.database_url)

    began = time.monotonic()
    for name in PROCESSES:
        bridge.start(name)
    bridge.wait_until_ready()
    bridge.shop.webhooks.switch("on")
    scenario.until_at_picqer(within=60, since=began)
    scenario.measure("hooks on again", lambda: active_hooks(bridge) == HOOKS, within=60)
    scenario.measure(
        "shipments told",
        lambda: not [one for order_id in before[:3] for one in bridge.oracle.shipments(order_id)],
        within=60,
    )
    scenario.measure("stock agrees", lambda: not bridge.oracle.stock(), within=100)
    scenario.judge()
    scenario.tell(f"{len(missed)} orders, 3 picklists and 10 figures had been missed")
    assert born_at(bridge.database_url) == born, "the schedule found it, not a rebirth"
    with bridge.shop.books.lock:
        assert [bridge.shop.books.completions[order_id] for order_id in before[:3]] == [1, 1, 1]


@fault("F20 hooks deactivated, deleted and changed")
def test_hooks_that_were_tampered_with_are_put_right(scenario: Scenario) -> None:
    bridge = scenario.start()
    books = bridge.picqer.books
    with books.lock:
        off, gone, moved, *_ = books.hooks.values()
        off.active = False
        del books.hooks[gone.idhook]
        moved.address = "https://elsewhere.example.com/"
    assert active_hooks(bridge) == HOOKS - 3
    bridge.picqer.set_stock(WARES[8].sku, amount=55)  # Nobody tells of it.
    reopen_appointments(bridge.database_url, "hooks:main")

    scenario.measure("six hooks again", lambda: active_hooks(bridge) == HOOKS, within=40)
    with books.lock:
        on = [hook for hook in books.hooks.values() if hook.active]
    assert len({hook.event for hook in on}) == len(on) == HOOKS
    ids = scenario.buy(3)
    scenario.until_at_picqer(within=30)
    close_picklists(bridge, ids[0])
    bridge.picqer.set_stock(WARES[9].sku, amount=77)
    scenario.measure("a shipment told", lambda: not bridge.oracle.shipments(ids[0]), within=60)
    scenario.judge()


@fault("F29 rows leave and join a list while it is paged")
def test_no_product_is_missed_by_a_list_that_moves_while_it_is_read(scenario: Scenario) -> None:
    bridge = scenario.start(wares=MANY)
    switch_hooks_off(bridge)
    leaving, joining = MANY[:LEFT], MANY[LEFT : LEFT + JOINED]
    for ware in (*joining, *MANY[LEFT + JOINED :]):
        bridge.picqer.set_stock(ware.sku, amount=61)
    switch_products(bridge, joining, active=False)
    read_before = pages_read(bridge)
    bridge.picqer.add_fault(Fault("late", "GET", "/products", count=4, seconds=1.5))

    def move() -> None:
        """After a page was taken, and before it was answered."""
        for page, wares, active in ((0, leaving, False), (1, joining, True)):
            until(lambda page=page: pages_read(bridge) > read_before + page, 60, "a page is read")
            time.sleep(0.5)
            switch_products(bridge, wares, active=active)

    with ThreadPoolExecutor(1) as warehouse:
        moving = warehouse.submit(move)
        assert bridge.command("reconcile", "--account", "main").returncode == 0
        moving.result()
    pages = pages_read(bridge) - read_before
    joined = {ware.sku for ware in joining}
    scenario.measure(
        "stock of all that stayed agrees",
        lambda: not [one for one in bridge.oracle.stock() if one.split(":")[0] not in joined],
        within=90,
    )
    assert bridge.command("reconcile", "--account", "main").returncode == 0
    scenario.measure("stock agrees", lambda: not bridge.oracle.stock(), within=90)
    scenario.tell(f"{len(MANY) - LEFT} figures in {pages} pages, {LEFT} rows left, {JOINED} joined")
    assert {ware.sku for ware in MANY[LEFT:]} <= products_read(bridge.database_url)
    assert active_hooks(bridge) == 0, "nobody told us"


def switch_products(bridge: Installation, wares: tuple[Ware, ...], *, active: bool) -> None:
    """Somebody switches these products on or off at Picqer."""
    books = bridge.picqer.books
    with books.lock:
        for ware in wares:
            books.by_productcode(ware.sku).active = active


def pages_read(bridge: Installation) -> int:
    """How many pages of products were asked for."""
    return sum(
        (entry["method"], entry["path"]) == ("GET", "/api/v1/products")
        for entry in bridge.picqer.log()
    )


@fault("F31 reconciliation beside live traffic")
def test_reconciliation_and_live_traffic_do_not_write_against_each_other(
    scenario: Scenario,
) -> None:
    bridge = scenario.start()
    with bridge.shop.books.lock:
        before = bridge.shop.books.stock_writes.copy()
    cycles = 4
    for cycle in range(cycles):
        scenario.buy(5)
        for ware in WARES[30:35]:
            bridge.picqer.set_stock(ware.sku, amount=300 + cycle)
        assert bridge.command("reconcile").returncode == 0
    scenario.until_at_picqer(within=60)
    scenario.judge()
    with bridge.shop.books.lock:
        writes = bridge.shop.books.stock_writes - before
    most = max(writes.values(), default=0)
    scenario.tell(f"{cycles} passes, at most {most} writes of one figure")
    assert most <= cycles, writes
    settled = writes.copy()
    assert bridge.command("reconcile").returncode == 0
    time.sleep(2)
    bridge.wait_until_at_rest()
    with bridge.shop.books.lock:
        assert bridge.shop.books.stock_writes - before == settled, "a calm pass writes nothing"
