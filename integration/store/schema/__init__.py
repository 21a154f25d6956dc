"""Every table of the store. The migrations in ``migrations/`` lead to exactly this.

Instants are seconds since 1970 (UTC) as double precision, the same on SQLite and PostgreSQL, so
that the database's own clock can be compared with them in one expression. Stamps are Picqer's
texts. No personal data outside ``deliveries``.
"""

from __future__ import annotations

from integration.store.schema.gate_tables import (
    births,
    bookmarks,
    breakers,
    first_sights,
    heartbeats,
    pauses,
)
from integration.store.schema.inbox_tables import deliveries, delivery_jobs
from integration.store.schema.job_tables import bulk_acts, job_events, jobs
from integration.store.schema.ledger_tables import ledger, order_products
from integration.store.schema.naming import metadata
from integration.store.schema.people_tables import audit, erasures, open_causes
from integration.store.schema.shipment_tables import order_statuses, picklists, shipments
from integration.store.schema.stock_tables import (
    free_stock,
    shop_order_lines,
    shop_orders,
    shown,
    stock_marks,
)

__all__ = [
    "audit",
    "births",
    "bookmarks",
    "breakers",
    "bulk_acts",
    "deliveries",
    "delivery_jobs",
    "erasures",
    "first_sights",
    "free_stock",
    "heartbeats",
    "job_events",
    "jobs",
    "ledger",
    "metadata",
    "open_causes",
    "order_products",
    "order_statuses",
    "pauses",
    "picklists",
    "shipments",
    "shop_order_lines",
    "shop_orders",
    "shown",
    "stock_marks",
]
