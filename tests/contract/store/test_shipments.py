"""What the store promises about facts that Picqer tells of picklists, shipments and orders."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from integration.domain import (
    FreeStock,
    Parcel,
    Picklist,
    PicklistLine,
    PicqerShipment,
    PicqerStatus,
    ShipmentLine,
)
from integration.jobs import OrderStatusFact
from integration.ports import PicklistRow
from integration.store.database import Database
from integration.store.shipments import SqlShipments
from integration.testing.clock import NOON, HandClock

T1, T2, T3 = "2026-11-23 13:00:01", "2026-11-23 13:00:02", "2026-11-23 13:00:03"
LINE = PicklistLine(900, "MUG-BLUE", 2, 2)
OPEN = Picklist(501, "P501", 301, None, "new", None, T1, (replace(LINE, amount_picked=0),))
CLOSED = Picklist(501, "P501", 301, None, "closed", T2, T2, (LINE,))
PARCEL = Parcel("3SABC1", "https://example.com/t", "PostNL")
SHIPMENT = PicqerShipment(19, 501, cancelled=False, parcels=(PARCEL,), updated=T1)


@pytest.fixture
def facts(database: Database) -> SqlShipments:
    return SqlShipments(database)


def row(facts: SqlShipments) -> PicklistRow:
    (found,) = facts.picklists("main", 301)
    return found


def test_a_picklist_is_kept_with_its_lines_and_names_its_order(facts: SqlShipments) -> None:
    assert facts.record("main", CLOSED) == 301

    assert row(facts) == PicklistRow("main", CLOSED, NOON, None, None)
    assert facts.picklists("other", 301) == []


@pytest.mark.parametrize("order", list(itertools.permutations([OPEN, CLOSED])))
def test_a_closed_picklist_stays_closed_whatever_comes_first(
    facts: SqlShipments, order: tuple[Picklist, ...]
) -> None:
    for fact in order:
        facts.record("main", fact)

    assert row(facts).picklist == CLOSED


def test_a_fact_of_the_same_second_does_not_open_a_closed_picklist(facts: SqlShipments) -> None:
    facts.record("main", CLOSED)

    facts.record("main", replace(OPEN, updated=T2))

    assert row(facts).picklist == CLOSED


def test_a_later_fact_opens_a_picklist_again_and_closing_it_is_seen_anew(
    facts: SqlShipments, clock: HandClock
) -> None:
    facts.record("main", CLOSED)
    facts.record("main", replace(OPEN, updated=T3))
    assert (row(facts).picklist.status, row(facts).closed_seen_at) == ("new", None)
    assert row(facts).picklist.closed_at is None

    clock.advance(60)
    facts.record("main", replace(CLOSED, closed_at=T3, updated=T3))

    assert row(facts).closed_seen_at == NOON + timedelta(seconds=60)


def test_closing_is_seen_once_however_often_it_is_told(
    facts: SqlShipments, clock: HandClock
) -> None:
    facts.record("main", CLOSED)
    clock.advance(60)

    facts.record("main", CLOSED)
    facts.record("main", replace(CLOSED, updated=T3))

    assert row(facts).closed_seen_at == NOON


def test_what_a_later_fact_leaves_out_stays_known(facts: SqlShipments) -> None:
    facts.record("main", CLOSED)

    facts.record("main", replace(CLOSED, idorder=None, closed_at=None, lines=(), updated=T3))

    assert row(facts).picklist == replace(CLOSED, updated=T3)


def test_an_older_fact_still_tells_which_order_a_picklist_belongs_to(facts: SqlShipments) -> None:
    assert facts.record("main", replace(CLOSED, idorder=None)) is None

    assert facts.record("main", OPEN) == 301
    assert row(facts).picklist == CLOSED


def test_a_picklist_of_a_return_has_no_order(facts: SqlShipments) -> None:
    assert facts.record("main", replace(CLOSED, idorder=None, idreturn=7)) is None


def test_picklists_of_an_order_come_lowest_first(facts: SqlShipments) -> None:
    for idpicklist in (503, 501, 502):
        facts.record("main", replace(CLOSED, idpicklist=idpicklist))

    found = [row.picklist.idpicklist for row in facts.picklists("main", 301)]

    assert found == [501, 502, 503]


def test_a_shipment_finds_its_order_through_its_picklist(facts: SqlShipments) -> None:
    assert facts.record("main", SHIPMENT) is None
    facts.record("main", CLOSED)

    assert facts.record("main", SHIPMENT) == 301
    assert facts.order_of_picklist("main", 501) == 301
    assert facts.order_of_picklist("main", 502) is None
    assert facts.shipments("main", 501) == [SHIPMENT]
    assert facts.shipments("main", 502) == []


@pytest.mark.parametrize(
    ("arrivals", "cancelled"),
    [
        ([(False, T1), (True, T2)], True),
        ([(True, T2), (False, T1)], True),
        ([(True, T2), (False, T2)], True),
        ([(False, T2), (True, T2)], True),
        ([(True, T1), (False, T2)], False),
        ([(False, T2), (True, "")], True),
    ],
)
def test_a_cancelled_shipment_is_not_revived_by_an_equal_or_older_stamp(
    facts: SqlShipments, arrivals: list[tuple[bool, str]], cancelled: bool
) -> None:
    for gone, stamp in arrivals:
        facts.record("main", replace(SHIPMENT, cancelled=gone, updated=stamp))

    assert [found.cancelled for found in facts.shipments("main", 501)] == [cancelled]


def test_a_later_fact_changes_the_parcels_of_a_shipment(facts: SqlShipments) -> None:
    facts.record("main", replace(SHIPMENT, parcels=()))
    facts.record("main", replace(SHIPMENT, updated=T2))
    facts.record("main", replace(SHIPMENT, parcels=(), updated=T1))

    assert facts.shipments("main", 501)[0].parcels == (PARCEL,)


def test_reading_shipments_keeps_them_and_the_moment_but_undoes_no_later_fact(
    facts: SqlShipments, clock: HandClock
) -> None:
    facts.record("main", CLOSED)
    facts.record("main", replace(SHIPMENT, cancelled=True, updated=T2))
    clock.advance(5)

    facts.shipments_read("main", 501, [replace(SHIPMENT, idshipment=20), SHIPMENT])

    assert [found.cancelled for found in facts.shipments("main", 501)] == [True, False]
    assert row(facts).shipments_read_at == NOON + timedelta(seconds=5)


def test_what_the_shop_was_told_outlives_later_facts(facts: SqlShipments) -> None:
    facts.record("main", CLOSED)

    facts.reported("main", 501, "f" * 64)
    facts.record("main", replace(CLOSED, updated=T3))

    assert row(facts).reported == "f" * 64


@pytest.mark.parametrize(
    ("arrivals", "status"),
    [
        ([("processing", T1), ("completed", T2)], "completed"),
        ([("completed", T2), ("processing", T1)], "completed"),
        ([("completed", T2), ("processing", T2)], "completed"),
        ([("processing", T2), ("completed", T2)], "completed"),
        ([("completed", T1), ("processing", T2)], "processing"),
        ([("concept", T1), ("processing", T1)], "processing"),
    ],
)
def test_the_latest_status_stays_and_an_end_is_not_undone_within_its_second(
    facts: SqlShipments, arrivals: list[tuple[str, str]], status: str
) -> None:
    for told, stamp in arrivals:
        fact = OrderStatusFact(301, PicqerStatus(told), stamp, "1042")
        assert facts.record("main", fact) == 301

    found = facts.status("main", 301)

    assert found is not None
    assert found.status == status
    assert facts.status("main", 302) is None


def test_shop_lines_are_found_by_the_line_of_the_picqer_order(facts: SqlShipments) -> None:
    mug, plate = ShipmentLine("1", "MUG-BLUE", 2), ShipmentLine("2", "PLATE", 1)
    facts.join_lines("main", 301, "nl", "1042", {901: plate, 900: mug})
    facts.join_lines("main", 301, "nl", "1042", {900: replace(mug, quantity=3)})
    facts.join_lines("main", 302, "nl", "1043", {})

    assert facts.line_of("main", 900) == replace(mug, quantity=3)
    assert facts.line_of("main", 902) is None
    assert facts.line_of("other", 900) is None
    assert facts.lines("main", 301) == {900: replace(mug, quantity=3), 901: plate}


@pytest.mark.parametrize(
    ("fact", "worth_telling"),
    [
        (OPEN, False),
        (CLOSED, True),
        (OrderStatusFact(301, PicqerStatus.PROCESSING, T1), False),
        (OrderStatusFact(301, PicqerStatus.COMPLETED, T1), True),
        (OrderStatusFact(301, PicqerStatus.CANCELLED, T1), True),
        (replace(CLOSED, idorder=302), False),
    ],
)
def test_facts_that_came_before_the_order_was_known_are_seen(
    facts: SqlShipments, fact: Picklist | OrderStatusFact, worth_telling: bool
) -> None:
    facts.record("main", fact)

    assert facts.has_facts("main", 301) is worth_telling


def test_free_stock_is_no_fact_about_a_shipment(facts: SqlShipments) -> None:
    with pytest.raises(TypeError, match="FreeStock is no fact about a shipment"):
        facts.record("main", FreeStock("MUG-BLUE", {18: 1}, T1))
