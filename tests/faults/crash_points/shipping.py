"""Plays about orders on their way to the customer, and about stock."""

from __future__ import annotations

from tests.acceptance.installation import SHOP, until
from tests.faults.crash_points.killing import FIRE_SECONDS
from tests.faults.crash_points.plays import Play, plays_of
from tests.faults.crash_points.stage import Stage


def an_order_is_shipped(stage: Stage) -> None:
    """The warehouse closes the only picklist of an order, which completes it."""
    stage.ship(stage.next_prepared())


def the_mail_is_refused_once(stage: Stage) -> None:
    """The mail server asks to come again later."""
    stage.mail.refuse_next = 1
    an_order_is_shipped(stage)


def an_order_is_completed_short(stage: Stage) -> None:
    """One of two pieces is shipped; the warehouse gives the other one up."""
    order_id = stage.next_prepared()
    with stage.bridge.shop.books.lock:
        sku = stage.bridge.shop.books.orders[order_id]["lines"][0]["sku"]
    idorder = stage.ship(order_id, amounts={sku: 1})
    stage.bridge.picqer.complete_order(idorder)


def stock_is_counted(stage: Stage) -> None:
    """The warehouse counts a product anew; a shop's figures are written by one job at a time."""
    quiet = stage.bridge.oracle.is_done
    until(lambda: quiet("push_stock", SHOP, "stock"), 2 * FIRE_SECONDS, "the figures are written")
    stage.bridge.picqer.set_stock(stage.ware(), change=1)


def plays() -> list[Play]:
    """What is waited for a minute comes first."""
    return [
        *plays_of(an_order_is_completed_short, "complete_order.after_progress"),
        *plays_of(an_order_is_completed_short, "complete_order.after_straggler", late=True),
        *plays_of(
            an_order_is_shipped,
            "door.before_commit@picqer",
            "door.after_commit@picqer",
            "runner.after_claim@complete_order",
            "complete_order.after_asking",
            "complete_order.after_reading",
            "complete_order.after_ship",
            "complete_order.after_report",
            "complete_order.after_complete",
            "complete_order.after_completion",
            "complete_order.after_mail_claim",
            "complete_order.after_mail",
            "complete_order.after_mail_note",
            "runner.before_end@complete_order",
            "runner.after_end@complete_order",
        ),
        *plays_of(the_mail_is_refused_once, "complete_order.after_mail_release"),
    ]


def plays_of_stock() -> list[Play]:
    """One job writes the figures of a shop: each of these waits for the lease of the one before."""
    return plays_of(
        stock_is_counted,
        "push_stock.before_write",
        "push_stock.after_write",
        "push_stock.after_record",
        "runner.after_claim@push_stock",
        "runner.before_end@push_stock",
        "runner.after_end@push_stock",
    )


PREPARED = 17
