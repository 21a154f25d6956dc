"""The jobs with their timelines, and what people did to many of them at once."""

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
    String,
    Table,
    Text,
    UniqueConstraint,
)

from integration.store.schema.naming import Id, metadata

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
