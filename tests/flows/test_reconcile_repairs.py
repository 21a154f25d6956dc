"""Flow 5 mends what two things at the same moment left behind, and asks for nothing else."""

from __future__ import annotations

from dataclasses import replace

from integration.domain import Picklist, PicqerStatus
from integration.flows.missed_parcels import LOOK_AGAIN
from integration.flows.products import product_key
from integration.jobs import Done, Flow, Identity, Job, State
from integration.ports import LedgerState
from tests.flows.warehouse import PARCEL, Warehouse, complete, reports, told
from tests.flows.world import World, line

RED = "MUG-RED"


def job_of(world: World, flow: Flow, subject: str) -> Job | None:
    return world.services.jobs.find_identity(Identity(flow, "nl", subject))


def order_of_an_unknown_product(world: World) -> Job:
    """An order that parks, because the shop writes no products and Picqer does not know one."""
    world.set_policy(replace(world.policy, catalogue=False))
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order(lines=(line(RED),))
    job = world.run_order().job
    assert (job.state, job.blocked_on) == (State.PARKED, RED)
    return job


def test_an_order_that_waits_for_a_product_goes_on_when_a_person_made_it_in_picqer(
    world: World,
) -> None:
    order_of_an_unknown_product(world)
    world.picqer.books.add_product(RED, 5)

    world.run(Flow.RECONCILE, "catalogue:main", shop="")
    world.settle_all()

    assert [one.status for one in world.picqer.books.live_orders("1042")] == [
        PicqerStatus.PROCESSING
    ]


def test_a_product_that_is_inactive_at_picqer_opens_no_order(world: World) -> None:
    job = order_of_an_unknown_product(world)
    world.picqer.books.add_product(RED, 5, active=False)

    world.run(Flow.RECONCILE, "catalogue:main", shop="")

    after = world.services.jobs.job(job.id)
    assert after is not None
    assert after.state is State.PARKED


def test_the_catalogue_leaves_a_product_alone_that_is_just_being_made(world: World) -> None:
    world.run(Flow.RECONCILE, "catalogue:main", shop="")
    product = world.product(RED)
    made = world.picqer.books.add_product

    def listed_meanwhile(*args: object, **kwargs: object) -> object:
        row = made(*args, **kwargs)  # type: ignore[arg-type]  # passed through as it came
        world.picqer.books.add_product = made  # type: ignore[method-assign]  # once
        world.run(Flow.RECONCILE, "catalogue:main", shop="")
        return row

    world.picqer.books.add_product = listed_meanwhile  # type: ignore[method-assign,assignment]
    world.run(Flow.CREATE_PRODUCT, product.id)

    entry = world.services.ledger.find(product_key("main", RED))
    assert entry is not None
    assert entry.state is LedgerState.SETTLED
    assert entry.details["adopted"] is False


def test_an_order_that_changed_while_its_job_ran_is_raised_by_polling(world: World) -> None:
    world.order()
    job = world.hint(Flow.CREATE_ORDER, "1042")
    assert world.services.jobs.claim(job.id, "token") is not None

    world.run(Flow.RECONCILE, "orders")

    after = job_of(world, Flow.CREATE_ORDER, "1042")
    assert after is not None
    assert after.revision == job.revision + 1


def test_a_picklist_that_was_told_of_while_its_order_was_written_down_is_found(
    warehouse: Warehouse,
) -> None:
    """Neither transaction saw the other: the fact is there, and nobody raised the job."""
    world = warehouse.world
    picklist = warehouse.close(PARCEL)
    assert job_of(world, Flow.COMPLETE_ORDER, "1042") is None

    world.run(Flow.RECONCILE, "shipments:main", shop="")
    world.settle_all()

    assert ("1042", str(picklist.idpicklist)) in world.shop.books.shipments


def test_shipments_of_a_shop_that_does_not_want_them_cost_no_call_and_are_not_reported(
    warehouse: Warehouse,
) -> None:
    world = warehouse.world
    world.set_policy(replace(world.policy, flows=frozenset({"create_order"})))
    warehouse.close(PARCEL, tell=False)
    world.picqer.calls.clear()

    world.run(Flow.RECONCILE, "shipments:main", shop="")
    world.run(Flow.RECONCILE, "orders:main", shop="")
    world.settle_all()

    assert set(world.picqer.calls) == {"picklists_closed_since", "orders_since"}
    assert job_of(world, Flow.COMPLETE_ORDER, "1042") is None
    assert world.shop.books.shipments == {}


def test_a_job_that_a_shop_wanted_before_its_settings_changed_reports_nothing(
    warehouse: Warehouse,
) -> None:
    world = warehouse.world
    warehouse.close(PARCEL)
    world.set_policy(replace(world.policy, flows=frozenset({"create_order"})))

    outcome = world.run(Flow.COMPLETE_ORDER, "1042")

    assert isinstance(outcome.ending, Done)
    assert "does not use complete_order" in outcome.ending.note
    assert world.shop.books.shipments == {}


def reported_without_a_parcel(warehouse: Warehouse) -> Picklist:
    """A picklist that the shop was told of after its parcels had been waited for."""
    picklist = warehouse.close()
    job = complete(warehouse).job
    warehouse.world.run_again(job)
    assert told(warehouse, picklist)[1] == []
    warehouse.world.picqer.calls.clear()
    return picklist


def test_a_parcel_whose_webhook_was_lost_is_found_for_a_picklist_that_had_none(
    warehouse: Warehouse,
) -> None:
    world, picklist = warehouse.world, reported_without_a_parcel(warehouse)
    warehouse.books.ship(picklist.idpicklist, PARCEL)

    world.clock.advance(LOOK_AGAIN.total_seconds())
    world.run(Flow.RECONCILE, "shipments:main", shop="")
    world.settle_all()

    assert told(warehouse, picklist)[1] == [PARCEL.tracking_code]
    assert reports(warehouse, picklist) == 2


def test_a_picklist_without_parcels_is_looked_at_once_an_hour_and_others_never(
    warehouse: Warehouse,
) -> None:
    world = warehouse.world
    reported_without_a_parcel(warehouse)
    for _ in range(3):
        world.run(Flow.RECONCILE, "shipments:main", shop="")
    assert "shipments" not in world.picqer.calls

    world.clock.advance(LOOK_AGAIN.total_seconds())
    for _ in range(3):
        world.run(Flow.RECONCILE, "shipments:main", shop="")
    assert world.picqer.calls.count("shipments") == 1


def test_a_picklist_that_was_reported_with_a_parcel_costs_no_call(warehouse: Warehouse) -> None:
    world = warehouse.world
    warehouse.close(PARCEL)
    complete(warehouse)
    world.picqer.calls.clear()

    world.clock.advance(LOOK_AGAIN.total_seconds())
    world.run(Flow.RECONCILE, "shipments:main", shop="")

    assert "shipments" not in world.picqer.calls
