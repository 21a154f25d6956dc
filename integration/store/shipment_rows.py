"""Picklists and shipments as rows of the store, and back; and how two facts become one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from integration.domain import Parcel, Picklist, PicklistLine, PicqerShipment, PicqerStatus
from integration.ports import PicklistRow
from integration.store.database import to_instant

CLOSED = "closed"
"""Picqer's status of a picklist that was packed (picqer.com/en/api/picklists)."""

FINAL = (PicqerStatus.COMPLETED.value, PicqerStatus.CANCELLED.value)
"""Statuses after which nothing more happens to an order."""

Values = dict[str, Any]
"""Column names with what is stored in them."""


def lines_to_json(lines: Sequence[PicklistLine]) -> list[dict[str, object]]:
    """A picklist's lines for a JSON column."""
    return [asdict(line) for line in lines]


def parcels_to_json(parcels: Sequence[Parcel]) -> list[dict[str, object]]:
    """A shipment's parcels for a JSON column."""
    return [asdict(parcel) for parcel in parcels]


def to_picklist_row(row: Row[Any]) -> PicklistRow:
    """A row as the port tells it."""
    picklist = Picklist(
        idpicklist=row.idpicklist,
        picklistid=row.picklistid,
        idorder=row.idorder,
        idreturn=row.idreturn,
        status=row.status,
        closed_at=row.closed_at,
        updated=row.stamp,
        lines=tuple(PicklistLine(**line) for line in row.lines),
    )
    read_at = row.shipments_read_at
    return PicklistRow(
        account=row.account,
        picklist=picklist,
        closed_seen_at=None if row.closed_seen_at is None else to_instant(row.closed_seen_at),
        shipments_read_at=None if read_at is None else to_instant(read_at),
        reported=row.reported,
    )


def to_shipment(row: Row[Any]) -> PicqerShipment:
    """A row as the domain tells it."""
    return PicqerShipment(
        idshipment=row.idshipment,
        idpicklist=row.idpicklist,
        cancelled=row.cancelled,
        parcels=tuple(Parcel(**parcel) for parcel in row.parcels),
        updated=row.stamp,
    )


def merge_picklist(old: Values, new: Values) -> Values:
    """What to keep of a picklist that is known; a missing part never replaces a known one."""
    new = _dated(old, new)
    older = new["stamp"] < old["stamp"]
    reopening = old["status"] == CLOSED != new["status"] and new["stamp"] == old["stamp"]
    kept = _old_of(old, new) if older or reopening else dict(new)
    for name in ("idorder", "idreturn", "closed_at", "lines"):
        kept[name] = kept[name] or old[name]
    kept["idorder"] = kept["idorder"] or new["idorder"]
    if kept["status"] != CLOSED:
        kept["closed_at"] = None
    elif old["status"] == CLOSED:
        kept["closed_seen_at"] = old["closed_seen_at"]
    return kept


def merge_shipment(old: Values, new: Values) -> Values:
    """What to keep of a shipment that is known."""
    new = _dated(old, new)
    older = new["stamp"] < old["stamp"]
    reviving = old["cancelled"] and not new["cancelled"] and new["stamp"] == old["stamp"]
    kept = _old_of(old, new) if older or reviving else new
    return kept | {"idorder": new["idorder"] or old["idorder"]}


def merge_status(old: Values, new: Values) -> Values:
    """What to keep of an order's status."""
    older = new["stamp"] < old["stamp"]
    reviving = old["status"] in FINAL and new["stamp"] == old["stamp"]
    return _old_of(old, new) if older or reviving else new


def _dated(old: Mapping[str, Any], new: Values) -> Values:
    """A fact that Picqer gave no stamp counts as told in the same second as the row."""
    return new | {"stamp": new["stamp"] or old["stamp"]}


def _old_of(old: Mapping[str, Any], new: Values) -> Values:
    """The old values of the columns that the new fact has."""
    return {name: old[name] for name in new}
