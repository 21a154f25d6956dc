"""Facts about picklists, shipments and order statuses, each kept as a row of its own.

Facts come in any order and more than once. A later stamp wins; with equal stamps the fact that
arrived last wins, except that a closed picklist, a cancelled shipment and an order that came to
its end are never undone by an equal or older stamp.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, Table, and_, exists, or_, select, update

from integration.domain import (
    Picklist,
    PicqerShipment,
    PicqerStatus,
    ShipmentLine,
)
from integration.jobs import Fact, OrderStatusFact
from integration.ports import PicklistRow
from integration.store.database import Database
from integration.store.schema import order_products, order_statuses, picklists, shipments
from integration.store.shipment_rows import (
    CLOSED,
    FINAL,
    Values,
    lines_to_json,
    merge_picklist,
    merge_shipment,
    merge_status,
    parcels_to_json,
    to_picklist_row,
    to_shipment,
)

Merge = Callable[[Values, Values], Values]


class SqlShipments:
    """``Shipments`` over SQL."""

    def __init__(self, database: Database) -> None:
        """Work in this database."""
        self._database = database

    def record(self, account: str, fact: Fact) -> int | None:
        """Write a fact down; returns the idorder it is about, None when not known yet.

        A picklist of a return has no order. Free stock belongs to the stock book: TypeError.
        """
        with self._database.begin() as connection:
            match fact:
                case Picklist():
                    return self._record_picklist(connection, account, fact)
                case PicqerShipment():
                    self._record_shipment(connection, account, fact)
                    return self._idorder(connection, account, fact.idpicklist)
                case OrderStatusFact():
                    self._record_status(connection, account, fact)
                    return fact.idorder
                case _:
                    raise TypeError(f"{type(fact).__name__} is no fact about a shipment")

    def picklists(self, account: str, idorder: int) -> list[PicklistRow]:
        """The order's picklists, lowest idpicklist first."""
        columns = picklists.c
        statement = (
            select(picklists)
            .where(columns.account == account, columns.idorder == idorder)
            .order_by(columns.idpicklist)
        )
        with self._database.begin() as connection:
            return [to_picklist_row(row) for row in connection.execute(statement)]

    def shipments(self, account: str, idpicklist: int) -> list[PicqerShipment]:
        """The picklist's shipments that are written down, cancelled ones too, by idshipment."""
        columns = shipments.c
        statement = (
            select(shipments)
            .where(columns.account == account, columns.idpicklist == idpicklist)
            .order_by(columns.idshipment)
        )
        with self._database.begin() as connection:
            return [to_shipment(row) for row in connection.execute(statement)]

    def order_of_picklist(self, account: str, idpicklist: int) -> int | None:
        """The idorder of a picklist that is written down; None: unknown, or of a return."""
        with self._database.begin() as connection:
            return self._idorder(connection, account, idpicklist)

    def shipments_read(
        self, account: str, idpicklist: int, found: Sequence[PicqerShipment]
    ) -> None:
        """All shipments of a picklist were read at Picqer just now."""
        with self._database.begin() as connection:
            for shipment in sorted(found, key=lambda one: one.idshipment):
                self._record_shipment(connection, account, shipment)
            connection.execute(
                update(picklists)
                .where(picklists.c.account == account, picklists.c.idpicklist == idpicklist)
                .values(shipments_read_at=self._database.now_expression())
            )

    def reported(self, account: str, idpicklist: int, fingerprint: str) -> None:
        """The shop was told this."""
        with self._database.begin() as connection:
            connection.execute(
                update(picklists)
                .where(picklists.c.account == account, picklists.c.idpicklist == idpicklist)
                .values(reported=fingerprint)
            )

    def status(self, account: str, idorder: int) -> OrderStatusFact | None:
        """The latest status Picqer gave for the order, without its reference."""
        columns = order_statuses.c
        statement = select(columns.status, columns.stamp).where(
            columns.account == account, columns.idorder == idorder
        )
        with self._database.begin() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return OrderStatusFact(idorder, PicqerStatus(row.status), row.stamp)

    def join_lines(
        self,
        account: str,
        idorder: int,
        shop: str,
        order_id: str,
        lines: Mapping[int, ShipmentLine],
    ) -> None:
        """Remember which shop line each ``idorder_product`` stands for."""
        insert = self._database.insert(order_products)
        names = ("idorder", "shop", "order_id", "line_id", "productcode", "amount")
        statement = insert.on_conflict_do_update(
            index_elements=["account", "idorder_product"],
            set_={name: insert.excluded[name] for name in names},
        )
        rows = [
            {
                "account": account,
                "idorder_product": idorder_product,
                "idorder": idorder,
                "shop": shop,
                "order_id": order_id,
                "line_id": line.line_id,
                "productcode": line.sku,
                "amount": line.quantity,
            }
            for idorder_product, line in sorted(lines.items())
        ]
        if rows:
            with self._database.begin() as connection:
                connection.execute(statement, rows)

    def line_of(self, account: str, idorder_product: int) -> ShipmentLine | None:
        """The shop line of an ``idorder_product``; None for parts that Picqer added."""
        columns = order_products.c
        statement = select(columns.line_id, columns.productcode, columns.amount).where(
            columns.account == account, columns.idorder_product == idorder_product
        )
        with self._database.begin() as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else ShipmentLine(row.line_id, row.productcode, row.amount)

    def lines(self, account: str, idorder: int) -> dict[int, ShipmentLine]:
        """All shop lines that were joined to this order, by ``idorder_product``."""
        columns = order_products.c
        statement = select(
            columns.idorder_product, columns.line_id, columns.productcode, columns.amount
        ).where(columns.account == account, columns.idorder == idorder)
        with self._database.begin() as connection:
            found = connection.execute(statement.order_by(columns.idorder_product)).all()
        return {row[0]: ShipmentLine(row[1], row[2], row[3]) for row in found}

    def has_facts(self, account: str, idorder: int) -> bool:
        """Whether a picklist was closed or the order came to its end: something to tell."""
        closed = exists().where(
            picklists.c.account == account,
            picklists.c.idorder == idorder,
            picklists.c.status == CLOSED,
        )
        ended = exists().where(
            order_statuses.c.account == account,
            order_statuses.c.idorder == idorder,
            order_statuses.c.status.in_(FINAL),
        )
        with self._database.begin() as connection:
            return bool(connection.execute(select(or_(closed, ended))).scalar_one())

    def _idorder(self, connection: Connection, account: str, idpicklist: int) -> int | None:
        statement = select(picklists.c.idorder).where(
            picklists.c.account == account, picklists.c.idpicklist == idpicklist
        )
        found: int | None = connection.execute(statement).scalar_one_or_none()
        return found

    def _record_picklist(self, connection: Connection, account: str, fact: Picklist) -> int | None:
        key = {"account": account, "idpicklist": fact.idpicklist}
        new: Values = {
            "picklistid": fact.picklistid,
            "idorder": fact.idorder,
            "idreturn": fact.idreturn,
            "status": fact.status,
            "closed_at": fact.closed_at,
            "stamp": fact.updated,
            "lines": lines_to_json(fact.lines),
            "closed_seen_at": self._now(connection) if fact.status == CLOSED else None,
        }
        kept = self._merge(connection, picklists, key, new, merge_picklist)
        idorder: int | None = kept["idorder"]
        return idorder

    def _record_shipment(self, connection: Connection, account: str, fact: PicqerShipment) -> None:
        key = {"account": account, "idshipment": fact.idshipment}
        new: Values = {
            "idpicklist": fact.idpicklist,
            "idorder": self._idorder(connection, account, fact.idpicklist),
            "cancelled": fact.cancelled,
            "parcels": parcels_to_json(fact.parcels),
            "stamp": fact.updated,
        }
        self._merge(connection, shipments, key, new, merge_shipment)

    def _record_status(self, connection: Connection, account: str, fact: OrderStatusFact) -> None:
        key = {"account": account, "idorder": fact.idorder}
        new: Values = {"status": fact.status.value, "stamp": fact.stamp}
        self._merge(connection, order_statuses, key, new, merge_status)

    def _now(self, connection: Connection) -> float:
        return float(connection.execute(select(self._database.now_expression())).scalar_one())

    def _merge(
        self, connection: Connection, table: Table, key: Values, new: Values, merge: Merge
    ) -> Values:
        """Insert the row, or merge it with the one that is there; returns what is kept."""
        insert = self._database.insert(table).values(**key, **new)
        fresh = insert.on_conflict_do_nothing(index_elements=list(key)).returning(table.c.account)
        if connection.execute(fresh).first() is not None:
            return new
        here = and_(*(table.c[name] == value for name, value in key.items()))
        row = connection.execute(select(table).where(here).with_for_update()).mappings().one()
        kept = merge(dict(row), new)
        connection.execute(update(table).where(here).values(kept))
        return kept
