"""Stock between orders, shops and Picqer: at rest every shop shows what can be sold (P4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.domain import FreeStock, PicqerStatus, Warehouse
from integration.jobs import Delivery, Flow, Identity
from integration.picqer.webhook import hints
from integration.web.routing import accept
from tests.flows.world import World, line

MUG = "MUG-BLUE"


@pytest.fixture
def shown(world: World) -> World:
    """The shop shows 38 of the 40 mugs: order 1042 for two of them is processing at Picqer."""
    world.picqer.books.add_product(MUG, 40)
    world.shop.books.stock[MUG] = 40
    place(world, 2)
    world.run_order()
    world.clock.advance(2)
    told(world, 38)
    world.settle_all()
    assert world.shop.books.stock[MUG] == 38
    return world


def place(world: World, quantity: int, order_id: str = "1042") -> None:
    """An order is placed: the shop takes its pieces off its own figure."""
    world.order(order_id, lines=(line(quantity=quantity),))
    world.shop.books.stock[MUG] -= quantity


def told(world: World, free: int) -> None:
    """Picqer's stock event comes in."""
    world.services.stock.apply("main", world.picqer.books.set_stock(MUG, free))
    world.hint(Flow.PUSH_STOCK, "stock")


def test_a_cancelled_order_that_picqer_still_holds_is_not_sold_twice(shown: World) -> None:
    order = shown.shop.books.orders["1042"]
    shown.shop.books.orders["1042"] = replace(order, cancelled=True, holds_stock=False)
    shown.shop.books.stock[MUG] += 2

    shown.run_order()
    shown.settle_all()

    assert shown.shop.books.stock[MUG] == 38, "Picqer's order still has two of the forty"


def test_pieces_that_arrive_just_as_many_are_ordered_are_shown(shown: World) -> None:
    place(shown, 2, "1043")
    told(shown, 40)

    shown.hint(Flow.CREATE_ORDER, "1043")
    shown.run_order("1043")
    shown.run(Flow.PUSH_STOCK, "stock")

    assert shown.shop.books.stock[MUG] == 38


def test_an_order_that_is_fulfilled_changes_no_figure_of_the_shop(shown: World) -> None:
    order = shown.shop.books.orders["1042"]
    shown.settle_all()
    writes = shown.shop.books.stock_writes
    shown.shop.books.orders["1042"] = replace(
        order,
        lines=(line(quantity=0),),
        fulfillment_status=type(order.fulfillment_status)("fulfilled"),
    )

    shown.run_order()
    shown.settle_all()

    assert shown.shop.books.stock_writes == writes


def test_when_other_warehouses_count_than_before_every_figure_is_compared_again(
    world: World,
) -> None:
    world.picqer.books.warehouses[19] = Warehouse(19, "Repairs", False, True)
    world.picqer.books.add_product(MUG, {18: 4, 19: 3})
    world.shop.books.stock[MUG] = 0
    world.services.stock.apply("main", world.picqer.books.set_stock(MUG, {18: 4, 19: 3}))
    world.run(Flow.PUSH_STOCK, "stock")

    world.run(Flow.RECONCILE, "stock:main", shop="")
    world.settle_all()

    assert world.shop.books.stock[MUG] == 4


def test_a_reading_is_believed_also_in_the_hour_that_autumn_repeats(world: World) -> None:
    world.picqer.books.add_product(MUG, 7)
    later = FreeStock(MUG, {18: 9}, "2026-11-23 13:59:00")
    world.services.stock.apply("main", later)

    world.run(Flow.RECONCILE, f"product:main:{MUG}", shop="")

    known = world.services.stock.free_stock("main", MUG)
    assert known is not None
    assert known.by_warehouse == {18: 7}


def test_a_productcode_of_two_hundred_characters_is_read_like_any_other(world: World) -> None:
    code = "X" * 200
    world.picqer.books.add_product(code, 7)

    world.run(Flow.RECONCILE, f"product:main:{code}", shop="")

    kept = world.services.bookmarks
    assert world.services.stock.free_stock("main", code) is not None
    assert kept.get("picqer/main", f"read:{code}") is None, "longer than a bookmark's name may be"


# --- Concepts that a person processes ------------------------------------------------------------


@pytest.fixture
def concept(world: World) -> World:
    """Order 1042 is a concept at Picqer that this shop leaves to people."""
    world.set_policy(replace(world.policy, process_orders=False))
    world.picqer.books.add_product(MUG, 40)
    world.shop.books.stock[MUG] = 40
    world.services.stock.apply("main", world.picqer.books.set_stock(MUG, 40))
    place(world, 2)
    world.run_order()
    world.settle_all()
    assert world.shop.books.stock[MUG] == 38
    return world


def idorder_of(world: World) -> int:
    entry = world.entry()
    assert entry is not None
    assert entry.picqer_id is not None
    return entry.picqer_id


def picqer_tells(world: World, status: str) -> None:
    """Picqer's event about the order's status comes in at the door."""
    stamp = world.picqer.books.stamp()
    body = (
        f'{{"event": "orders.status_changed", "event_triggered_at": "{stamp}", '
        f'"data": {{"idorder": {idorder_of(world)}, "status": "{status}"}}}}'
    )
    account = replace(world.services.accounts["main"], hints=hints)
    accept(world.services, account, Delivery("picqer/main", {}, body.encode()))


def seconds_until(world: World, subject: str) -> float | None:
    job = world.services.jobs.find_identity(Identity(Flow.RECONCILE, "", subject))
    return None if job is None else (job.due_at - world.clock.now()).total_seconds()


def test_a_concept_that_a_person_processed_is_in_flight_no_longer(concept: World) -> None:
    concept.clock.advance(60)
    concept.picqer.books.process(idorder_of(concept))

    picqer_tells(concept, "processing")
    concept.clock.advance(2)
    told(concept, 38)
    concept.settle_all()

    assert concept.services.stock.in_flight("main", MUG) == 0
    assert concept.shop.books.stock[MUG] == 38


def test_after_a_person_processed_a_concept_a_lost_stock_event_is_made_good_by_one_reading(
    concept: World,
) -> None:
    concept.clock.advance(60)
    concept.picqer.books.process(idorder_of(concept))

    picqer_tells(concept, "processing")

    assert seconds_until(concept, f"unheld:main:{MUG}") == pytest.approx(600)


def test_an_order_that_is_paused_and_resumed_is_not_in_flight_again(concept: World) -> None:
    concept.clock.advance(60)
    concept.picqer.books.process(idorder_of(concept))
    picqer_tells(concept, "processing")
    concept.clock.advance(2)
    told(concept, 38)
    concept.clock.advance(3600)

    picqer_tells(concept, "paused")
    picqer_tells(concept, "processing")

    assert concept.services.stock.in_flight("main", MUG) == 0


def test_reconciliation_finds_a_concept_that_a_person_processed(concept: World) -> None:
    concept.clock.advance(60)
    concept.picqer.books.process(idorder_of(concept))
    concept.clock.advance(2)
    told(concept, 38)

    concept.run(Flow.RECONCILE, "orders:main", shop="")
    concept.settle_all()

    assert concept.services.stock.in_flight("main", MUG) == 0
    assert concept.shop.books.stock[MUG] == 38


def test_reconciliation_leaves_a_concept_alone_that_people_are_to_process(
    concept: World,
) -> None:
    before = concept.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))

    concept.run(Flow.RECONCILE, "orders:main", shop="")

    after = concept.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    assert concept.picqer.books.orders[idorder_of(concept)].status is PicqerStatus.CONCEPT
    assert before is not None
    assert after is not None
    assert after.revision == before.revision
