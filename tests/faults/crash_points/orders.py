"""Plays about orders on their way into Picqer: the door, runner, ledger and ``create_order``."""

from __future__ import annotations

from integration.sandbox.picqer import Fault
from tests.acceptance.installation import until
from tests.faults.crash_points.killing import FIRE_SECONDS
from tests.faults.crash_points.plays import Play, nothing, plays_of
from tests.faults.crash_points.stage import Stage

BUSY = 30
UNKNOWN_PRODUCT = 24


def a_guest_buys(stage: Stage) -> str:
    """One paid order of somebody without an account."""
    return stage.buy()


def somebody_new_buys(stage: Stage) -> str:
    """One paid order of somebody who has just opened an account."""
    return stage.buy(customer=_new_customer(stage))


def a_customer_who_was_deleted_buys(stage: Stage) -> None:
    """Picqer no longer knows a customer that the ledger knows."""
    customer = _new_customer(stage)
    picqer = stage.bridge.picqer
    idorder = stage.idorder(stage.buy(customer=customer))
    with picqer.books.lock:
        idcustomer = picqer.books.orders[idorder].idcustomer
        del picqer.books.customers[idcustomer or 0]
    stage.buy(customer=customer)


def the_answer_is_lost(stage: Stage) -> None:
    """Picqer takes an order and cannot say so."""
    _meet(stage, Fault("commit_then_drop", method="POST", path="/orders"))


def the_order_is_lost_on_its_way(stage: Stage) -> None:
    """Picqer never hears of an order; nobody can tell."""
    _meet(stage, Fault("drop_before_commit", method="POST", path="/orders"))


def picqer_is_busy(stage: Stage) -> None:
    """Picqer says that it did not take an order just now."""
    fault = Fault("status", method="POST", path="/orders", status=409, error_code=BUSY)
    _meet(stage, fault)


def an_order_in_doubt_is_cancelled(stage: Stage) -> None:
    """Somebody dies before an order is sent, nobody can tell, and the shop cancels it meanwhile."""
    stage.arm("ledger.after_intent@order")
    order_id = a_guest_buys(stage)
    stage.until_fired("ledger.after_intent@order")
    stage.bridge.shop.cancel_order(order_id)


def somebody_dies_with_an_order(stage: Stage) -> None:
    """Its next worker finds an intent without an owner."""
    stage.arm("create_order.after_post")
    a_guest_buys(stage)
    stage.until_fired("create_order.after_post")


def an_order_is_cancelled(stage: Stage) -> None:
    """The shop cancels an order that is processing at Picqer."""
    order_id = stage.next_prepared()
    stage.bridge.shop.cancel_order(order_id)


def an_order_vanishes(stage: Stage) -> None:
    """The shop deletes an order altogether."""
    stage.bridge.shop.delete_order(stage.next_prepared())


def a_cancelled_order_is_revived(stage: Stage) -> None:
    """The shop cancels an order and takes that back; somebody undoes it at Picqer as well."""
    bridge, order_id = stage.bridge, stage.next_prepared()
    idorder = stage.idorder(order_id)
    bridge.shop.cancel_order(order_id)
    stage.until_cancelled(idorder)
    with bridge.picqer.books.lock:
        order = bridge.picqer.books.orders[idorder]
        order.status = "concept"
        order.idpicklists.clear()
    bridge.shop.change_order(order_id, cancelled=False, release=True, holds_stock=True)


def _new_customer(stage: Stage) -> str:
    name = stage.new_name().lower()
    return stage.bridge.shop.add_customer(f"Canary {name}", f"canary.{name}@example.org")


def _meet(stage: Stage, fault: Fault) -> str:
    """The next order meets this fault when it is created."""
    number = stage.new_name()
    fault.match = {"reference": number}
    stage.bridge.picqer.add_fault(fault)
    order_id = stage.bridge.shop.place_order([(stage.ware(), 1)], number=number)
    until(lambda: fault.spent, FIRE_SECONDS, f"order {number} meets its fault")
    return order_id


def plays() -> list[Play]:
    """Those that leave an order in doubt come first: the others are played meanwhile."""
    return [
        *plays_of(an_order_in_doubt_is_cancelled, "ledger.after_absence", late=True),
        *plays_of(the_order_is_lost_on_its_way, "ledger.after_look@order", late=True),
        *plays_of(
            nothing,
            "schedule.before_commit",
            "schedule.after_commit",
            "schedule.after_begin",
            late=True,
        ),
        *plays_of(
            a_guest_buys,
            "create_order.after_post",
            "ledger.after_create@order",
            "ledger.before_settle@order",
        ),
        *plays_of(the_answer_is_lost, "ledger.before_doubt", "ledger.after_doubt"),
        *plays_of(
            somebody_new_buys,
            "ledger.after_intent@customer",
            "create_order.after_customer_post",
            "ledger.after_create@customer",
            "ledger.before_settle@customer",
            "ledger.after_settle@customer",
        ),
        *plays_of(
            a_guest_buys,
            "door.before_commit@shops",
            "door.after_commit@shops",
            "door.before_nudge",
            "door.before_answer",
            "store.after_commit",
            "task.before_run",
            "runner.after_claim@create_order",
            "create_order.after_booking",
            "ledger.after_settle@order",
            "create_order.after_process",
            "create_order.after_stamp",
            "runner.before_end@create_order",
            "runner.after_end@create_order",
            "task.before_ack",
            "mover.after_marking",
            "mover.after_nudge",
        ),
        *plays_of(somebody_dies_with_an_order, "ledger.after_take_over@order", late=True),
        *plays_of(picqer_is_busy, "ledger.after_withdrawal"),
        *plays_of(a_customer_who_was_deleted_buys, "create_order.after_forgetting_customer"),
        *plays_of(
            an_order_is_cancelled, "cancellation.after_withdrawal", "cancellation.after_note"
        ),
        *plays_of(an_order_vanishes, "create_order.after_vanishing"),
        *plays_of(a_cancelled_order_is_revived, "create_order.after_revival"),
    ]


PREPARED = 4
"""Orders that have to be processing before the first play."""
