"""Flow 5 on one order: an end at Picqer that no webhook told is found all the same."""

from __future__ import annotations

from integration.domain import PicqerStatus
from integration.jobs import Done, Flow, Identity, State
from tests.flows.world import World, line


def shipped_without_its_end(world: World) -> int:
    """An order whose picklist was reported and whose completion was never told."""
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order(lines=(line(quantity=2),))
    world.run_order()
    (idorder,) = world.picqer.books.orders
    picklist = world.picqer.books.make_picklist(idorder)
    world.services.shipments.record("main", world.picqer.books.pick(picklist.idpicklist))
    world.picqer.books.ship(picklist.idpicklist)
    world.run(Flow.COMPLETE_ORDER, "1042")
    world.picqer.calls.clear()
    return idorder


def later(world: World, idorder: int) -> None:
    job = world.services.jobs.find_identity(Identity(Flow.RECONCILE, "", f"order:main:{idorder}"))
    assert job is not None
    assert job.state is State.OPEN
    assert (job.due_at - world.clock.now()).total_seconds() > 500
    world.run_again(job)
    world.settle_all()


def test_a_completion_that_was_never_told_is_read_ten_minutes_later(world: World) -> None:
    idorder = shipped_without_its_end(world)
    assert not world.shop.books.completed

    later(world, idorder)

    assert world.picqer.calls.count("order") == 1
    assert world.shop.books.completed["1042"] == 1


def test_an_order_that_is_not_completed_is_read_once_and_left(world: World) -> None:
    idorder = shipped_without_its_end(world)
    world.picqer.books.set_status(idorder, PicqerStatus.PROCESSING)

    later(world, idorder)

    assert world.picqer.calls.count("order") == 1
    assert not world.shop.books.completed


def test_an_order_whose_end_was_told_is_not_read(world: World) -> None:
    idorder = shipped_without_its_end(world)
    order = world.picqer.books.orders[idorder]
    world.run(Flow.RECONCILE, "orders:main", shop="")
    world.settle_all()
    world.picqer.calls.clear()

    outcome = world.run(Flow.RECONCILE, f"order:main:{idorder}", shop="")

    assert order.status is PicqerStatus.COMPLETED
    assert isinstance(outcome.ending, Done)
    assert world.picqer.calls == []


def test_an_order_that_vanished_at_picqer_ends_done(world: World) -> None:
    outcome = world.run(Flow.RECONCILE, "order:main:4711", shop="")

    assert "does not know" in str(outcome.ending)


def test_a_double_is_remembered_until_one_of_the_two_is_cancelled(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order()
    world.run_order()
    double = world.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    world.run(Flow.RECONCILE, "orders:main", shop="")
    world.clock.advance(3 * 86400)

    still = world.run(Flow.RECONCILE, "orders:main", shop="")
    world.picqer.books.set_status(double.idorder, PicqerStatus.CANCELLED)
    world.clock.advance(3 * 86400)
    mended = world.run(Flow.RECONCILE, "orders:main", shop="")

    assert "1042" in str(still.ending)
    assert "TWO LIVE" not in str(mended.ending)
