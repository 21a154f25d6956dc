"""Plays about what an operator asks for: old orders, the catalogue, and an erasure."""

from __future__ import annotations

from tests.acceptance.installation import SHOP, until
from tests.faults.crash_points.killing import FIRE_SECONDS
from tests.faults.crash_points.plays import Play, nothing, plays_of
from tests.faults.crash_points.stage import Stage

OLD_ORDERS = "backfill_orders"
PREPARED = 2


def old_orders_are_asked_for(stage: Stage) -> None:
    """Somebody has the orders of the last day brought; nobody has paid the one that is new."""
    _until_over(stage, OLD_ORDERS)
    stage.bridge.shop.place_order([(stage.ware(), 1)], paid=False)
    _ask(stage, "backfill", "orders", "--since", "1d", "--yes", "--detach")


def everybody_pays(stage: Stage) -> None:
    """What was not paid, because it was to wait, is paid, and processed."""
    _until_over(stage, OLD_ORDERS)
    with stage.bridge.shop.books.lock:
        documents = list(stage.bridge.shop.books.orders.values())
    unpaid = [one["id"] for one in documents if one["payment_status"] != "paid"]
    for order_id in unpaid:
        stage.bridge.shop.pay_order(order_id)
    for order_id in unpaid:
        stage.processed(order_id)


def the_catalogue_is_asked_for(stage: Stage) -> None:
    """Somebody has every product brought."""
    _ask(stage, "backfill", "products", "--detach")


def an_order_is_erased(stage: Stage) -> None:
    """The command that erases dies, and is given once more."""
    order_id = stage.next_prepared()
    words = ("privacy", "erase", "--order", order_id, "--confirm", order_id)
    died = stage.bridge.command(*words)
    assert died.returncode < 0, died.stderr
    again = stage.bridge.command(*words)
    assert again.returncode == 0 or "Nothing is kept of it" in again.stderr, again.stderr


def _ask(stage: Stage, *words: str) -> None:
    answer = stage.bridge.command(*words)
    assert answer.returncode == 0, answer.stderr


def _until_over(stage: Stage, subject: str) -> None:
    """A job that dies three times in a row parks, so each is to end before the next death."""

    def over() -> bool:
        asked = stage.has_job("reconcile", SHOP, subject)
        return not asked or stage.bridge.oracle.is_done("reconcile", SHOP, subject)

    until(over, 2 * FIRE_SECONDS, f"{subject} has ended")


def plays() -> list[Play]:
    """One after the other."""
    return [
        *plays_of(nothing, "canary.before_expiry"),
        *plays_of(the_catalogue_is_asked_for, "backfill.after_products", late=True),
        *plays_of(
            old_orders_are_asked_for, "backfill.after_record@raise", "backfill.after_raising"
        ),
        *plays_of(an_order_is_erased, "erasure.before_commit", "erasure.after_commit"),
    ]
