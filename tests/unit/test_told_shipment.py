"""What a shop is told about a closed picklist, as pure values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integration.domain import (
    Parcel,
    Picklist,
    PicklistLine,
    PicqerShipment,
    Shipment,
    ShipmentLine,
)
from integration.flows.told_shipment import closed_at, fingerprint, live_parcels, shop_lines
from integration.ports import PicklistRow

SEEN = datetime(2026, 11, 23, 14, tzinfo=UTC)
MUG = ShipmentLine("1", "MUG-BLUE", 2)
PICKLIST = Picklist(501, "P501", 301, None, "closed", "2026-11-23 14:00:00", "2026-11-23 14:00:00")


def row(stamp: str | None, seen: datetime | None = SEEN) -> PicklistRow:
    return PicklistRow("main", replace(PICKLIST, closed_at=stamp), seen, None, None)


def picked(*lines: PicklistLine) -> dict[str, int]:
    told = shop_lines(replace(PICKLIST, lines=lines), {900: MUG, 901: MUG})
    return {line.line_id: line.quantity for line in told}


@pytest.mark.parametrize(
    ("stamp", "instant"),
    [
        ("2026-11-23 14:00:00", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("2026-07-01 14:00:00", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_stamp_is_an_instant_in_the_accounts_zone_the_earlier_one_in_autumn(
    stamp: str, instant: datetime
) -> None:
    assert closed_at(row(stamp), "Europe/Amsterdam") == instant


def test_without_a_stamp_the_moment_it_was_seen_counts() -> None:
    assert closed_at(row(None), "Europe/Amsterdam") == SEEN
    with pytest.raises(ValueError, match="picklist 501 is not closed"):
        closed_at(row(None, None), "Europe/Amsterdam")


def test_two_picklist_lines_of_one_shop_line_are_summed() -> None:
    assert picked(PicklistLine(900, "MUG-BLUE", 2, 2), PicklistLine(901, "MUG-BLUE", 1, 1)) == {
        "1": 3
    }


def test_parts_and_lines_of_nobody_are_left_out() -> None:
    assert (
        picked(
            PicklistLine(900, "CUP", 2, 2, partof=7),
            PicklistLine(None, "MUG-BLUE", 2, 2),
            PicklistLine(999, "MUG-BLUE", 2, 2),
        )
        == {}
    )


def test_a_line_that_was_not_picked_is_left_out_unless_nothing_was() -> None:
    unpicked = PicklistLine(901, "MUG-BLUE", 5, 0)

    assert picked(PicklistLine(900, "MUG-BLUE", 2, 1), unpicked) == {"1": 1}
    assert picked(unpicked) == {"1": 5}


def test_parcels_come_in_picqers_order_without_those_of_cancelled_shipments() -> None:
    def shipment(number: int, *, cancelled: bool = False) -> PicqerShipment:
        return PicqerShipment(number, 501, cancelled, (Parcel(f"3S{number}"),))

    found = live_parcels([shipment(20), shipment(19), shipment(18, cancelled=True)])

    assert [parcel.tracking_code for parcel in found] == ["3S19", "3S20"]


def test_a_fingerprint_changes_with_what_is_told_and_not_with_who_mails() -> None:
    shipment = Shipment("501", SEEN, (MUG,), (Parcel("3S19"),))

    assert fingerprint(replace(shipment, notify_customer=True)) == fingerprint(shipment)
    changed = [
        replace(shipment, parcels=()),
        replace(shipment, lines=(replace(MUG, quantity=1),)),
        replace(shipment, shipped_at=SEEN.replace(hour=15)),
    ]
    assert len({fingerprint(one) for one in [shipment, *changed]}) == 4
    assert len(fingerprint(shipment)) == 64
