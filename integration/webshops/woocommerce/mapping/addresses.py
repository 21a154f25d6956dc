"""Who ordered at a WooCommerce shop, and where it goes. Pure.

Whatever a checkout lets through becomes text on one line. WooCommerce has no field for a house
number: it is part of ``address_1``. Source: WooCommerce REST v3, orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from integration.domain import Address, Customer
from integration.webshops.woocommerce.fields import WooFields


def addresses_of(order: WooFields) -> tuple[Address, Address]:
    """The billing and the shipping address of an order.

    Without a street there is no shipping address (WooCommerce judges so too): it goes to the
    billing address. A shipping address without a telephone number has that of the billing one.
    """
    billing = _address(order.table("billing"))
    shipping = _address(order.table("shipping")) if order.values.get("shipping") else Address()
    goes_to = shipping if shipping.street else billing
    return billing, replace(goes_to, phone=shipping.phone or billing.phone)


def customer_of(
    order: WooFields, created_at: datetime | None, vat_number_keys: Sequence[str]
) -> Customer:
    """Who ordered; ``customer_id`` 0 is a guest. ``created_at`` is of a registered customer."""
    billing = order.table("billing")
    customer_id = order.identity("customer_id")
    return Customer(
        id=customer_id,
        created_at=created_at if customer_id is not None else None,
        email=billing.line("email"),
        name=_name(billing),
        company=billing.line("company"),
        phone=billing.line("phone"),
        vat_number=order.meta(vat_number_keys),
    )


def _address(fields: WooFields) -> Address:
    country = fields.line("country")
    streets = [text for text in (fields.line("address_1"), fields.line("address_2")) if text]
    return Address(
        name=_name(fields),
        company=fields.line("company"),
        street=streets[0] if streets else None,
        street2=streets[1] if len(streets) > 1 else None,
        postal_code=fields.line("postcode"),
        city=fields.line("city"),
        region=fields.line("state"),
        country=country.upper() if country else None,
        phone=fields.line("phone"),
    )


def _name(fields: WooFields) -> str | None:
    names = (fields.line("first_name"), fields.line("last_name"))
    return " ".join(name for name in names if name) or None
