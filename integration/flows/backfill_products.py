"""Bringing a shop's whole catalogue, or what changed since some day, to Picqer.

Raises ``create_product`` for what is not there as it is in the shop; goes on where it stopped.
"""

from __future__ import annotations

from typing import Any

from integration.crash_points import crash_point
from integration.flows.backfill_record import (
    PRODUCTS,
    BackfillRecord,
    Place,
    keep_record,
    read_record,
)
from integration.flows.observe_shop import raise_product
from integration.jobs import Done, Ending
from integration.services import Work

SAVED_EVERY = 100


def backfill_products(work: Work) -> Ending:
    """Go on with the backfill that was asked for last."""
    record = read_record(work.services.bookmarks, work.job.identity.shop, PRODUCTS)
    if record is None:
        return Done("nobody asked for a backfill of products")
    if not record.done:
        record = _raise_all(work, record)
    return Done(outcome(record))


def outcome(record: BackfillRecord) -> str:
    """What came of it, in a sentence."""
    return (
        f"products since {record.since:%Y-%m-%d %H:%M} UTC: {record.seen} looked at, "
        f"{record.raised} asked for, the others are at Picqer as they are in the shop"
    )


def _raise_all(work: Work, record: BackfillRecord) -> BackfillRecord:
    webshop, seen, raised = work.webshop(), record.seen, record.raised
    place = Place(record)
    for product in webshop.products_changed_since(record.position or record.since):
        if product.id in record.at_position:
            continue
        raised += raise_product(work, product, why=f"a backfill that {record.who} asked for")
        seen += 1
        place.move(product.id, product.updated_at, webshop.clock_offset)
        if seen % SAVED_EVERY == 0 and place.moment is not None:
            _keep(work, record, seen=seen, raised=raised, **place.changes)
    return _keep(work, record, stage="done", seen=seen, raised=raised, total=raised)


def _keep(work: Work, record: BackfillRecord, **changes: Any) -> BackfillRecord:
    shop = work.job.identity.shop
    kept = keep_record(work.services.bookmarks, shop, PRODUCTS, record, **changes)
    crash_point("backfill.after_products")
    return kept
