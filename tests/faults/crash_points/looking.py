"""Plays about what nobody told us: reconciliation, hooks, and orders of unknown products.

They come last and one after the other, because nothing else may tell what they find.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from integration.sandbox.picqer import Fault
from tests.acceptance.installation import ACCOUNT, SHOP, until
from tests.faults.crash_points.orders import UNKNOWN_PRODUCT
from tests.faults.crash_points.plays import Play, Trade, nothing, plays_of
from tests.faults.crash_points.stage import Stage


def looking_at(subject: str, shop: str = "") -> Trade:
    """An operator has one thing looked at now."""

    def look(stage: Stage) -> None:
        stage.retry("reconcile", shop, subject)

    return look


def an_order_was_not_told(stage: Stage) -> None:
    """The shop's webhook of an order is lost."""
    with _silent_shop(stage):
        stage.buy()
    stage.retry("reconcile", SHOP, "orders")


def a_product_was_not_told(stage: Stage) -> None:
    """The shop's webhook of a product is lost."""
    with _silent_shop(stage):
        stage.bridge.shop.add_product(
            sku=stage.new_name(), name="Quiet", price_net="8.22", sellable=0
        )
    stage.retry("reconcile", SHOP, "products")


def a_shipment_was_not_told(stage: Stage) -> None:
    """Picqer keeps its hooks back while an order is shipped."""
    stage.bridge.picqer.pause_hooks()
    stage.ship(stage.next_prepared())
    for kind in ("orders", "shipments"):
        stage.retry("reconcile", "", f"{kind}:{ACCOUNT}")


def hooks_go_on(stage: Stage) -> None:
    """What Picqer kept back comes after all, when it has been found without it."""
    stage.until_fired("reconcile.before_status")
    stage.bridge.picqer.resume_hooks()


def an_order_stays_a_concept(stage: Stage) -> None:
    """Picqer refuses to process an order, so that it waits for a person."""
    bridge = stage.bridge
    fault = Fault("status", method="POST", path="/orders/*/process", status=422, error_code=21)
    bridge.picqer.add_fault(fault)
    order_id = stage.buy()
    until(lambda: f"create_order {order_id}" in bridge.oracle.parked(), 60, "it is parked")
    stage.retry("reconcile", "", f"orders:{ACCOUNT}")
    stage.until_fired("reconcile.after_concept")
    stage.retry("create_order", SHOP, order_id)


def an_end_is_asked_for(stage: Stage) -> None:
    """Ten minutes after its picklist nobody has told of the order's end: it is asked for."""
    order_id = stage.next_prepared()
    with stage.bridge.shop.books.lock:
        sku = stage.bridge.shop.books.orders[order_id]["lines"][0]["sku"]
    idorder = stage.ship(order_id, amounts={sku: 1})
    subject = f"order:{ACCOUNT}:{idorder}"
    until(lambda: stage.has_job("reconcile", "", subject), 60, "it will be asked for")
    stage.retry("reconcile", "", subject)
    stage.until_fired("reconcile.before_order")
    stage.bridge.picqer.complete_order(idorder)


def a_hook_was_switched_off(stage: Stage) -> None:
    """Picqer switched a hook of ours off."""
    with stage.bridge.picqer.books.lock:
        next(iter(stage.bridge.picqer.books.hooks.values())).active = False
    _look_at_hooks(stage)


def a_hook_is_missing(stage: Stage) -> None:
    """A hook of ours is not there any more."""
    with stage.bridge.picqer.books.lock:
        del stage.bridge.picqer.books.hooks[next(iter(stage.bridge.picqer.books.hooks))]
    _look_at_hooks(stage)


def a_hook_is_there_twice(stage: Stage) -> None:
    """The same hook of ours is there a second time."""
    with stage.bridge.picqer.books.lock:
        hooks = stage.bridge.picqer.books.hooks
        second = copy(next(iter(hooks.values())))
        second.idhook = max(hooks) + 1000
        hooks[second.idhook] = second
    _look_at_hooks(stage)


def an_order_of_something_unknown(stage: Stage) -> None:
    """Picqer does not know what was ordered, and the shop can tell."""
    sku = stage.new_name()
    with _silent_shop(stage):
        stage.bridge.shop.add_product(sku=sku, name=sku, price_net="8.22", sellable=10)
    stage.buy(sku)


def an_order_of_something_that_was_entered_meanwhile(stage: Stage) -> None:
    """Picqer does not know what was ordered, but does a moment later."""
    sku, number = stage.new_name(), stage.new_name()
    stage.put_into_picqer(sku)
    with _silent_shop(stage):
        stage.bridge.shop.add_product(sku=sku, name=sku, price_net="8.22", sellable=100)
    stage.bridge.picqer.add_fault(
        Fault(
            "status", method="POST", path="/orders", status=400,
            error_code=UNKNOWN_PRODUCT, match={"reference": number},
        )
    )  # fmt: skip
    stage.bridge.shop.place_order([(sku, 1)], number=number)


@contextmanager
def _silent_shop(stage: Stage) -> Iterator[None]:
    webhooks = stage.bridge.shop.webhooks
    assert webhooks.wait_until_quiet(30.0)
    webhooks.switch("off")
    yield
    webhooks.switch("on")


def _look_at_hooks(stage: Stage) -> None:
    """Not before the look that died has ended: a job that dies three times in a row parks."""
    ended = stage.bridge.oracle.is_done
    until(lambda: ended("reconcile", "", f"hooks:{ACCOUNT}"), 60, "the hooks were looked at")
    stage.retry("reconcile", "", f"hooks:{ACCOUNT}")


def plays_of_silence() -> list[Play]:
    """The hooks of Picqer are kept back until ``hooks_go_on``; one shipment leads to both."""
    return [
        *plays_of(nothing, "reconcile.before_status", late=True),
        *plays_of(a_shipment_was_not_told, "reconcile.before_picklist"),
    ]


def plays() -> list[Play]:
    """What is found, and what is repaired."""
    return [
        *plays_of(looking_at(f"hooks:{ACCOUNT}"), "runner.after_claim@reconcile"),
        *plays_of(looking_at(f"catalogue:{ACCOUNT}"), "reconcile.after_stage"),
        *plays_of(looking_at(f"stock:{ACCOUNT}"), "reconcile.after_page"),
        *plays_of(looking_at("stock", SHOP), "reconcile.after_shop_stock"),
        *plays_of(looking_at("orders", SHOP), "runner.before_end@reconcile"),
        *plays_of(looking_at("products", SHOP), "runner.after_end@reconcile"),
        *plays_of(looking_at(f"shipments:{ACCOUNT}"), "reconcile.after_bookmark"),
        *plays_of(an_order_was_not_told, "reconcile.after_shop_order"),
        *plays_of(a_product_was_not_told, "reconcile.after_shop_product"),
        *plays_of(an_order_of_something_unknown, "missing_products.after_creation"),
        *plays_of(
            an_order_of_something_that_was_entered_meanwhile, "missing_products.after_adoption"
        ),
        *plays_of(an_end_is_asked_for, "reconcile.before_order"),
        *plays_of(a_hook_was_switched_off, "hooks.after_reactivation"),
        *plays_of(a_hook_is_missing, "hooks.after_creation"),
        *plays_of(a_hook_is_there_twice, "hooks.after_deactivation"),
    ]


def plays_at_rest() -> list[Play]:
    """What would befall any order that is processed at the same moment."""
    return plays_of(an_order_stays_a_concept, "reconcile.after_concept")


PREPARED = 2
