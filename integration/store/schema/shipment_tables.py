"""What Picqer told of picklists, shipments and the statuses of orders."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, Index, String, Table

from integration.store.schema.naming import metadata

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
