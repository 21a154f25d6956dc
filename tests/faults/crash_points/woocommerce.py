"""Plays about a WooCommerce shop: the webhooks that it keeps for us, and its notes of shipments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.installation import SHOP, until
from tests.acceptance.woocommerce_installation import PADS, TOPICS, WooCommerceInstallation
from tests.faults.crash_points.killing import FIRE_SECONDS, Killing


@dataclass
class WooCommerceStage(Killing):
    """An installation with a WooCommerce shop in which anything may be killed."""

    bridge: WooCommerceInstallation

    def look_at_webhooks(self) -> None:
        """Let an operator have the shop's webhooks looked at now."""
        watch = self.bridge.oracle.job_id("reconcile", SHOP, "hooks")
        answer = self.bridge.command("jobs", "retry", "--yes", str(watch))
        assert answer.returncode == 0, answer.stderr

    def until_looked_at(self) -> None:
        """Return when the job that died has ended: at three deaths in a row it would park."""
        ended = self.bridge.oracle.is_done
        until(lambda: ended("reconcile", SHOP, "hooks"), FIRE_SECONDS, "webhooks were looked at")


def a_webhook_is_missing(stage: WooCommerceStage) -> None:
    """Somebody removed a webhook of ours."""
    ours = stage.bridge.webhooks()[0]
    with stage.bridge.shop.books.lock:
        del stage.bridge.shop.webhooks.all[ours.id]
    stage.look_at_webhooks()


def a_webhook_was_switched_off(stage: WooCommerceStage) -> None:
    """WooCommerce gave one up."""
    ours = stage.bridge.webhooks()[0]
    with stage.bridge.shop.books.lock:
        ours.status = "disabled"
    stage.look_at_webhooks()


def a_webhook_is_there_twice(stage: WooCommerceStage) -> None:
    """There is a second one of the same topic, secret and address."""
    second = copy(stage.bridge.webhooks()[0])
    with stage.bridge.shop.books.lock:
        second.id = max(stage.bridge.shop.webhooks.all) + 1000
        stage.bridge.shop.webhooks.all[second.id] = second
    stage.look_at_webhooks()


def an_order_is_shipped(stage: WooCommerceStage) -> None:
    """The warehouse closes the only picklist of an order."""
    bridge = stage.bridge
    order_id = str(bridge.shop.place_order((PADS, 1)))

    def picklists() -> list[int]:
        live = bridge.oracle.live_orders(order_id)
        return live[0].idpicklists if live else []

    until(picklists, FIRE_SECONDS, "the order has a picklist")
    bridge.picqer.pick_and_close(picklists()[0])


def stock_is_counted(stage: WooCommerceStage) -> None:
    """The warehouse counts a product anew."""
    stage.bridge.picqer.set_stock(PADS, change=1)


PLAYS: dict[str, Callable[[WooCommerceStage], None]] = {
    "shop_hooks.after_creation": a_webhook_is_missing,
    "shop_hooks.after_repair": a_webhook_was_switched_off,
    "shop_hooks.after_retirement": a_webhook_is_there_twice,
    "shop_shipping.after_note": an_order_is_shipped,
    "shop_stock.after_batch": stock_is_counted,
}
POINTS = frozenset(PLAYS)
"""The crash points at which only a WooCommerce shop comes by."""


@contextmanager
def open_woocommerce_stage(folder: Path) -> Iterator[WooCommerceStage]:
    """An installation at rest, whose shop sells one product that Picqer has."""
    points, home = folder / "points", folder / "bridge"
    points.mkdir()
    home.mkdir()
    environment = {"BRIDGE_CRASH_POINTS": str(points)}
    with WooCommerceInstallation(home, environment=environment) as bridge:
        bridge.wait_until_settled()
        bridge.shop.add_product(PADS, 3, name="Koffiepads", price="4.49")
        until(lambda: bridge.shop.stock(PADS) == 50, FIRE_SECONDS, "the shop shows what there is")
        bridge.wait_until_at_rest()
        stage = WooCommerceStage(points, bridge)
        with stage.reviving():
            yield stage


def complaints(stage: WooCommerceStage) -> list[str]:
    """What an outsider has to say about it all."""
    bridge, oracle = stage.bridge, stage.bridge.oracle
    wrong = [*oracle.next_steps(), *oracle.deliveries(), *oracle.stock()]
    wrong += [f"{job} is parked: {reason}" for job, reason in oracle.parked().items()]
    if bridge.active_topics() != TOPICS:
        wrong.append(f"active webhooks are of {bridge.active_topics()}")
    for order_id in bridge.shop.books.orders:
        wrong += oracle.shipments(order_id)
        if oracle.completions(order_id) != 1:
            wrong.append(f"order {order_id} was completed {oracle.completions(order_id)} times")
    return wrong
