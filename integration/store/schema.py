"""Every table of the store. The migrations in ``migrations/`` lead to exactly this.

Instants are seconds since 1970 (UTC) as double precision, the same on SQLite and PostgreSQL, so
that the database's own clock can be compared with them in one expression. Stamps are Picqer's
texts. No personal data outside ``deliveries``.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts up by itself: SQLite does so only for a plain INTEGER."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(80), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("received_at", Double, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text),
    Column("copies", Integer, nullable=False, server_default="0"),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary),
    UniqueConstraint("source", "digest"),
    CheckConstraint("state IN ('routed', 'ignored', 'parked')", name="state"),
    Index("ix_deliveries_received_at", "received_at"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("flow", String(20), nullable=False),
    Column("shop", String(64), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("account", String(64), nullable=False),
    Column("queue", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("due_at", Double, nullable=False),
    Column("reason", Text),
    Column("code", String(60)),
    Column("revision", Integer, nullable=False),
    Column("claimed_revision", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("waits", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("hold", Boolean, nullable=False, server_default="0"),
    Column("look_first", Boolean, nullable=False, server_default="0"),
    Column("blocked_on", String(200)),
    Column("backfilled", Boolean, nullable=False, server_default="0"),
    Column("progress", JSON, nullable=False),
    Column("lease_until", Double),
    Column("lease_token", String(40)),
    Column("sent_at", Double),
    Column("waiting_since", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    UniqueConstraint("flow", "shop", "subject"),
    CheckConstraint("state IN ('open', 'running', 'done', 'parked', 'dismissed')", name="state"),
    Index("ix_jobs_state_queue_due_at", "state", "queue", "due_at"),
    Index("ix_jobs_updated_at", "updated_at"),
    Index("ix_jobs_flow_state", "flow", "state"),
    Index("ix_jobs_blocked_on", "account", "blocked_on"),
)

job_events = Table(
    "job_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Index("ix_job_events_job_id", "job_id", "id"),
    Index("ix_job_events_at", "at"),
)

delivery_jobs = Table(
    "delivery_jobs",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Index("ix_delivery_jobs_job_id", "job_id"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("shop", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reference", String(200)),
    Column("picqer_id", BigInteger),
    Column("details", JSON, nullable=False),
    Column("in_doubt", Boolean, nullable=False, server_default="0"),
    Column("owner_job", BigInteger),
    Column("owner_token", String(40)),
    Column("intent_at", Double),
    Column("look_after", Double),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    UniqueConstraint("account", "kind", "shop", "subject"),
    UniqueConstraint("account", "reference"),
    # Two shops may share a customer; an order and a product belong to exactly one key.
    Index(
        "uq_ledger_picqer_id",
        "account",
        "kind",
        "picqer_id",
        unique=True,
        sqlite_where=text("kind <> 'customer'"),
        postgresql_where=text("kind <> 'customer'"),
    ),
    CheckConstraint("state IN ('intent', 'settled')", name="state"),
)

order_products = Table(
    "order_products",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("idorder_product", BigInteger, primary_key=True, autoincrement=False),
    Column("idorder", BigInteger, nullable=False),
    Column("shop", String(64), nullable=False),
    Column("order_id", String(200), nullable=False),
    Column("line_id", String(200), nullable=False),
    Column("productcode", String(200), nullable=False),
    Column("amount", Integer, nullable=False),
    Index("ix_order_products_idorder", "account", "idorder"),
)

shop_orders = Table(
    "shop_orders",
    metadata,
    Column("shop", String(64), primary_key=True),
    Column("order_id", String(200), primary_key=True),
    Column("account", String(64), nullable=False),
    Column("number", String(200), nullable=False),
    Column("placed_at", Double, nullable=False),
    Column("paid_at", Double),
    Column("first_seen_at", Double, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("process_stamp", String(19)),
    Column("updated_at", Double, nullable=False),
    Index("ix_shop_orders_number", "number"),
)

shop_order_lines = Table(
    "shop_order_lines",
    metadata,
    Column("shop", String(64), primary_key=True),
    Column("order_id", String(200), primary_key=True),
    Column("line_id", String(200), primary_key=True),
    Column("account", String(64), nullable=False),
    Column("productcode", String(200), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("holds_stock", Boolean, nullable=False),
    Index("ix_shop_order_lines_productcode", "account", "productcode"),
)

free_stock = Table(
    "free_stock",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("productcode", String(200), primary_key=True),
    Column("idproduct", BigInteger),
    Column("by_warehouse", JSON, nullable=False),
    Column("unlimited", Boolean, nullable=False, server_default="0"),
    Column("stamp", String(19), nullable=False),
    Column("read_at", Double),
    Column("updated_at", Double, nullable=False),
)

shown = Table(
    "shown",
    metadata,
    Column("shop", String(64), primary_key=True),
    Column("productcode", String(200), primary_key=True),
    Column("sellable", Integer),
    Column("ref", Text),
    Column("managed", Boolean, nullable=False, server_default="1"),
    Column("known", Boolean, nullable=False, server_default="1"),
    Column("updated_at", Double, nullable=False),
)

stock_marks = Table(
    "stock_marks",
    metadata,
    Column("shop", String(64), primary_key=True),
    Column("productcode", String(200), primary_key=True),
    Column("token", String(40), nullable=False),
    Column("marked_at", Double, nullable=False),
    Index("ix_stock_marks_marked_at", "shop", "marked_at"),
)

picklists = Table(
    "picklists",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("idpicklist", BigInteger, primary_key=True, autoincrement=False),
    Column("picklistid", String(60), nullable=False),
    Column("idorder", BigInteger),
    Column("idreturn", BigInteger),
    Column("status", String(20), nullable=False),
    Column("closed_at", String(19)),
    Column("stamp", String(19), nullable=False),
    Column("lines", JSON, nullable=False),
    Column("closed_seen_at", Double),
    Column("shipments_read_at", Double),
    Column("reported", String(64)),
    Index("ix_picklists_idorder", "account", "idorder"),
)

shipments = Table(
    "shipments",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("idshipment", BigInteger, primary_key=True, autoincrement=False),
    Column("idpicklist", BigInteger, nullable=False),
    Column("idorder", BigInteger),
    Column("cancelled", Boolean, nullable=False),
    Column("parcels", JSON, nullable=False),
    Column("stamp", String(19), nullable=False),
    Index("ix_shipments_idpicklist", "account", "idpicklist"),
)

order_statuses = Table(
    "order_statuses",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("idorder", BigInteger, primary_key=True, autoincrement=False),
    Column("status", String(20), nullable=False),
    Column("stamp", String(19), nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    Column("flow", String(20), primary_key=True),
    Column("shop", String(64), primary_key=True),
    Column("who", String(120), nullable=False),
    Column("at", Double, nullable=False),
)

breakers = Table(
    "breakers",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_out", Boolean, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("open_until", Double),
    Column("updated_at", Double, nullable=False),
)

first_sights = Table(
    "first_sights",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("shop", String(64), primary_key=True),
    Column("at", Double, nullable=False),
)

births = Table(
    "births",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("installation", String(16), nullable=False),
    Column("born_at", Double, nullable=False),
    Column("heartbeat_at", Double, nullable=False),
    Column("gap_since", Double),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(120), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("in_order_at", Double),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("at", Double, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Double, nullable=False),
    Column("who", String(120), nullable=False),
    Column("act", String(20), nullable=False),
    Column("about", String(400), nullable=False),
    Column("note", Text),
    # No foreign keys: an act stays known when what it was done to is erased.
    Column("job_id", BigInteger),
    Column("shop", String(64)),
    Column("order_id", String(200)),
    Column("delivery_id", BigInteger),
    Column("data", JSON, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_job_id", "job_id"),
    Index("ix_audit_order_id", "shop", "order_id"),
)

bulk_acts = Table(
    "bulk_acts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Double, nullable=False),
    Column("who", String(120), nullable=False),
    Column("act", String(20), nullable=False),
    Column("which", JSON, nullable=False),
    Column("note", Text),
    Column("total", Integer, nullable=False),
    Column("last_id", BigInteger, nullable=False, server_default="0"),
    Column("newest_id", BigInteger, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("state", String(12), nullable=False),
    CheckConstraint("state IN ('running', 'done', 'cancelled')", name="state"),
)

open_causes = Table(
    "open_causes",
    metadata,
    Column("cause", String(200), primary_key=True),
    Column("sentence", Text, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("looked_at", Double, nullable=False),
    Column("gone_at", Double),
    Column("messages", Integer, nullable=False, server_default="0"),
    Column("told_at", Double),
    Column("told_count", Integer, nullable=False, server_default="0"),
    Column("claimed_until", Double),
)

erasures = Table(
    "erasures",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("at", Double, nullable=False),
)
