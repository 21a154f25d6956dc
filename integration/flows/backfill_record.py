"""How far a backfill is: a bookmark of the shop, so that it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from integration.ports import Bookmarks

ORDERS = "backfill_orders"
PRODUCTS = "backfill_products"
"""The subjects of the two jobs, and the names of their bookmarks."""


@dataclass(frozen=True, slots=True)
class BackfillRecord:
    """One backfill of a shop. ``stage`` is ``shop``, ``picqer``, ``raise`` or ``done``.

    ``position`` is how far the shop's list was read (``at_position``: ids of that very instant),
    ``start`` how far Picqer's; ``raised`` jobs were asked for, of ``total``, as far as that is
    known. ``survey`` is what was found.
    """

    since: datetime
    who: str
    stage: str = "shop"
    position: datetime | None = None
    at_position: tuple[str, ...] = ()
    start: int = 0
    seen: int = 0
    raised: int = 0
    total: int | None = None
    survey: Mapping[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether everything was asked for."""
        return self.stage == "done"


class Place:
    """How far the shop's list was read: a moment, and the ids of that very moment."""

    def __init__(self, record: BackfillRecord) -> None:
        """Where the record says."""
        self.moment = record.position
        self.ids = list(record.at_position)

    def move(self, name: str, changed_at: datetime | None, offset: timedelta) -> None:
        """One more was read. ``changed_at`` is the shop's, ``offset`` our clock less the shop's."""
        moment = None if changed_at is None else changed_at + offset
        if moment != self.moment:
            self.moment, self.ids = moment, []
        self.ids.append(name)

    @property
    def changes(self) -> dict[str, Any]:
        """What of the record this changes."""
        return {"position": self.moment, "at_position": tuple(self.ids)}


def read_record(bookmarks: Bookmarks, shop: str, name: str) -> BackfillRecord | None:
    """The latest backfill of this shop; None when there never was one."""
    kept = bookmarks.get(f"shops/{shop}", name)
    if kept is None or not isinstance(kept[0], dict):
        return None
    values = dict(kept[0])
    position = values.get("position")
    return BackfillRecord(
        **values
        | {
            "since": datetime.fromisoformat(values["since"]),
            "position": None if position is None else datetime.fromisoformat(position),
            "at_position": tuple(values.get("at_position", ())),
        }
    )


def keep_record(
    bookmarks: Bookmarks, shop: str, name: str, record: BackfillRecord, **changes: Any
) -> BackfillRecord:
    """Write down how far it is; returns the record with the changes."""
    changed = replace(record, **changes)
    value = {
        "since": changed.since.isoformat(),
        "who": changed.who,
        "stage": changed.stage,
        "position": None if changed.position is None else changed.position.isoformat(),
        "at_position": list(changed.at_position),
        "start": changed.start,
        "seen": changed.seen,
        "raised": changed.raised,
        "total": changed.total,
        "survey": dict(changed.survey),
    }
    bookmarks.set(f"shops/{shop}", name, value)
    return changed
