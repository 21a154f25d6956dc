"""What was made at Picqer, and the lines that its orders have there."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from integration.store.schema.naming import Id, metadata

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
