"""Flow 3: the shop's order is completed once, when Picqer's is and everything was reported."""

from __future__ import annotations

from integration.domain import PicqerStatus
from integration.errors import Unavailable
from integration.jobs import Done, Job, State, Wait
from integration.ports import Capabilities
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.webshop import FakeWebshop
from tests.flows.warehouse import PARCEL, SECOND, Warehouse, at_picqer, complete, reports
from tests.flows.world import World


def test_the_order_is_completed_once_when_picqers_is(warehouse: Warehouse) -> None:
    warehouse.close(PARCEL)
    warehouse.tell_status()

    complete(warehouse)
    complete(warehouse)

    assert warehouse.world.shop.books.completed == {"1042": 1}
    assert warehouse.world.shop.calls == ["ship", "complete"]
    assert warehouse.world.picqer.calls == ["shipments"]


def test_it_is_completed_also_when_the_status_comes_first(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL, tell=False)
    warehouse.tell_status()
    outcome = complete(warehouse)
    assert isinstance(outcome.ending, Wait)
    assert warehouse.world.shop.calls == []

    warehouse.world.services.shipments.record("main", picklist)
    complete(warehouse)

    assert warehouse.world.shop.calls == ["ship", "complete"]
    assert warehouse.world.picqer.calls == ["shipments"]


def test_a_picklist_that_picqer_never_told_of_is_found_before_completing(
    warehouse: Warehouse,
) -> None:
    first = warehouse.close(PARCEL, amounts={"MUG-BLUE": 2})
    second = warehouse.close(SECOND, amounts={"PLATE": 1}, tell=False)
    warehouse.tell_status()

    job = run_to_the_end(warehouse)

    assert job.state is State.DONE
    assert [reports(warehouse, one) for one in (first, second)] == [1, 1]
    assert warehouse.world.shop.calls == ["ship", "ship", "complete"]
    assert warehouse.world.picqer.calls == ["shipments", "order", "picklist", "shipments"]


def test_an_order_that_was_shortened_in_picqer_is_completed_after_asking_once(
    warehouse: Warehouse,
) -> None:
    warehouse.close(PARCEL, amounts={"MUG-BLUE": 2})
    warehouse.books.set_status(warehouse.idorder, PicqerStatus.COMPLETED)
    warehouse.tell_status()

    run_to_the_end(warehouse)

    assert warehouse.world.shop.books.completed == {"1042": 1}
    assert warehouse.world.picqer.calls == ["shipments", "order"]


def run_to_the_end(warehouse: Warehouse) -> Job:
    outcome = complete(warehouse)
    for _ in range(6):
        if not isinstance(outcome.ending, Wait):
            break
        outcome = warehouse.world.run_again(outcome.job)
    return outcome.job


def test_a_completion_that_the_shop_leaves_is_not_tried_again(warehouse: Warehouse) -> None:
    warehouse.close(PARCEL)
    complete(warehouse)
    warehouse.world.shop.books.touched.add("1042")
    warehouse.tell_status()

    ending = complete(warehouse).ending
    complete(warehouse)

    assert isinstance(ending, Done)
    assert "it was not completed: a person changed the order in the shop" in ending.note
    assert warehouse.world.shop.calls == ["ship", "complete"]


def test_a_completion_that_failed_is_tried_again_alone(warehouse: Warehouse) -> None:
    warehouse.close(PARCEL)
    warehouse.tell_status()
    warehouse.world.shop.fail("complete", Unavailable())

    warehouse.world.run_again(complete(warehouse).job)

    assert warehouse.world.shop.calls == ["ship", "complete", "complete"]


def test_an_order_cancelled_in_picqer_changes_nothing_in_the_shop(warehouse: Warehouse) -> None:
    warehouse.tell_status(PicqerStatus.CANCELLED)

    ending = complete(warehouse).ending

    assert ending == Done("the order was cancelled in Picqer; the shop's order is left as it is")
    assert warehouse.world.shop.calls == []


def test_a_shop_without_partial_shipments_is_told_when_everything_is_sent(
    memory_database: Database, clock: HandClock
) -> None:
    shop = FakeWebshop(capabilities=Capabilities(partial_shipments=False))
    warehouse = at_picqer(World(memory_database, clock, shop=shop))
    warehouse.close(PARCEL, amounts={"MUG-BLUE": 2})
    warehouse.tell_status()
    complete(warehouse)
    assert shop.calls == []

    warehouse.close(SECOND, amounts={"PLATE": 1})
    warehouse.tell_status()
    complete(warehouse)

    assert shop.calls == ["ship", "ship", "complete"]
