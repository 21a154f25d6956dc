"""Flow 2, when the shop or a person at Picqer cancels the order."""

from __future__ import annotations

from dataclasses import replace

from integration.domain import (
    PicqerStatus,
)
from integration.errors import (
    Ambiguous,
    Unavailable,
)
from integration.jobs import Done, Park
from integration.policy import OnCancel
from tests.flows.world import World, statuses


def test_an_order_cancelled_in_picqer_before_it_was_processed_parks(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("process_order", Unavailable())
    first = stocked.run_order()
    (idorder,) = stocked.picqer.books.orders
    stocked.picqer.books.set_status(idorder, PicqerStatus.CANCELLED)

    outcome = stocked.run_again(first.job)

    assert isinstance(outcome.ending, Park)
    assert "cancelled" in outcome.ending.reason


def test_a_cancelled_concept_is_deleted_without_force(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, process_orders=False))
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    outcome = stocked.run_order()
    again = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert isinstance(again.ending, Done)
    assert stocked.picqer.calls == ["create_order", "order", "cancel_order"]
    assert statuses(stocked) == []


def test_an_order_cancelled_while_processing_parks_by_default(stocked: World) -> None:
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "cancelled in the shop" in outcome.ending.reason
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_with_on_cancel_cancel_it_is_cancelled_while_no_picklist_is_closed(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, on_cancel=OnCancel.CANCEL))
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert statuses(stocked) == []


def test_an_order_in_doubt_that_is_cancelled_is_looked_up_first_and_never_created(
    stocked: World,
) -> None:
    order = stocked.order()
    stocked.picqer.fail("create_order", Ambiguous())
    job = stocked.run_order().job
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    while not isinstance((outcome := stocked.run_again(job)).ending, Done):
        job = outcome.job

    assert stocked.picqer.calls.count("create_order") == 1
    assert statuses(stocked) == []


def test_an_order_that_vanished_from_the_shop_is_never_created(stocked: World) -> None:
    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert stocked.picqer.calls == []
