"""A WooCommerce shop that gave its webhooks up: they are switched on, and what was missed is found.

The real connector against the WooCommerce server, with the jobs and bookmarks of a real store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from integration.flows.observe_shop import OVERLAP
from integration.http.server_clock import OVERLAP as CLOCK_OVERLAP
from integration.jobs import Done, Ending, Flow, Identity, Job
from integration.ports import CallGuard, ShopCare, Webshop
from integration.runner import Runner
from integration.services import Services, Shop
from integration.settings import Settings as AllSettings
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.webshops.woocommerce import CONNECTOR
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.contract.woocommerce.conftest import Settings
from tests.flows.world import FLOWS, World
from tests.woocommerce.receiver import Receiver, receiving
from tests.woocommerce.server import WooCommerceServer
from workers.hook_watch import with_hook_watch

DOOR = "/webhooks/shops/nl"
FAILURES = 7
"""In a row: then WooCommerce switches a webhook off."""


@dataclass
class Bridge:
    """The bridge: its store, its polling jobs and its hook watch; the door is somebody else."""

    services: Services
    runner: Runner

    def reconcile(self, subject: str) -> Ending:
        """Run this polling job of the shop now."""
        identity = Identity(Flow.RECONCILE, "nl", subject)
        return self.run(self.services.jobs.hint(identity, "main", webhook=True))

    def run(self, job: Job) -> Ending:
        """Run a job that is due."""
        outcome = self.runner.run(job.id)
        assert outcome is not None
        return outcome.ending

    def job(self, flow: Flow, subject: str) -> Job | None:
        """The job with this name, if anybody raised it."""
        return self.services.jobs.find_identity(Identity(flow, "nl", subject))

    def raised(self, orders: list[int]) -> list[int]:
        """Those of the orders that a job was raised for."""
        return [order for order in orders if self.job(Flow.CREATE_ORDER, str(order)) is not None]


@pytest.fixture
def shop(clock: HandClock) -> Iterator[WooCommerceServer]:
    with WooCommerceServer(clock=clock.now) as server:
        server.add_product("MUG", 100)
        yield server


@pytest.fixture
def door() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def bridge(
    memory_database: Database, clock: HandClock, settings_of: Settings, door: Receiver
) -> Bridge:
    world = World(memory_database, clock)
    services = replace(world.services, shops={"nl": shop_of(world, settings_of())})
    settings = AllSettings.load({}).model_copy(update={"public_url": door.url})
    runner = Runner(services, with_hook_watch(FLOWS, settings), chance=lambda: 0.5)
    return Bridge(services, runner)


def shop_of(world: World, own: WooCommerceSettings) -> Shop:
    """The shop as wiring makes it of the connector."""
    policy, clock = world.policy, world.clock
    assert CONNECTOR.care is not None
    looks_after = CONNECTOR.care

    def connect(guard: CallGuard) -> Webshop:
        return CONNECTOR.connect(own, policy, guard, clock)

    def care(guard: CallGuard) -> ShopCare:
        return looks_after(own, policy, guard, clock, world.services.gate.installation)

    return Shop(policy, "woocommerce", connect, lambda _: True, lambda _: [], care=care)


def place(shop: WooCommerceServer, clock: HandClock) -> int:
    """Somebody orders a minute later, and WooCommerce tells whom it can."""
    clock.advance(60)
    order = shop.place_order(("MUG", 1))
    shop.pump()
    return order


def test_what_a_shop_did_not_tell_while_its_webhooks_were_off_is_found(
    bridge: Bridge, shop: WooCommerceServer, door: Receiver, clock: HandClock
) -> None:
    bridge.reconcile("hooks")
    told = place(shop, clock)
    assert [each.topic for each in door.deliveries("order.created")] == ["order.created"]
    assert isinstance(bridge.reconcile("orders"), Done)
    polled_at = clock.now()

    door.statuses[DOOR] = 500
    lost = [place(shop, clock) for _ in range(FAILURES)]
    (webhook,) = [each for each in shop.webhooks.all.values() if each.topic == "order.created"]
    assert webhook.status == "disabled"
    door.statuses[DOOR] = 200
    heard = len(door.deliveries("order.created"))
    silent = [place(shop, clock) for _ in range(3)]
    assert len(door.deliveries("order.created")) == heard
    assert bridge.raised([*lost, *silent]) == []

    clock.advance(60)
    ending = bridge.reconcile("hooks")
    assert isinstance(ending, Done)
    assert f"Webhook {webhook.id} for order.created" in ending.note
    assert webhook.status == "active"

    catching_up = bridge.job(Flow.RECONCILE, "orders")
    assert catching_up is not None
    before = len(shop.asked("GET", "/orders"))
    assert isinstance(bridge.run(catching_up), Done)
    assert bridge.raised([*lost, *silent]) == [*lost, *silent]
    since = shop.asked("GET", "/orders")[before].query["modified_after"]
    assert since == f"{polled_at - OVERLAP - CLOCK_OVERLAP:%Y-%m-%dT%H:%M:%S}"

    again = place(shop, clock)
    assert str(again).encode() in door.deliveries("order.created")[-1].body
    assert bridge.raised([told]) == [told]


def test_a_webhook_whose_secret_a_person_changed_is_deaf_only_until_the_shop_gives_it_up(
    bridge: Bridge, shop: WooCommerceServer, door: Receiver, clock: HandClock
) -> None:
    bridge.reconcile("hooks")
    (webhook,) = [each for each in shop.webhooks.all.values() if each.topic == "order.created"]
    ours, webhook.secret = webhook.secret, "changed-by-a-person"
    door.statuses[DOOR] = 401
    missed = [place(shop, clock) for _ in range(FAILURES)]
    assert webhook.status == "disabled"
    clock.advance(timedelta(minutes=5).total_seconds())
    bridge.reconcile("hooks")
    assert (webhook.status, webhook.secret) == ("active", ours)
    catching_up = bridge.job(Flow.RECONCILE, "orders")
    assert catching_up is not None
    bridge.run(catching_up)
    assert bridge.raised(missed) == missed
