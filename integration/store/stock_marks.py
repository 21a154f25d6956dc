"""Which productcodes are to be compared again for a shop: marks that carry a token each.

A mark says "look at this once more", not what has changed. Whoever compares reads the token
first and removes the mark only while the token is still the same, so a change that arrives in
between is never lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, func, literal, select

from integration.errors import Unmappable
from integration.policy import ShopPolicy
from integration.ports import Difference
from integration.store.database import Database
from integration.store.schema import free_stock, stock_marks

LONGEST_KEY = 200
"""Characters of a productcode, an order id or a line id that the store can hold."""


def checked(text: str, what: str) -> str:
    """The same text, when the store can hold it as a key. Raises Unmappable."""
    if len(text) > LONGEST_KEY:
        raise Unmappable(
            f"The {what} {text[:40]!r}... has {len(text)} characters, more than the "
            f"{LONGEST_KEY} that can be kept; shorten it in the shop."
        )
    return text


class StockMarks:
    """The marks of every shop. ``shops`` names an account's shops that are told their stock.

    ``counting`` gives an account's warehouses that count for general stock, None while they are
    not known.
    """

    def __init__(
        self,
        database: Database,
        *,
        shops: Callable[[str], Sequence[str]],
        counting: Callable[[str], frozenset[int] | None],
    ) -> None:
        """Work in this database."""
        self._database = database
        self._shops = shops
        self._counting = counting

    def mark(self, shop: ShopPolicy, productcodes: Iterable[str] | None = None) -> None:
        """These (None: all that are known at Picqer) are to be compared again for the shop."""
        with self._database.begin() as connection:
            if productcodes is None:
                self._mark_all(connection, shop)
            else:
                self._mark_for([shop.name], connection, productcodes)

    def marked(self, shop: str) -> int:
        """How many productcodes of the shop are still to be compared."""
        count = select(func.count()).where(stock_marks.c.shop == shop)
        with self._database.begin() as connection:
            return int(connection.execute(count).scalar_one())

    def compared(self, shop: str, differences: Sequence[Difference]) -> None:
        """These were dealt with: unmark them, unless they changed again meanwhile."""
        if not differences:
            return
        statement = delete(stock_marks).where(
            stock_marks.c.shop == shop,
            stock_marks.c.productcode == bindparam("code"),
            stock_marks.c.token == bindparam("seen"),
        )
        seen = sorted((one.productcode, one.token) for one in differences)
        with self._database.begin() as connection:
            connection.execute(statement, [{"code": code, "seen": token} for code, token in seen])

    def _mark_account(
        self, connection: Connection, account: str, productcodes: Iterable[str]
    ) -> None:
        """Mark these for every shop of the account that is told its stock."""
        self._mark_for(self._shops(account), connection, productcodes)

    def _mark_for(
        self, shops: Iterable[str], connection: Connection, productcodes: Iterable[str]
    ) -> None:
        codes = {checked(code, "productcode") for code in productcodes}
        rows = sorted((shop, code) for shop in set(shops) for code in codes)
        if not rows:
            return
        insert = self._database.insert(stock_marks).values(
            token=uuid.uuid4().hex, marked_at=self._database.now_expression()
        )
        statement = insert.on_conflict_do_update(
            index_elements=["shop", "productcode"],
            set_={"token": insert.excluded.token, "marked_at": insert.excluded.marked_at},
        )
        connection.execute(statement, [{"shop": shop, "productcode": code} for shop, code in rows])

    def _mark_all(self, connection: Connection, shop: ShopPolicy) -> None:
        """One statement over the whole catalogue, in the order in which rows are locked."""
        known = (
            select(
                literal(shop.name),
                free_stock.c.productcode,
                literal(uuid.uuid4().hex),
                self._database.now_expression(),
            )
            .where(free_stock.c.account == shop.account.name)
            .order_by(free_stock.c.productcode)
        )
        insert = self._database.insert(stock_marks).from_select(
            ["shop", "productcode", "token", "marked_at"], known
        )
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=["shop", "productcode"],
                set_={"token": insert.excluded.token, "marked_at": insert.excluded.marked_at},
            )
        )
