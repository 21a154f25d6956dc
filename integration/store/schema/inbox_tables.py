"""What came in by the door, and which jobs it raised. Only bodies hold personal data."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from integration.store.schema.naming import Id, metadata

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

delivery_jobs = Table(
    "delivery_jobs",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Index("ix_delivery_jobs_job_id", "job_id"),
)
