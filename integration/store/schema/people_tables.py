"""What people did, what they are told, and what was erased for them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Double, Index, Integer, String, Table, Text

from integration.store.schema.naming import Id, metadata

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
