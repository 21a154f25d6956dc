"""What each shop shows, what it ought to show, and where the two may differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from sqlalchemy import Connection, and_, func, select, update

from integration.policy import ShopPolicy
from integration.ports import Difference, ShownStock
from integration.store.free_stock import warehouse_figures
from integration.store.in_flight import pieces_in_flight
from integration.store.schema import free_stock, shown, stock_marks
from integration.store.stock_marks import LONGEST_KEY, StockMarks, checked

CHUNK = 500
"""How many figures are written in one transaction."""


class ShownRows(StockMarks):
    """The part of the stock book that compares."""

    def sellable(self, shop: ShopPolicy, productcode: str) -> int | None:
        """What the shop ought to show; None: unknown at Picqer, or unlimited."""
        with self._database.begin() as connection:
            return self._sellable(connection, shop, [productcode]).get(productcode)

    def differences(self, shop: ShopPolicy, limit: int) -> list[Difference]:
        """Marked productcodes with what is and what ought to be shown, newest change first.

        ``sellable`` is None for what Picqer does not know or has without limit, and for what
        the shop does not know or does not manage.
        """
        here = and_(
            shown.c.shop == stock_marks.c.shop, shown.c.productcode == stock_marks.c.productcode
        )
        columns = (shown.c.sellable, shown.c.ref, shown.c.managed, shown.c.known)
        statement = (
            select(stock_marks.c.productcode, stock_marks.c.token, *columns)
            .outerjoin(shown, here)
            .where(stock_marks.c.shop == shop.name)
            .order_by(stock_marks.c.marked_at.desc(), stock_marks.c.productcode)
            .limit(limit)
        )
        with self._database.begin() as connection:
            rows = connection.execute(statement).all()
            ought = self._sellable(connection, shop, [row.productcode for row in rows])
        return [
            Difference(
                productcode=row.productcode,
                sellable=None if False in (row.managed, row.known) else ought.get(row.productcode),
                shown=row.sellable,
                ref=row.ref,
                token=row.token,
            )
            for row in rows
        ]

    def drifted(self, shop: ShopPolicy, productcodes: Sequence[str]) -> list[str]:
        """Those of these that the shop shows otherwise than it ought to."""
        statement = select(shown.c.productcode, shown.c.sellable).where(
            shown.c.shop == shop.name,
            shown.c.productcode.in_(productcodes),
            shown.c.managed.is_(True),
            shown.c.known.is_(True),
        )
        with self._database.begin() as connection:
            rows = connection.execute(statement.order_by(shown.c.productcode)).all()
            ought = self._sellable(connection, shop, [row.productcode for row in rows])
        return [
            row.productcode
            for row in rows
            if row.productcode in ought and row.sellable != ought[row.productcode]
        ]

    def shows(self, shop: str, shown: Iterable[ShownStock]) -> None:
        """What the shop shows, as read or written; a product it does not manage is left alone.

        Marks nothing: whoever reads a whole shop marks it afterwards. Productcodes that are too
        long to be kept are left out, because Picqer cannot have them either.
        """
        figures = (one for one in shown if len(one.productcode) <= LONGEST_KEY)
        while chunk := list(islice(figures, CHUNK)):
            rows = [
                {
                    "productcode": one.productcode,
                    "sellable": one.sellable,
                    "ref": one.ref,
                    "managed": one.managed,
                    "known": True,
                }
                for one in sorted(chunk, key=lambda one: one.productcode)
            ]
            self._keep_shown(shop, rows)

    def forget_shown(self, shop: str, productcode: str) -> None:
        """The shop does not know this productcode."""
        row = {
            "productcode": checked(productcode, "productcode"),
            "sellable": None,
            "ref": None,
            "managed": True,
            "known": False,
        }
        self._keep_shown(shop, [row])

    def found_again(self, shop: ShopPolicy, productcode: str) -> bool:
        """The shop has this product: True, and marked, when it was thought not to know it."""
        statement = (
            update(shown)
            .where(shown.c.shop == shop.name, shown.c.productcode == productcode)
            .where(shown.c.known.is_(False))
            .values(known=True, updated_at=self._database.now_expression())
            .returning(shown.c.productcode)
        )
        with self._database.begin() as connection:
            was_unknown = connection.execute(statement).first() is not None
            if was_unknown:
                self.mark(shop, [productcode])
        return was_unknown

    def _keep_shown(self, shop: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Write these rows; a ``ref`` that is not given again stays as it was."""
        insert = self._database.insert(shown).values(
            shop=shop, updated_at=self._database.now_expression()
        )
        fresh = insert.excluded
        statement = insert.on_conflict_do_update(
            index_elements=["shop", "productcode"],
            set_={
                "sellable": fresh.sellable,
                "ref": func.coalesce(fresh.ref, shown.c.ref),
                "managed": fresh.managed,
                "known": fresh.known,
                "updated_at": fresh.updated_at,
            },
        )
        with self._database.begin() as connection:
            connection.execute(statement, list(rows))

    def _sellable(
        self, connection: Connection, shop: ShopPolicy, productcodes: Sequence[str]
    ) -> dict[str, int]:
        """Free stock less in flight less the buffer, of those that have a limited figure."""
        account = shop.account.name
        counting = shop.warehouses or self._counting(account)
        if counting is None:
            return {}  # Summing all of them could sell what lies in a warehouse for returns.
        in_flight = pieces_in_flight(connection, account, productcodes)
        statement = select(free_stock.c.productcode, free_stock.c.by_warehouse).where(
            free_stock.c.account == account,
            free_stock.c.productcode.in_(productcodes),
            free_stock.c.unlimited.is_(False),
        )
        ought = {}
        for code, by_warehouse in connection.execute(statement):
            figures = warehouse_figures(by_warehouse)
            free = sum(pieces for idwarehouse, pieces in figures.items() if idwarehouse in counting)
            ought[code] = max(0, free - in_flight.get(code, 0) - shop.stock_buffer)
        return ought
