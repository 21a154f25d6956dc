"""What a shop is told about a closed picklist: which lines, which parcels, and when. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from integration.domain import (
    Parcel,
    Picklist,
    PicklistLine,
    PicqerShipment,
    Shipment,
    ShipmentLine,
)
from integration.ports import PicklistRow

CLOSED = "closed"


def is_closed(row: PicklistRow) -> bool:
    """Whether the picklist was packed for an order; a return has no customer waiting for it."""
    return row.picklist.status == CLOSED and row.picklist.idreturn is None


def shop_lines(picklist: Picklist, joined: Mapping[int, ShipmentLine]) -> tuple[ShipmentLine, ...]:
    """The shop's lines in a picklist, summed; parts and additions belong to none.

    ``joined`` gives the shop's line of each ``idorder_product``. Counted is what was picked. Two
    cases have nothing picked and were sent all the same: a warehouse that closes without picking,
    and a bundle of which only the parts are picked (picqer.com/en/api/picklists).
    """
    ours = [
        (joined[idorder_product], line)
        for line in picklist.lines
        if (idorder_product := line.idorder_product) is not None
        and idorder_product in joined
        and line.partof is None
    ]
    nothing_picked = not any(line.amount_picked > 0 for _, line in ours)
    parts_picked = any(line.partof is not None for line in picklist.lines)
    pieces: Counter[tuple[str, str]] = Counter()
    for shop_line, line in ours:
        whole = nothing_picked or parts_picked
        pieces[shop_line.line_id, shop_line.sku] += _pieces(line, whole_when_unpicked=whole)
    return tuple(
        ShipmentLine(line_id, sku, quantity)
        for (line_id, sku), quantity in pieces.items()
        if quantity > 0
    )


def _pieces(line: PicklistLine, *, whole_when_unpicked: bool) -> int:
    if line.amount_picked > 0:
        return line.amount_picked
    return line.amount if whole_when_unpicked else 0


def live_parcels(shipments: Sequence[PicqerShipment]) -> tuple[Parcel, ...]:
    """The parcels of the shipments that were not cancelled, in Picqer's order."""
    live = sorted((one for one in shipments if not one.cancelled), key=lambda one: one.idshipment)
    return tuple(parcel for shipment in live for parcel in shipment.parcels)


def closed_at(row: PicklistRow, time_zone: str) -> datetime:
    """When the picklist was closed, in UTC: Picqer's stamp, else when we saw it.

    In the hour that an autumn repeats the earlier one is taken. Raises ValueError when neither
    is known, which no closed picklist in the store can be.
    """
    stamp = row.picklist.closed_at
    if stamp is not None:
        local = datetime.fromisoformat(stamp).replace(tzinfo=ZoneInfo(time_zone))
        return local.astimezone(UTC)
    if row.closed_seen_at is None:
        raise ValueError(f"picklist {row.picklist.idpicklist} is not closed")
    return row.closed_seen_at


def fingerprint(shipment: Shipment) -> str:
    """Of everything the shop is told, apart from whether to mail: sha256 as 64 hex digits."""
    told = asdict(shipment)
    del told["notify_customer"]
    told["shipped_at"] = shipment.shipped_at.isoformat()
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
