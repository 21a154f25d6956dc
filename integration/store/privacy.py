"""Personal data in the store: found, forgotten, and known as forgotten by a digest only."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from integration.ports import DeliveryRecord, KnownCustomer, OrderTraces
from integration.store.compaction import compact
from integration.store.database import Database
from integration.store.erased_texts import erase_texts
from integration.store.inbox import SqlInbox
from integration.store.schema import (
    audit,
    deliveries,
    erasures,
    jobs,
    ledger,
    order_products,
    order_statuses,
    picklists,
    shipments,
    shop_order_lines,
    shop_orders,
)

PART = 200
"""Deliveries, of up to 1 MiB each, that are searched at a time."""
ERASED = "erased on request"


class SqlPrivacy:
    """The ``Privacy`` port in SQL. ``installation`` tells this store's own id."""

    def __init__(self, database: Database, installation: Callable[[], str]) -> None:
        """Look after this store."""
        self._database = database
        self._inbox = SqlInbox(database)
        self._installation = installation

    def is_erased(self, scope: str, subject: str) -> bool:
        """Whether this was erased on request."""
        with self._database.begin() as connection:
            if connection.execute(select(erasures.c.digest).limit(1)).first() is None:
                return False
            known = select(erasures.c.digest).where(
                erasures.c.digest == self._digest(scope, subject)
            )
            return connection.execute(known).first() is not None

    def mentions(self, texts: Sequence[str], sources: Sequence[str]) -> Iterator[DeliveryRecord]:
        """Stored deliveries with one of these texts as a whole word, oldest first."""
        word, after = _word(texts), 0
        while part := self._part(after, sources):
            yield from (one for one in part if one.body is not None and word.search(one.body))
            after = part[-1].id

    def customers(self, account: str, idcustomer: int) -> list[KnownCustomer]:
        """Customers of shops that the ledger knows by this idcustomer."""
        columns = ledger.c
        found = select(columns.shop, columns.subject).where(
            columns.account == account,
            columns.kind == "customer",
            columns.picqer_id == idcustomer,
        )
        with self._database.begin() as connection:
            rows = connection.execute(found.order_by(columns.shop, columns.subject)).all()
        return [KnownCustomer(account, row.shop, row.subject, idcustomer) for row in rows]

    def erase_deliveries(self, delivery_ids: Iterable[int]) -> int:
        """Forget bodies, headers and reasons; digests stay, so that copies are recognised."""
        forget = (
            update(deliveries)
            .where(deliveries.c.id.in_(sorted(set(delivery_ids))))
            .values(headers={}, body=None, reason=ERASED)
        )
        with self._database.begin() as connection:
            return connection.execute(forget).rowcount

    def erase_order(self, order: OrderTraces) -> None:
        """Forget everything about this order but digests that say it was erased."""
        with self._database.transaction():
            self._remember(f"shops/{order.shop}", order.order_id)
            if order.idorder is not None:
                self._remember(f"picqer/{order.account}", f"order:{order.idorder}")
            for idpicklist in order.idpicklists:
                self._remember(f"picqer/{order.account}", f"picklist:{idpicklist}")
            self._forget_order(order)

    def erase_customer(self, customer: KnownCustomer) -> None:
        """Forget this customer's line in the ledger."""
        columns = ledger.c
        forget = delete(ledger).where(
            columns.account == customer.account,
            columns.kind == "customer",
            columns.shop == customer.shop,
            columns.subject == customer.customer_id,
        )
        with self._database.begin() as connection:
            connection.execute(forget)

    def erase_texts(self, texts: Sequence[str]) -> int:
        """Replace these texts wherever a sentence of the store holds them; returns how often."""
        return erase_texts(self._database, texts)

    def compact(self) -> bool:
        """Have the database give up what was deleted; False when others kept it too busy."""
        return compact(self._database)

    def _part(self, after: int, sources: Sequence[str]) -> list[DeliveryRecord]:
        return self._inbox.after(after, sources, PART)

    def _digest(self, scope: str, subject: str) -> str:
        text = f"{self._installation()}\n{scope}\n{subject}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

    def _remember(self, scope: str, subject: str) -> None:
        new = self._database.insert(erasures).values(
            digest=self._digest(scope, subject), at=self._database.now_expression()
        )
        with self._database.begin() as connection:
            connection.execute(new.on_conflict_do_nothing(index_elements=["digest"]))

    def _forget_order(self, order: OrderTraces) -> None:
        of_shop = {"shop": order.shop, "order_id": order.order_id}
        wiped = {"about": "an order that was erased", "note": None, "order_id": None}
        with self._database.begin() as connection:
            connection.execute(update(audit).filter_by(**of_shop).values(**wiped))
            connection.execute(delete(jobs).where(jobs.c.id.in_(order.job_ids)))
            for table in (order_products, shop_order_lines, shop_orders):
                connection.execute(delete(table).filter_by(**of_shop))
            for table in (shipments, picklists):
                its_own = table.c.idpicklist.in_(order.idpicklists)
                connection.execute(delete(table).where(table.c.account == order.account, its_own))
            status = {"account": order.account, "idorder": order.idorder}
            connection.execute(delete(order_statuses).filter_by(**status))
            connection.execute(delete(ledger).where(_of_order(order)))


def _of_order(order: OrderTraces) -> ColumnElement[bool]:
    """The order's own line of the ledger, and the claims of its mails."""
    columns = ledger.c
    claims = columns.subject.startswith(f"{order.order_id}/", autoescape=True)
    its_own = (columns.kind == "order") & (columns.subject == order.order_id)
    return and_(
        columns.account == order.account,
        columns.shop == order.shop,
        or_(its_own, (columns.kind == "mail") & claims),
    )


def _word(texts: Sequence[str]) -> re.Pattern[bytes]:
    """Any of these as JSON or a form may write it, in upper or lower case, as a whole word."""
    forms = {
        form
        for text in texts
        for form in (text, json.dumps(text)[1:-1], json.dumps(text)[1:-1].replace("/", "\\/"))
    }
    forms |= {quote(text, safe="") for text in texts}
    either = b"|".join(re.escape(form.encode("utf-8", "replace")) for form in sorted(forms))
    return re.compile(rb"(?<![0-9A-Za-z])(?:" + either + rb")(?![0-9A-Za-z])", re.IGNORECASE)
