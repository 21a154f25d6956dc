"""A shop's addresses as the flat address fields of a Picqer order (picqer.com/en/api/orders).

A company is the name and the person its contact name. Picqer refuses an empty name, so a missing
one is taken from the customer and at last from the e-mail address. Pure.
"""

from __future__ import annotations

from integration.domain import Address, Order
from integration.errors import Unmappable
from integration.picqer.mapping.countries import COUNTRIES
from integration.picqer.mapping.customers import text


def addresses_to_picqer(order: Order, *, all_fields: bool) -> dict[str, object]:
    """``deliveryname`` to ``invoicecountry``.

    ``all_fields`` also sends the empty ones, because the customer has addresses at Picqer that
    would fill the gaps. An address without any place is taken from the other one. Raises
    Unmappable without a country or with one that does not exist.
    """
    delivery = _or(order.shipping_address, order.billing_address)
    invoice = _or(order.billing_address, order.shipping_address)
    return {
        **_address("delivery", delivery, order, all_fields=all_fields),
        **_address("invoice", invoice, order, all_fields=all_fields),
    }


def _or(address: Address, other: Address) -> Address:
    """The address, or the other one when this one says nothing about a place."""
    places = (address.street, address.postal_code, address.city, address.country)
    return address if any(text(place) for place in places) else other


def _address(kind: str, address: Address, order: Order, *, all_fields: bool) -> dict[str, object]:
    name, contact = _names(address, order)
    parts = {
        "address": text(address.street),
        "address2": text(address.street2),
        "zipcode": text(address.postal_code),
        "city": text(address.city),
        "region": text(address.region),
    }
    fields: dict[str, object] = {f"{kind}name": name}
    if contact or all_fields:
        fields[f"{kind}contactname"] = contact
    for part, value in parts.items():
        if value or all_fields:
            fields[kind + part] = value or ""
    fields[f"{kind}country"] = _country(kind, address, order)
    return fields


def _names(address: Address, order: Order) -> tuple[str, str | None]:
    """Name and contact name; never an empty text."""
    company, person = text(address.company), text(address.name)
    if company:
        return company, person
    name = person or text(order.customer.name) or text(order.customer.email)
    if name is None:
        raise Unmappable(
            f"Order {order.number} has an address without name, company or e-mail address; "
            f"complete it in the shop."
        )
    return name, None


def _country(kind: str, address: Address, order: Order) -> str:
    """ISO 3166-1 alpha-2 in upper case; Picqer refuses others with error_code 9."""
    country = (text(address.country) or "").upper()
    if not country:
        raise Unmappable(f"Order {order.number} has no {kind} country; complete it in the shop.")
    if country not in COUNTRIES:
        raise Unmappable(
            f"The {kind} country of order {order.number} is no two-letter ISO 3166 code; "
            f"correct it in the shop."
        )
    return country
