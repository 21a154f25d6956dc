"""Flow 2 and time: a shop's wrong clock, a store that was born again, orders_since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integration.jobs import Done, Flow
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.webshop import FakeWebshop
from tests.flows.world import World, line


@pytest.fixture
def stocked(world: World) -> World:
    world.picqer.books.add_product("MUG-BLUE", 40)
    return world


def behind(database: Database, clock: HandClock, by: timedelta) -> World:
    """A world whose shop's clock is that much behind ours."""
    world = World(database, clock, shop=FakeWebshop(clock_offset=by))
    world.picqer.books.add_product("MUG-BLUE", 40)
    return world


def test_the_clock_of_a_shop_that_is_behind_makes_no_order_too_old_or_late(
    memory_database: Database, clock: HandClock
) -> None:
    world = behind(memory_database, clock, timedelta(hours=2))
    told = world.clock.now() - timedelta(hours=2)
    world.order(placed_at=told, paid_at=told)

    outcome = world.run_order()

    assert isinstance(outcome.ending, Done)
    assert "orders_with_reference" not in world.picqer.calls
    assert len(world.picqer.books.live_orders("1042")) == 1


def test_without_the_shift_such_an_order_would_be_too_old(stocked: World) -> None:
    told = stocked.clock.now() - timedelta(hours=2)
    stocked.order(placed_at=told, paid_at=told)

    assert "orders_since" in str(stocked.run_order().ending)


def test_an_order_of_the_very_second_in_which_its_shop_was_first_seen_is_imported(
    memory_database: Database, clock: HandClock
) -> None:
    # The shop tells whole seconds: the order was placed 0.4 s after the first sight, and seems to
    # have been placed 0.16 s before it.
    world = behind(memory_database, clock, timedelta(seconds=0.04))
    sight = world.services.gate.first_sight("main", "nl")
    told = sight - timedelta(seconds=0.2)
    world.order(placed_at=told, paid_at=told)

    world.run_order()

    assert len(world.picqer.books.live_orders("1042")) == 1


def test_an_order_of_a_second_before_its_shop_was_first_seen_is_not_imported(
    stocked: World,
) -> None:
    sight = stocked.services.gate.first_sight("main", "nl")
    told = sight - timedelta(seconds=1)
    stocked.order(placed_at=told, paid_at=told)

    assert "orders_since" in str(stocked.run_order().ending)
    assert stocked.picqer.calls == []


def test_orders_since_in_the_past_imports_older_orders_and_looks_them_up(stocked: World) -> None:
    since = stocked.clock.now() - timedelta(days=9)
    stocked.set_policy(replace(stocked.policy, orders_since=since))
    placed = stocked.clock.now() - timedelta(days=3)
    stocked.order(placed_at=placed, paid_at=placed)

    stocked.run_order()

    assert stocked.picqer.calls[0] == "orders_with_reference"
    assert len(stocked.picqer.books.live_orders("1042")) == 1


def test_an_order_paid_before_the_store_was_born_again_is_looked_up(stocked: World) -> None:
    gate = stocked.services.gate
    gate.beat("worker@here:1", 0)
    stocked.order()
    there = stocked.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    stocked.clock.advance(300)
    gate.beat("worker@here:2", 0)
    stocked.clock.advance(1)

    stocked.run_order()

    assert gate.birth() > stocked.clock.now() - timedelta(minutes=1)
    assert stocked.picqer.calls[0] == "orders_with_reference"
    assert [order.idorder for order in stocked.picqer.books.live_orders("1042")] == [there.idorder]


def test_an_order_cancelled_while_it_is_being_created_is_withdrawn_in_the_next_run(
    stocked: World,
) -> None:
    order = stocked.order()
    original = stocked.picqer.books.process

    def cancelled_meanwhile(idorder: int) -> object:
        stocked.shop.books.orders["1042"] = replace(order, cancelled=True)
        stocked.hint(Flow.CREATE_ORDER, "1042")
        return original(idorder)

    stocked.picqer.books.process = cancelled_meanwhile  # type: ignore[method-assign,assignment]
    first = stocked.run_order()
    second = stocked.runner.run(first.job.id)

    assert second is not None
    assert "cancelled in the shop" in str(second.ending)


def test_an_adopted_order_whose_lines_stand_in_another_sequence_is_joined_by_productcode(
    stocked: World,
) -> None:
    stocked.picqer.books.add_product("MUG-RED", 5)
    paid = stocked.clock.now()
    by_hand = stocked.picqer.books.add_order("1042", [("MUG-RED", 1), ("MUG-BLUE", 2)])
    stocked.clock.advance(3600)
    stocked.order(placed_at=paid, paid_at=paid, lines=(line(id="a"), line("MUG-RED", 1, id="b")))

    stocked.run_order()

    joined = stocked.services.shipments.lines("main", by_hand.idorder)
    assert sorted((row.line_id, row.sku) for row in joined.values()) == [
        ("a", "MUG-BLUE"),
        ("b", "MUG-RED"),
    ]
