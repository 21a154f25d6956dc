"""Flow 5 on a Picqer account: what webhooks missed is found, and only observations are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from integration.domain import PicqerStatus
from integration.errors import OverBudget
from integration.jobs import Done, Flow, Identity, Job, State, Wait
from tests.flows.world import World, line


def job_of(world: World, flow: Flow, subject: str, shop: str = "nl") -> Job | None:
    return world.services.jobs.find_identity(Identity(flow, shop, subject))


def processed_order(world: World, order_id: str = "1042") -> int:
    """An order that went through; returns its idorder."""
    if world.picqer.books.find_product("MUG-BLUE") is None:
        world.picqer.books.add_product("MUG-BLUE", 40)
    world.order(order_id, lines=(line(quantity=2),))
    world.run_order(order_id)
    entry = world.entry(order_id)
    assert entry is not None
    assert entry.picqer_id is not None
    return entry.picqer_id


def reads_only(world: World) -> bool:
    writing = ("create", "process", "cancel", "update", "add", "deactivate", "reactivate")
    return not [call for call in world.picqer.calls if call.startswith(writing)]


def test_a_completed_order_whose_webhook_was_missed_raises_complete_order(world: World) -> None:
    idorder = processed_order(world)
    world.picqer.books.set_status(idorder, PicqerStatus.COMPLETED)
    world.picqer.calls.clear()

    world.run(Flow.RECONCILE, "orders:main", shop="")

    job = job_of(world, Flow.COMPLETE_ORDER, "1042")
    assert job is not None
    assert job.state is State.OPEN
    assert reads_only(world)


def test_a_concept_that_ought_to_be_processing_raises_create_order(world: World) -> None:
    idorder = processed_order(world)
    world.services.ledger.note(
        world.entry().key,  # type: ignore[union-attr]  # processed_order made it
        {"process_stamp": None},
    )
    world.picqer.books.set_status(idorder, PicqerStatus.CONCEPT)

    world.run(Flow.RECONCILE, "orders:main", shop="")
    world.settle_all()

    assert world.picqer.books.orders[idorder].status is PicqerStatus.PROCESSING


def test_two_live_orders_with_one_reference_are_reported(world: World) -> None:
    processed_order(world)
    world.picqer.books.add_order("1042", {"MUG-BLUE": 2})

    outcome = world.run(Flow.RECONCILE, "orders:main", shop="")

    assert "1042" in str(outcome.ending)
    kept = world.services.bookmarks.get("picqer/main", "doubled_references")
    assert kept is not None
    assert kept[0] == ["1042"]


def test_orders_that_are_not_ours_and_cancelled_doubles_are_no_alarm(world: World) -> None:
    processed_order(world)
    double = world.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    world.picqer.books.set_status(double.idorder, PicqerStatus.CANCELLED)
    world.picqer.books.add_order("BY-HAND", {"MUG-BLUE": 1})

    outcome = world.run(Flow.RECONCILE, "orders:main", shop="")

    assert "TWO LIVE" not in str(outcome.ending)


def test_a_closed_picklist_whose_webhook_was_missed_raises_complete_order(world: World) -> None:
    idorder = processed_order(world)
    picklist = world.picqer.books.make_picklist(idorder)
    world.picqer.books.pick(picklist.idpicklist)

    world.run(Flow.RECONCILE, "shipments:main", shop="")
    world.run(Flow.RECONCILE, "shipments:main", shop="")

    job = job_of(world, Flow.COMPLETE_ORDER, "1042")
    assert job is not None
    assert job.revision == 1, "what is known already raises nothing"


def test_the_free_stock_of_every_product_is_read_a_hundred_a_call(world: World) -> None:
    for number in range(230):
        world.picqer.books.add_product(f"P-{number:03}", number)

    outcome = world.run(Flow.RECONCILE, "stock:main", shop="")

    assert isinstance(outcome.ending, Done)
    assert world.picqer.calls.count("products") == 3
    known = world.services.stock.free_stock("main", "P-229")
    assert known is not None
    assert sum(known.by_warehouse.values()) == 229
    assert reads_only(world)


def test_a_pass_that_runs_out_of_budget_goes_on_where_it_stopped(world: World) -> None:
    for number in range(230):
        world.picqer.books.add_product(f"P-{number:03}", number)
    job = world.hint(Flow.RECONCILE, "stock:main", shop="")
    world.picqer.fail("products", OverBudget(seconds=40), skip=2)

    first = world.runner.run(job.id)
    assert first is not None
    read_before = world.picqer.calls.count("products")
    second = world.run_again(first.job)

    assert isinstance(first.ending, Wait)
    assert isinstance(second.ending, Done)
    assert world.picqer.calls.count("products") - read_before == 1
    assert len(list(world.services.stock.productcodes("main"))) == 230


def test_a_product_in_doubt_is_read_once_and_at_most_once_a_minute(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 7)

    first = world.run(Flow.RECONCILE, "product:main:MUG-BLUE", shop="")
    again = world.run(Flow.RECONCILE, "product:main:MUG-BLUE", shop="")
    later = world.run_again(again.job)

    assert isinstance(first.ending, Done)
    assert isinstance(again.ending, Wait)
    assert isinstance(later.ending, Done)
    assert world.picqer.calls.count("product_with_code") == 2


def test_a_product_that_was_read_before_the_clock_was_set_back_is_read_again(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 7)
    world.run(Flow.RECONCILE, "product:main:MUG-BLUE", shop="")
    world.clock.set_to(world.clock.now() - timedelta(minutes=10))
    world.services.jobs.mend_after_set_back()

    again = world.run(Flow.RECONCILE, "product:main:MUG-BLUE", shop="")

    assert isinstance(again.ending, Done)


def test_a_product_whose_stock_event_came_is_not_read_after_processing(world: World) -> None:
    processed_order(world)
    world.clock.advance(2)
    world.services.stock.apply("main", world.picqer.books.set_stock("MUG-BLUE", 38))
    world.picqer.calls.clear()

    outcome = world.run(Flow.RECONCILE, "unheld:main:MUG-BLUE", shop="")

    assert isinstance(outcome.ending, Done)
    assert world.picqer.calls == []


def test_a_product_that_picqer_renamed_is_known_by_its_new_productcode(world: World) -> None:
    world.picqer.books.add_product("OLD-NAME", 1)
    world.run(Flow.RECONCILE, "catalogue:main", shop="")
    product = world.picqer.books.find_product("OLD-NAME")
    assert product is not None
    world.picqer.books.products[product.idproduct] = replace(
        product,
        productcode="NEW-NAME",
        free_stock=replace(product.free_stock, productcode="NEW-NAME"),
    )

    world.run(Flow.RECONCILE, "catalogue:main", shop="")

    assert world.services.ledger.unknown_productcodes("main", ["OLD-NAME", "NEW-NAME"]) == [
        "OLD-NAME"
    ]


def test_a_subject_that_reconcile_does_not_know_parks_and_names_it(world: World) -> None:
    outcome = world.run(Flow.RECONCILE, "moon:main", shop="")

    assert "moon:main" in str(outcome.ending)
