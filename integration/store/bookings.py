"""Shop orders as the stock book remembers them: their lines, whether they count, their stamp.

No personal data: an order is its id, its number, its instants and how many of what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select, update

from integration.domain import FulfillmentStatus, Order
from integration.errors import Unmappable
from integration.policy import ShopPolicy
from integration.ports import OrderBooking
from integration.store.database import to_instant
from integration.store.in_flight import (
    FREE_STOCK_OF_LINE,
    JUST_BEFORE_SECONDS,
    ORDER_OF_LINE,
    pieces_in_flight,
    pieces_not_held,
    seconds_from,
)
from integration.store.schema import free_stock, shop_order_lines, shop_orders, shown
from integration.store.stock_marks import StockMarks, checked

Line = tuple[str, str, int, bool]
"""Account, productcode, quantity, and whether the shop holds stock for it."""
BookingRow = Row[tuple[object, ...]]


def is_order(shop: str, order_id: str) -> ColumnElement[bool]:
    """The row of this order."""
    return and_(shop_orders.c.shop == shop, shop_orders.c.order_id == order_id)


def lines_to_keep(shop: ShopPolicy, order: Order) -> dict[str, Line]:
    """The lines that Picqer will hold: those with a productcode and something to ship.

    Raises Unmappable when two lines share one id, or an id or productcode is too long.
    """
    lines: dict[str, Line] = {}
    for line in order.lines_to_ship:
        if not line.sku:
            continue
        if line.id in lines:
            raise Unmappable(f"Order {order.number} has two lines with the id {line.id!r}.")
        code = checked(line.sku, f"productcode in order {order.number}")
        line_id = checked(line.id, f"line id in order {order.number}")
        lines[line_id] = (shop.account.name, code, line.quantity, order.holds_stock)
    return lines


def held(lines: Mapping[str, Line], *, counts: bool) -> Counter[tuple[str, str]]:
    """Pieces per (account, productcode) that these lines may put in flight."""
    pieces: Counter[tuple[str, str]] = Counter()
    for account, productcode, quantity, holds_stock in lines.values():
        if counts and holds_stock:
            pieces[account, productcode] += quantity
    return pieces


def differing(
    was: Counter[tuple[str, str]], will: Counter[tuple[str, str]]
) -> set[tuple[str, str]]:
    """(account, productcode) of which another number of pieces is held."""
    return {key for key in was | will if was[key] != will[key]}


class Bookings(StockMarks):
    """The orders part of the stock book."""

    def book_order(self, shop: ShopPolicy, order: Order, *, counts: bool) -> OrderBooking:
        """Remember an order's lines at each reading; keeps ``first_seen_at`` of the first.

        Where the shop holds other pieces for it than before, the shop has changed its own figure:
        what it shows is unknown until it is written again. Raises Unmappable for ids and
        productcodes that are too long.
        """
        after = lines_to_keep(shop, order)
        with self._database.begin() as connection:
            row = self._upsert(connection, shop, order, counts=counts)
            before = self._lines(connection, shop.name, order.id)
            if after != before:
                self._replace(connection, shop.name, order.id, after)
            was, will = held(before, counts=row.counts), held(after, counts=counts)
            self._mark_changed(connection, was, will)
            if order.fulfillment_status is not FulfillmentStatus.FULFILLED:
                moved = differing(held(before, counts=True), held(after, counts=True))
                self._forget_figures(connection, shop, {code for _, code in moved})
            return self._booking(connection, shop.name, order.id)

    def booking(self, shop: str, order_id: str) -> OrderBooking | None:
        """What is remembered of an order."""
        with self._database.begin() as connection:
            row = connection.execute(
                select(shop_orders).where(is_order(shop, order_id))
            ).one_or_none()
        return None if row is None else to_booking(row)

    def find_bookings(self, number: str, shop: str | None = None) -> list[OrderBooking]:
        """Orders with this number (or id), by shop and newest first."""
        statement = (
            select(shop_orders)
            .where(or_(shop_orders.c.number == number, shop_orders.c.order_id == number))
            .order_by(shop_orders.c.shop, shop_orders.c.placed_at.desc())
        )
        if shop is not None:
            statement = statement.where(shop_orders.c.shop == shop)
        with self._database.begin() as connection:
            return [to_booking(row) for row in connection.execute(statement)]

    def stop_counting(self, shop: str, order_id: str) -> None:
        """The order's lines are no longer in flight (cancelled, dismissed, fulfilled)."""
        with self._database.begin() as connection:
            stopped = connection.execute(
                update(shop_orders)
                .where(is_order(shop, order_id), shop_orders.c.counts)
                .values(counts=False, updated_at=self._database.now_expression())
            )
            if stopped.rowcount:
                lines = self._lines(connection, shop, order_id)
                self._mark_changed(connection, held(lines, counts=True), Counter())

    def processed(self, shop: str, order_id: str, stamp: str) -> list[str]:
        """Picqer holds the lines since ``stamp``; returns productcodes whose figure is in doubt.

        Those are the ones with a figure of the same second or just before it.
        Of several stamps the latest stays. Safe to repeat: the same productcodes come back.
        """
        later = or_(shop_orders.c.process_stamp.is_(None), shop_orders.c.process_stamp < stamp)
        with self._database.begin() as connection:
            self._lock_figures(connection, shop, order_id)
            changed = connection.execute(
                update(shop_orders)
                .where(is_order(shop, order_id), later)
                .values(process_stamp=stamp, updated_at=self._database.now_expression())
            )
            if changed.rowcount:
                lines = self._lines(connection, shop, order_id)
                self._mark_changed(connection, held(lines, counts=True), Counter())
            return self._in_doubt(connection, shop, order_id)

    def in_flight(self, account: str, productcode: str) -> int:
        """Pieces ordered in any shop of the account that Picqer does not hold yet."""
        with self._database.begin() as connection:
            return pieces_in_flight(connection, account, [productcode]).get(productcode, 0)

    def pieces_not_held(
        self, account: str, productcodes: Iterable[str], stamp: str
    ) -> Mapping[str, int]:
        """Pieces in flight beside figures that were read at this stamp; left out: those with none.

        What Picqer processed before ``stamp`` is in such a figure already.
        """
        with self._database.begin() as connection:
            return pieces_not_held(connection, account, productcodes, stamp)

    def _upsert(
        self, connection: Connection, shop: ShopPolicy, order: Order, *, counts: bool
    ) -> BookingRow:
        """Write the order's row and return it as it was before (the new one when it is new)."""
        now = self._database.now_expression()
        values: dict[str, object] = {
            "account": shop.account.name,
            "number": checked(order.number, "order number"),
            "placed_at": order.placed_at.timestamp(),
            "paid_at": None if order.paid_at is None else order.paid_at.timestamp(),
            "counts": counts,
            "updated_at": now,
        }
        order_id = checked(order.id, "order id")
        new = (
            self._database.insert(shop_orders)
            .values(shop=shop.name, order_id=order_id, first_seen_at=now, **values)
            .on_conflict_do_nothing(index_elements=["shop", "order_id"])
            .returning(shop_orders.c.order_id)
        )
        is_new = connection.execute(new).first() is not None
        here = is_order(shop.name, order_id)
        row = connection.execute(select(shop_orders).where(here).with_for_update()).one()
        if not is_new:
            connection.execute(update(shop_orders).where(here).values(values))
        return row

    def _booking(self, connection: Connection, shop: str, order_id: str) -> OrderBooking:
        row = connection.execute(select(shop_orders).where(is_order(shop, order_id))).one()
        return to_booking(row)

    def _lines(self, connection: Connection, shop: str, order_id: str) -> dict[str, Line]:
        columns = shop_order_lines.c
        statement = select(
            columns.line_id,
            columns.account,
            columns.productcode,
            columns.quantity,
            columns.holds_stock,
        ).where(columns.shop == shop, columns.order_id == order_id)
        found = connection.execute(statement)
        return {row.line_id: (row[1], row[2], row[3], row[4]) for row in found}

    def _replace(
        self, connection: Connection, shop: str, order_id: str, lines: Mapping[str, Line]
    ) -> None:
        columns = shop_order_lines.c
        connection.execute(
            delete(shop_order_lines).where(columns.shop == shop, columns.order_id == order_id)
        )
        names = ("account", "productcode", "quantity", "holds_stock")
        rows = [
            {"shop": shop, "order_id": order_id, "line_id": line_id}
            | dict(zip(names, line, strict=True))
            for line_id, line in sorted(lines.items())
        ]
        if rows:
            connection.execute(insert(shop_order_lines), rows)

    def _mark_changed(
        self,
        connection: Connection,
        was: Counter[tuple[str, str]],
        will: Counter[tuple[str, str]],
    ) -> None:
        """Mark what differs, for every shop of the account concerned."""
        changed = differing(was, will)
        for account in sorted({account for account, _ in changed}):
            codes = [code for other, code in changed if other == account]
            self._mark_account(connection, account, codes)

    def _forget_figures(
        self, connection: Connection, shop: ShopPolicy, productcodes: Iterable[str]
    ) -> None:
        """The shop took pieces off its own figures, or put them back: compare them again."""
        codes = sorted(productcodes)
        for code in codes:
            here = and_(shown.c.shop == shop.name, shown.c.productcode == code)
            connection.execute(update(shown).where(here).values(sellable=None))
        if shop.name in self._shops(shop.account.name):
            self._mark_for([shop.name], connection, codes)

    def _lock_figures(self, connection: Connection, shop: str, order_id: str) -> None:
        """Let a figure that is being delivered wait, or wait for it: one must see the other.

        Otherwise neither would notice that both are of the same second.
        """
        codes = select(shop_order_lines.c.productcode).where(
            shop_order_lines.c.shop == shop, shop_order_lines.c.order_id == order_id
        )
        account = select(shop_orders.c.account).where(is_order(shop, order_id)).scalar_subquery()
        connection.execute(
            select(free_stock.c.productcode)
            .where(free_stock.c.account == account, free_stock.c.productcode.in_(codes))
            .order_by(free_stock.c.productcode)
            .with_for_update()
        )

    def _in_doubt(self, connection: Connection, shop: str, order_id: str) -> list[str]:
        here = is_order(shop, order_id)
        stamp = connection.execute(select(shop_orders.c.process_stamp).where(here)).scalar()
        statement = (
            select(shop_order_lines.c.productcode)
            .distinct()
            .join(shop_orders, ORDER_OF_LINE)
            .join(free_stock, FREE_STOCK_OF_LINE)
            .where(
                here,
                shop_orders.c.counts,
                shop_order_lines.c.holds_stock,
                free_stock.c.stamp.in_(seconds_from(stamp or "", -JUST_BEFORE_SECONDS)),
            )
            .order_by(shop_order_lines.c.productcode)
        )
        return list(connection.execute(statement).scalars())


def to_booking(row: BookingRow) -> OrderBooking:
    """A row as the port tells it."""
    return OrderBooking(
        shop=row.shop,
        order_id=row.order_id,
        number=row.number,
        account=row.account,
        placed_at=to_instant(row.placed_at),
        paid_at=None if row.paid_at is None else to_instant(row.paid_at),
        first_seen_at=to_instant(row.first_seen_at),
        counts=row.counts,
        process_stamp=row.process_stamp,
    )
