"""What is in flight: pieces ordered in a shop that Picqer's free stock does not know yet.

A line that holds stock in its shop is in flight while its order has not been processed, and
after that until a free stock figure arrives that is newer than the processing. Two stored stamps
of Picqer decide, so it makes no difference which of the two facts came first. What that means
after its clock went back is in docs/decisions/0020-in-flight-by-picqers-stamps.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from integration.store.schema import free_stock, shop_order_lines, shop_orders

JUST_BEFORE_SECONDS = 2
"""Picqer books the pieces a moment before it stamps the order: perhaps in the second before."""
ORDER_OF_LINE = and_(
    shop_orders.c.shop == shop_order_lines.c.shop,
    shop_orders.c.order_id == shop_order_lines.c.order_id,
)
FREE_STOCK_OF_LINE = and_(
    free_stock.c.account == shop_order_lines.c.account,
    free_stock.c.productcode == shop_order_lines.c.productcode,
)


def not_held_yet() -> ColumnElement[bool]:
    """Whether Picqer's figure for a line's product may not include the line yet.

    The same second counts as not yet: two pieces too few are shown for a moment rather than too
    many.
    """
    return or_(
        shop_orders.c.process_stamp.is_(None),
        free_stock.c.stamp.is_(None),
        free_stock.c.stamp <= shop_orders.c.process_stamp,
    )


def pieces_in_flight(
    connection: Connection, account: str, productcodes: Iterable[str]
) -> Mapping[str, int]:
    """Pieces in flight of each of these productcodes, over all shops; absent means none."""
    statement = (
        select(shop_order_lines.c.productcode, func.sum(shop_order_lines.c.quantity))
        .join(shop_orders, ORDER_OF_LINE)
        .outerjoin(free_stock, FREE_STOCK_OF_LINE)
        .where(
            shop_order_lines.c.account == account,
            shop_order_lines.c.productcode.in_(sorted(set(productcodes))),
            shop_order_lines.c.holds_stock,
            shop_orders.c.counts,
            not_held_yet(),
        )
        .group_by(shop_order_lines.c.productcode)
    )
    return {str(code): int(pieces) for code, pieces in connection.execute(statement)}


def pieces_not_held(
    connection: Connection, account: str, productcodes: Iterable[str], stamp: str
) -> Mapping[str, int]:
    """Pieces of each that a figure read at Picqer at this stamp may not include; absent: none."""
    statement = (
        select(shop_order_lines.c.productcode, func.sum(shop_order_lines.c.quantity))
        .join(shop_orders, ORDER_OF_LINE)
        .where(
            shop_order_lines.c.account == account,
            shop_order_lines.c.productcode.in_(sorted(set(productcodes))),
            shop_order_lines.c.holds_stock,
            shop_orders.c.counts,
            or_(shop_orders.c.process_stamp.is_(None), shop_orders.c.process_stamp > stamp),
        )
        .group_by(shop_order_lines.c.productcode)
    )
    return {str(code): int(pieces) for code, pieces in connection.execute(statement)}


def is_about_processing(connection: Connection, account: str, productcode: str, stamp: str) -> bool:
    """Whether an order with this product was processed in the second of this stamp, or just after.

    Then a figure of that second may be from before or after it.
    """
    statement = select(
        exists()
        .where(ORDER_OF_LINE)
        .where(
            shop_order_lines.c.account == account,
            shop_order_lines.c.productcode == productcode,
            shop_order_lines.c.holds_stock,
            shop_orders.c.counts,
            shop_orders.c.process_stamp.in_(seconds_from(stamp, JUST_BEFORE_SECONDS)),
        )
    )
    return bool(connection.execute(statement).scalar_one())


def seconds_from(stamp: str, seconds: int) -> list[str]:
    """This stamp of Picqer's and those of as many seconds after it; before it when negative."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:  # Picqer also writes the zero date: nothing is near it.
        return [stamp]
    way = 1 if seconds >= 0 else -1
    near = (moment + timedelta(seconds=way * away) for away in range(abs(seconds) + 1))
    return [one.isoformat(" ", "seconds") for one in near]
