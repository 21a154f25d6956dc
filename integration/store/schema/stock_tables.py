"""Orders as far as they hold stock, free stock, and what each shop shows."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from integration.store.schema.naming import metadata

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
