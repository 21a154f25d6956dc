"""Flow 2 and stock: its lines are in flight until Picqer holds them."""

from __future__ import annotations

import pytest

from integration.domain import (
    Picklist,
    PicqerStatus,
)
from integration.errors import (
    OverBudget,
)
from integration.jobs import Flow, Identity, State, Wait
from tests.flows.world import World, statuses


def seconds_until_read(world: World, kind: str) -> float | None:
    """In how many seconds the blue mug is read at Picqer; None: not planned."""
    identity = Identity(Flow.RECONCILE, "", f"{kind}:main:MUG-BLUE")
    job = world.services.jobs.find_identity(identity)
    return None if job is None else (job.due_at - world.clock.now()).total_seconds()


def test_facts_that_came_before_the_order_was_known_raise_complete_order_at_settling(
    stocked: World,
) -> None:
    by_hand = stocked.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    stamp = stocked.picqer.books.stamp()
    picklist = Picklist(501, "P501", by_hand.idorder, None, "closed", stamp, stamp)
    stocked.services.shipments.record("main", picklist)
    paid = stocked.clock.now()
    stocked.clock.advance(3600)
    stocked.order(placed_at=paid, paid_at=paid)

    stocked.run_order()

    job = stocked.services.jobs.find_identity(Identity(Flow.COMPLETE_ORDER, "nl", "1042"))
    assert job is not None
    assert job.state is State.OPEN


def test_lines_are_in_flight_from_the_first_reading_until_picqer_holds_them(
    stocked: World,
) -> None:
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 40))
    stocked.order()
    stocked.picqer.fail("create_order", OverBudget(seconds=5))
    stocked.clock.advance(2)

    first = stocked.run_order()
    waiting = stocked.services.stock.in_flight("main", "MUG-BLUE")
    stocked.run_again(first.job)
    held = stocked.services.stock.in_flight("main", "MUG-BLUE")
    stocked.clock.advance(2)
    stocked.services.stock.apply("main", stocked.picqer.books.set_stock("MUG-BLUE", 38))

    assert waiting == 2
    assert held == 2, "Picqer's stock event has not come yet"
    assert stocked.services.stock.in_flight("main", "MUG-BLUE") == 0


def test_a_product_is_read_ten_minutes_after_processing_when_no_stock_event_comes(
    stocked: World,
) -> None:
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 40))
    stocked.clock.advance(3)
    stocked.order()

    stocked.run_order()

    assert seconds_until_read(stocked, "unheld") == pytest.approx(600)
    assert seconds_until_read(stocked, "product") is None


def test_a_figure_of_the_very_second_of_processing_is_read_again_ten_seconds_later(
    stocked: World,
) -> None:
    stocked.order("1041")
    stocked.run_order("1041")
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 38))
    stocked.order()

    stocked.run_order()

    assert seconds_until_read(stocked, "product") == pytest.approx(10)


def test_while_paused_the_lines_are_booked_but_nothing_is_sent_and_it_is_looked_up_later(
    stocked: World,
) -> None:
    stocked.order()
    stocked.services.gate.pause(Flow.CREATE_ORDER, None, "tester")

    paused = stocked.run_order()
    stocked.services.gate.resume(Flow.CREATE_ORDER, None, "tester")
    stocked.run_again(paused.job)

    assert isinstance(paused.ending, Wait)
    assert paused.ending.code == "Paused"
    assert stocked.services.stock.booking("nl", "1042") is not None
    assert stocked.picqer.calls[0] == "orders_with_reference"
    assert statuses(stocked) == [PicqerStatus.PROCESSING]
