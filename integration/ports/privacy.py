"""Personal data: finding it in the store, forgetting it for good, and knowing that it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from integration.ports.inbox import DeliveryRecord


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer of a shop whose idcustomer at Picqer the ledger keeps."""

    account: str
    shop: str
    customer_id: str
    idcustomer: int


@dataclass(frozen=True, slots=True)
class OrderTraces:
    """Where a shop order stands in the store: what has to go when it is erased.

    ``idorder`` and ``idpicklists`` are Picqer's, where it is there.
    """

    shop: str
    order_id: str
    number: str
    account: str
    reference: str | None
    idorder: int | None
    orderid: str | None
    idpicklists: tuple[int, ...]
    job_ids: tuple[int, ...]


class Privacy(Protocol):
    """Personal data in the store. Only ``deliveries`` hold any; the rest leads to a person."""

    def is_erased(self, scope: str, subject: str) -> bool:
        """Whether this was erased on request: ``shops/nl`` and an order's id, ``picqer/main`` and
        ``order:301`` or ``picklist:501``. Only digests are kept of them.
        """

    def mentions(self, texts: Sequence[str], sources: Sequence[str]) -> Iterator[DeliveryRecord]:
        """Stored deliveries with one of these texts as a whole word, oldest first.

        ``sources`` limits it to these (``shops/nl``); none: all.
        """

    def customers(self, account: str, idcustomer: int) -> list[KnownCustomer]:
        """Customers of shops that the ledger knows by this idcustomer."""

    def erase_deliveries(self, delivery_ids: Iterable[int]) -> int:
        """Forget bodies, headers and reasons; digests stay, so that copies are recognised."""

    def erase_order(self, order: OrderTraces) -> None:
        """Forget everything about this order but a digest that says it was erased."""

    def erase_customer(self, customer: KnownCustomer) -> None:
        """Forget this customer's line in the ledger."""

    def erase_texts(self, texts: Sequence[str]) -> int:
        """Replace these texts wherever a sentence of the store holds them; returns how often."""

    def compact(self) -> bool:
        """Have the database give up what was deleted; False when others kept it too busy."""
