"""Which Picqer customer an order belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from integration.crash_points import crash_point
from integration.domain import Order
from integration.ports import LedgerKey, Made, Webshop
from integration.services import Work


@dataclass(frozen=True, slots=True)
class OrderCustomer:
    """``idcustomer`` is None for a guest; ``adopted``: it may have addresses of its own."""

    idcustomer: int | None
    adopted: bool


GUEST = OrderCustomer(None, adopted=False)


def customer_key(work: Work, customer_id: str) -> LedgerKey:
    """The ledger's key of a shop account; ``customer_id`` is the shop's."""
    return LedgerKey(work.job.account, "customer", work.job.identity.shop, customer_id)


def customer_of(work: Work, webshop: Webshop, order: Order) -> OrderCustomer:
    """The customer of a shop account, searched or created once; guests have none.

    The search by e-mail is skipped only when the shop says that the account is younger than the
    ledger: than the store's birth (a restored backup does not know all that was made) and our
    first sight of the shop.
    """
    shop_customer = order.customer
    if shop_customer.id is None or not shop_customer.email:
        return GUEST
    account, shop = work.job.account, work.job.identity.shop
    picqer = work.picqer(work.order_lane)
    gate, created_at = work.services.gate, shop_customer.created_at
    known_since = max(gate.birth(), gate.first_sight(account, shop))
    is_new = created_at is not None and created_at + webshop.clock_offset > known_since
    email = shop_customer.email

    def find() -> Made | None:
        found = picqer.customers_with_email(email)
        return Made(found[0].idcustomer, {"adopted": True}) if found else None

    def create() -> Made:
        created = picqer.create_customer(order)
        crash_point("create_order.after_customer_post")
        return Made(created.idcustomer, {"adopted": False})

    made = work.services.ledger.once(
        customer_key(work, shop_customer.id),
        owner=work.job,
        reference=None,
        look_first=not is_new,
        find=find,
        create=create,
    )
    return OrderCustomer(made.picqer_id, adopted=bool(made.details.get("adopted")))
