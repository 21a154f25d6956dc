"""What holds work back, how far it came, and what is known of processes and of this store."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, Integer, String, Table, Text

from integration.store.schema.naming import metadata

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
