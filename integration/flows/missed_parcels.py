"""A parcel that came after its picklist was reported, and of which no webhook told us."""

from __future__ import annotations

from datetime import timedelta

from integration.flows.told_shipment import live_parcels
from integration.jobs import Flow, Identity, Lane
from integration.ports import LedgerEntry, PicklistRow
from integration.services import Work

LANE = Lane.BULK
LOOK_AGAIN = timedelta(hours=1)
"""A picklist that has no parcel is read again this long after it was read: once, because
reconciliation sees each closed picklist for two hours."""


def find_missed_parcels(work: Work, row: PicklistRow, entry: LedgerEntry) -> bool:
    """Read the shipments of a picklist that the shop carries without any parcel.

    Returns whether there is one by now, and raises the job that reports it. One with a parcel is
    not read again: that would cost a request for every picklist.
    """
    services, account, read = work.services, work.job.account, row.shipments_read_at
    if row.reported is None or read is None or services.store.now() - read < LOOK_AGAIN:
        return False
    idpicklist = row.picklist.idpicklist
    if live_parcels(services.shipments.shipments(account, idpicklist)):
        return False
    found = work.picqer(LANE).shipments(idpicklist)
    with services.store.transaction():
        services.shipments.shipments_read(account, idpicklist, found)
        if live_parcels(found):
            identity = Identity(Flow.COMPLETE_ORDER, entry.key.shop, entry.key.subject)
            services.jobs.hint(identity, account, why="reconciliation: a parcel had been missed")
    return bool(live_parcels(found))
