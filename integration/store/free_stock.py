"""Picqer's free stock per account and productcode, as delivered or read, newest stamp first.

Deliveries come late, twice and out of order; their stamps have whole seconds. So a figure is
never dropped for its stamp alone: whatever is doubtful is reported as such and read once.
Source: picqer.com/en/api/product-stock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, Connection, Row, and_, null, select, update

from integration.domain import FreeStock
from integration.store.in_flight import is_about_processing, pieces_in_flight
from integration.store.schema import free_stock
from integration.store.stock_marks import StockMarks, checked

DOUBT_AFTER_READ_SECONDS = 5.0
"""A delivery this soon after a read of ours may tell what was so before it."""
PAGE = 1000

FreeStockRow = Row[tuple[object, ...]]


def is_product(account: str, productcode: str) -> ColumnElement[bool]:
    """The row of this product."""
    return and_(free_stock.c.account == account, free_stock.c.productcode == productcode)


def warehouse_figures(stored: Mapping[str, int]) -> dict[int, int]:
    """Free stock per idwarehouse, as it was before JSON made texts of the ids."""
    return {int(idwarehouse): int(pieces) for idwarehouse, pieces in stored.items()}


class FreeStockRows(StockMarks):
    """The free stock part of the stock book."""

    def apply(self, account: str, stock: FreeStock) -> bool:
        """A delivered figure: applied unless older than the row; True when it is in doubt.

        In doubt are an older stamp than the row's, an equal one with another figure, the second in
        which an order with the product was processed and the two before it, and anything within
        5 s after our last read. Raises Unmappable for a productcode that is too long.
        """
        with self._database.begin() as connection:
            row = self._settled_row(connection, account, stock, read=False)
            tied = is_about_processing(connection, account, stock.productcode, stock.stamp)
            if row is None:
                return tied
            if stock.stamp >= row.stamp:
                self._change(connection, account, stock, row)
            fresh = row.read_at is not None and row.now - row.read_at < DOUBT_AFTER_READ_SECONDS
            same = (
                stock.stamp == row.stamp
                and warehouse_figures(row.by_warehouse) == stock.by_warehouse
            )
            return bool((stock.stamp <= row.stamp and not same) or fresh or tied)

    def observe(self, account: str, stock: FreeStock, *, instead_of: str | None = None) -> None:
        """A figure that was read at Picqer: applied, unless the row's stamp is newer.

        A row that still has the stamp ``instead_of``, which it had before the reading, is
        replaced whatever the two stamps are: an hour repeats every autumn. ``stock`` must name
        every warehouse: what it leaves out is no longer there. Raises Unmappable for a
        productcode that is too long.
        """
        with self._database.begin() as connection:
            row = self._settled_row(connection, account, stock, read=True)
            if row is None:
                return
            if stock.stamp >= row.stamp or row.stamp == instead_of:
                self._change(connection, account, stock, row)
            now = self._database.now_expression()
            here = is_product(account, stock.productcode)
            connection.execute(update(free_stock).where(here).values(read_at=now))

    def free_stock(self, account: str, productcode: str) -> FreeStock | None:
        """The figure as it is known."""
        with self._database.begin() as connection:
            statement = select(free_stock).where(is_product(account, productcode))
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return FreeStock(
            productcode=row.productcode,
            by_warehouse=warehouse_figures(row.by_warehouse),
            stamp=row.stamp,
            unlimited=row.unlimited,
            idproduct=row.idproduct,
        )

    def productcodes(self, account: str) -> Iterator[str]:
        """Every productcode with a free stock row, in order; no transaction stays open."""
        last = ""
        while True:
            statement = (
                select(free_stock.c.productcode)
                .where(free_stock.c.account == account, free_stock.c.productcode > last)
                .order_by(free_stock.c.productcode)
                .limit(PAGE)
            )
            with self._database.begin() as connection:
                page = list(connection.execute(statement).scalars())
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1]

    def _settled_row(
        self, connection: Connection, account: str, stock: FreeStock, *, read: bool
    ) -> FreeStockRow | None:
        """The row as it was, locked, with the database's ``now``; None when it was just made."""
        now = self._database.now_expression()
        insert = (
            self._database.insert(free_stock)
            .values(
                account=account,
                productcode=checked(stock.productcode, "productcode"),
                read_at=now if read else null(),
                **self._values(stock),
            )
            .on_conflict_do_nothing(index_elements=["account", "productcode"])
            .returning(free_stock.c.productcode)
        )
        if connection.execute(insert).first() is not None:
            self._mark_account(connection, account, [stock.productcode])
            return None
        statement = select(free_stock, now.label("now")).where(
            is_product(account, stock.productcode)
        )
        return connection.execute(statement.with_for_update()).one()

    def _change(
        self, connection: Connection, account: str, stock: FreeStock, row: FreeStockRow
    ) -> None:
        """Write the figure; mark it when that changes what shops ought to show."""
        codes = [stock.productcode]
        before = pieces_in_flight(connection, account, codes)
        values = self._values(stock)
        if stock.idproduct is None:
            del values["idproduct"]
        here = is_product(account, stock.productcode)
        connection.execute(update(free_stock).where(here).values(values))
        same = values["by_warehouse"] == row.by_warehouse and stock.unlimited == row.unlimited
        if not same or pieces_in_flight(connection, account, codes) != before:
            self._mark_account(connection, account, codes)

    def _values(self, stock: FreeStock) -> dict[str, object]:
        return {
            "idproduct": stock.idproduct,
            "by_warehouse": {str(key): value for key, value in stock.by_warehouse.items()},
            "unlimited": stock.unlimited,
            "stamp": stock.stamp,
            "updated_at": self._database.now_expression(),
        }
