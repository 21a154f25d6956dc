"""A shop's customer as a Picqer customer (picqer.com/en/api/customers). Pure."""

from __future__ import annotations

from integration.domain import Customer, Order
from integration.errors import Unmappable

LANGUAGES = frozenset({"nl", "en"})
"""The languages Picqer's pages name; for others the account's own default holds."""


def text(value: str | None) -> str | None:
    """Without space around it; None when nothing is left."""
    return (value or "").strip() or None


def language_to_picqer(customer: Customer) -> str | None:
    """``nl`` or ``en`` out of ``nl``, ``nl_NL`` or ``en-GB``; None for every other language."""
    language = (text(customer.language) or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else None


def customer_to_picqer(order: Order) -> dict[str, object]:
    """The body of ``POST /customers`` for the customer of this order.

    Addresses are left out on purpose: Picqer fills empty address fields of later orders from
    them. A company is the name and the person its contact. Raises Unmappable without any name.
    """
    customer = order.customer
    company = text(customer.company) or text(order.billing_address.company)
    person = text(customer.name) or text(order.billing_address.name)
    name = company or person or text(customer.email)
    if name is None:
        raise Unmappable(
            f"The customer of order {order.number} has no name, company or e-mail address; "
            f"complete it in the shop."
        )
    body = {
        "name": name,
        "contactname": person if company else None,
        "telephone": text(customer.phone) or text(order.billing_address.phone),
        "emailaddress": text(customer.email),
        "vatnumber": text(customer.vat_number),
        "language": language_to_picqer(customer),
    }
    return {key: value for key, value in body.items() if value is not None}
