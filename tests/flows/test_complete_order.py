"""Flow 3: the shop's order carries every shipment with its parcels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.errors import BridgeError, Refused, Unavailable
from integration.jobs import Done, Flow, Park, Retry, Wait
from tests.flows.warehouse import PARCEL, SECOND, Warehouse, complete, reports, told
from tests.flows.world import World, line


def test_a_closed_picklist_is_reported_with_its_parcels_for_one_call(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL, SECOND)

    outcome = complete(warehouse)

    assert isinstance(outcome.ending, Done)
    tracking = [PARCEL.tracking_code, SECOND.tracking_code]
    assert told(warehouse, picklist) == ({"1": 2, "2": 1}, tracking)
    assert warehouse.world.picqer.calls == ["shipments"]
    assert warehouse.world.shop.calls == ["ship"]
    assert warehouse.world.shop.books.completed == {}


def test_shipped_at_is_picqers_stamp_in_the_accounts_time_zone(warehouse: Warehouse) -> None:
    closed_at = warehouse.world.clock.now().replace(microsecond=0)
    picklist = warehouse.close(PARCEL)

    complete(warehouse)

    shipment = warehouse.world.shop.books.shipments["1042", str(picklist.idpicklist)]
    assert shipment.shipped_at == closed_at


def test_running_it_again_makes_no_call_and_reports_nothing(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL)
    complete(warehouse)

    complete(warehouse)

    assert warehouse.world.picqer.calls == ["shipments"]
    assert reports(warehouse, picklist) == 1


def test_each_picklist_of_an_order_is_a_shipment_of_its_own(warehouse: Warehouse) -> None:
    first = warehouse.close(PARCEL, amounts={"MUG-BLUE": 2})
    complete(warehouse)
    second = warehouse.close(SECOND, amounts={"PLATE": 1})
    complete(warehouse)

    assert told(warehouse, first) == ({"1": 2}, [PARCEL.tracking_code])
    assert told(warehouse, second) == ({"2": 1}, [SECOND.tracking_code])
    assert reports(warehouse, first) == 1
    assert warehouse.world.picqer.calls == ["shipments", "shipments"]


def test_what_was_picked_counts_when_a_picklist_is_closed_short(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL, picked={"MUG-BLUE": 1})

    complete(warehouse)

    assert told(warehouse, picklist)[0] == {"1": 1}


def test_a_warehouse_that_closes_without_picking_ships_the_whole_amount(
    warehouse: Warehouse,
) -> None:
    picklist = warehouse.close(PARCEL, picked={})

    complete(warehouse)

    assert told(warehouse, picklist)[0] == {"1": 2, "2": 1}


def test_parts_that_picqer_added_belong_to_no_line_of_the_shop(world: World) -> None:
    world.picqer.books.add_product("CUP", 9)
    world.picqer.books.add_product("GIFT-SET", 9, parts={"CUP": 3})
    world.order(lines=(line("GIFT-SET", 1),))
    world.run_order()
    (idorder,) = world.picqer.books.orders
    warehouse = Warehouse(world, idorder)
    picklist = warehouse.close(PARCEL, picked={"CUP": 3})

    complete(warehouse)

    assert told(warehouse, picklist)[0] == {"1": 1}


def test_a_picklist_without_a_line_of_the_shop_is_not_reported(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL, tell=False)
    stranger = replace(picklist.lines[0], idorder_product=9999)
    warehouse.world.services.shipments.record("main", replace(picklist, lines=(stranger,)))

    ending = complete(warehouse).ending

    assert ending == Done(f"picklist {picklist.picklistid} holds no line of the shop's order")
    assert warehouse.world.shop.calls == []
    assert warehouse.world.picqer.calls == []


def test_lines_that_are_not_known_yet_are_read(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL, tell=False)
    warehouse.world.services.shipments.record("main", replace(picklist, lines=()))

    complete(warehouse)

    assert told(warehouse, picklist)[0] == {"1": 2, "2": 1}
    assert warehouse.world.picqer.calls == ["picklist", "shipments"]


def test_an_open_picklist_and_one_of_a_return_are_nothing_to_report(warehouse: Warehouse) -> None:
    services, books = warehouse.world.services, warehouse.books
    services.shipments.record("main", books.make_picklist(warehouse.idorder))
    returned = warehouse.close(PARCEL, tell=False)
    services.shipments.record("main", replace(returned, idreturn=7))

    assert complete(warehouse).ending == Done("")
    assert warehouse.world.shop.calls == []


def test_an_order_that_is_not_in_picqer_has_nothing_to_report(world: World) -> None:
    ending = world.run(Flow.COMPLETE_ORDER, "1042").ending

    assert ending == Done("order 1042 of nl is not in Picqer (yet)")


def test_a_paused_flow_reports_nothing(warehouse: Warehouse) -> None:
    warehouse.close(PARCEL)
    warehouse.world.services.gate.pause(Flow.COMPLETE_ORDER, None, "ann")

    ending = complete(warehouse).ending

    assert isinstance(ending, Wait)
    assert ending.code == "Paused"
    assert warehouse.world.shop.calls == []


# --- Parcels that come later ---------------------------------------------------------------------


def test_parcels_to_come_are_waited_for_and_a_new_event_hurries_it(warehouse: Warehouse) -> None:
    picklist = warehouse.close()
    warehouse.world.clock.advance(30)
    ending = complete(warehouse).ending
    assert isinstance(ending, Wait)
    assert (ending.code, ending.seconds, ending.hold) == ("NotYet", 270.0, False)
    assert warehouse.world.shop.calls == []

    warehouse.late_parcel(picklist, PARCEL)
    complete(warehouse)

    assert told(warehouse, picklist)[1] == [PARCEL.tracking_code]
    assert warehouse.world.picqer.calls == ["shipments"]


def test_after_the_patience_it_ships_without_tracking_and_a_late_parcel_updates_it(
    warehouse: Warehouse,
) -> None:
    picklist = warehouse.close()
    outcome = complete(warehouse)
    assert isinstance(warehouse.world.run_again(outcome.job).ending, Done)
    assert told(warehouse, picklist) == ({"1": 2, "2": 1}, [])

    warehouse.late_parcel(picklist, PARCEL)
    ending = complete(warehouse).ending

    assert ending == Done(f"{picklist.picklistid} was reported with 1 parcel (updated)")
    assert told(warehouse, picklist)[1] == [PARCEL.tracking_code]
    assert warehouse.world.picqer.calls == ["shipments"]


def test_one_picklist_that_waits_does_not_hold_up_another(warehouse: Warehouse) -> None:
    waiting = warehouse.close(amounts={"MUG-BLUE": 2})
    ready = warehouse.close(PARCEL, amounts={"PLATE": 1})
    warehouse.tell_status()

    assert isinstance(complete(warehouse).ending, Wait)

    assert reports(warehouse, ready) == 1
    assert reports(warehouse, waiting) == 0
    assert warehouse.world.shop.books.completed == {}


def test_a_cancelled_shipment_is_left_out(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL)
    idshipment = warehouse.late_parcel(picklist, SECOND)
    complete(warehouse)

    gone = warehouse.books.cancel_shipment(idshipment)
    warehouse.world.services.shipments.record("main", gone)
    complete(warehouse)

    assert told(warehouse, picklist)[1] == [PARCEL.tracking_code]
    assert reports(warehouse, picklist) == 2


def test_a_picklist_that_was_closed_again_has_its_shipments_read_again(
    warehouse: Warehouse,
) -> None:
    picklist = warehouse.close(PARCEL)
    complete(warehouse)
    shipments, clock = warehouse.world.services.shipments, warehouse.world.clock
    clock.advance(60)
    opened = replace(picklist, status="new", closed_at=None, updated=warehouse.books.stamp())
    shipments.record("main", opened)
    clock.advance(60)
    stamp = warehouse.books.stamp()
    warehouse.books.ship(picklist.idpicklist, SECOND)
    shipments.record("main", replace(picklist, closed_at=stamp, updated=stamp))

    complete(warehouse)

    assert told(warehouse, picklist)[1] == [PARCEL.tracking_code, SECOND.tracking_code]
    assert warehouse.world.picqer.calls == ["shipments", "shipments"]


# --- What the shop says --------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Unavailable(), Refused("the carrier is not known")])
def test_a_report_that_failed_is_made_again_without_asking_picqer_again(
    warehouse: Warehouse, error: BridgeError
) -> None:
    picklist = warehouse.close(PARCEL)
    warehouse.world.shop.fail("ship", error)
    outcome = complete(warehouse)
    assert isinstance(outcome.ending, Retry | Park)

    warehouse.world.services.jobs.retry(outcome.job.id, "ann")
    warehouse.world.runner.run(outcome.job.id)

    assert reports(warehouse, picklist) == 1
    assert warehouse.world.picqer.calls == ["shipments"]


def test_an_order_that_a_person_changed_is_left_as_it_is_and_not_tried_again(
    warehouse: Warehouse,
) -> None:
    world = warehouse.world
    world.shop.books.touched.add("1042")
    picklist = warehouse.close(PARCEL)
    warehouse.tell_status()

    ending = complete(warehouse).ending
    complete(warehouse)

    assert isinstance(ending, Done)
    assert f"{picklist.picklistid} was not reported: a person changed" in ending.note
    assert world.shop.calls == ["ship"]
    entry = world.entry()
    assert entry is not None
    assert entry.details["left_as_is"] == [str(picklist.idpicklist)]


def test_what_changes_after_it_was_left_is_told_again(warehouse: Warehouse) -> None:
    world = warehouse.world
    world.shop.books.touched.add("1042")
    picklist = warehouse.close(PARCEL)
    complete(warehouse)
    world.shop.books.touched.clear()

    warehouse.late_parcel(picklist, SECOND)
    complete(warehouse)

    assert told(warehouse, picklist)[1] == [PARCEL.tracking_code, SECOND.tracking_code]
    entry = world.entry()
    assert entry is not None
    assert entry.details["left_as_is"] == []
