"""A shop's order as the body of ``POST /orders`` (picqer.com/en/api/orders). Pure.

Lines go by ``productcode``; every price excludes VAT and has four decimals per piece, such that the
lines come to what the shop charges for them, to the cent. Fees and discounts of the whole order are
not carried over: Picqer has no field for them, and the shop's own invoice has them.
"""

from __future__ import annotations

from decimal import Decimal

from integration.domain import Order, OrderLine
from integration.errors import Unmappable
from integration.exact_prices import exact_lines
from integration.picqer.mapping.addresses import addresses_to_picqer
from integration.picqer.mapping.customers import language_to_picqer, text
from integration.picqer.mapping.prices import price_to_picqer, vat_group_for
from integration.ports import OrderDraft
from integration.required_skus import require_skus

LONGEST_REFERENCE = 200
LONGEST_REMARK = 1000
"""Picqer documents no limits; these are far below what its texts were seen to hold."""


def order_to_picqer(draft: OrderDraft) -> dict[str, object]:
    """The body of ``POST /orders``: ``order_defaults`` of the shop, overruled by what we know.

    Raises Unmappable, before anything is sent, for another currency, an unknown country, a line
    without SKU, a tax rate without VAT group, or nothing left to ship.
    """
    _check_currency(draft)
    body: dict[str, object] = dict(draft.shop.order_defaults)
    if draft.idcustomer is not None:
        body["idcustomer"] = draft.idcustomer
    body["reference"] = _reference(draft)
    body.update(addresses_to_picqer(draft.order, all_fields=draft.all_addresses))
    body.update(_contact(draft.order))
    profile = _shipping_profile(draft)
    if profile is not None:
        body["idshippingprovider_profile"] = profile
    body["products"] = _products(draft) + _shipping_costs(draft)
    return body


def _check_currency(draft: OrderDraft) -> None:
    wanted = draft.shop.account.currency
    if draft.order.currency.upper() != wanted.upper():
        raise Unmappable(
            f"Order {draft.order.number} is in {draft.order.currency} and the Picqer account "
            f"{draft.shop.account.name!r} in {wanted}; enter it in Picqer by hand, then dismiss "
            f"this job."
        )


def _reference(draft: OrderDraft) -> str:
    if not draft.reference.strip():
        raise Unmappable(f"Order {draft.order.id} has no number to be its reference at Picqer.")
    if len(draft.reference) > LONGEST_REFERENCE:
        raise Unmappable(
            f"The reference of order {draft.order.id} is longer than {LONGEST_REFERENCE} "
            f"characters; shorten the shop's `reference` setting."
        )
    return draft.reference


def _contact(order: Order) -> dict[str, object]:
    """How to reach the customer, and what the customer wrote."""
    phones = (order.shipping_address.phone, order.customer.phone, order.billing_address.phone)
    note = text(order.customer_note)
    fields = {
        "telephone": next((text(phone) for phone in phones if text(phone)), None),
        "emailaddress": text(order.customer.email),
        "customer_remarks": note[:LONGEST_REMARK] if note else None,
        "language": language_to_picqer(order.customer),
        "pickup_point_data": dict(order.pickup_point) if order.pickup_point else None,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _shipping_profile(draft: OrderDraft) -> int | None:
    """The idshippingprovider_profile of the shop's shipping method, by its code, then its title."""
    profiles = draft.shop.shipping_profiles
    for line in draft.order.shipping_lines:
        for name in (line.code, line.title):
            if name is not None and name in profiles:
                return profiles[name]
    return None


def _products(draft: OrderDraft) -> list[dict[str, object]]:
    order = draft.order
    lines = exact_lines(order)
    if not lines:
        raise Unmappable(f"Order {order.number} has nothing left to ship.")
    require_skus(order)
    return [_product(line, draft) for line in lines]


def _product(line: OrderLine, draft: OrderDraft) -> dict[str, object]:
    productcode = line.sku or ""
    where = f"{productcode} in order {draft.order.number}"
    return {
        "productcode": productcode,
        "amount": line.quantity,
        **_value(line.unit_price_net, line.tax_rate, where, draft),
    }


def _shipping_costs(draft: OrderDraft) -> list[dict[str, object]]:
    """A line per shipping cost, on the product that the operator chose for it; none by default."""
    productcode = draft.shop.shipping_productcode
    if productcode is None:
        return []
    where = f"the shipping of order {draft.order.number}"
    return [
        {"productcode": productcode, "amount": 1, **_value(cost.net, cost.tax_rate, where, draft)}
        for cost in draft.order.shipping_lines
        if cost.net
    ]


def _value(
    net: Decimal, tax_rate: Decimal | None, where: str, draft: OrderDraft
) -> dict[str, object]:
    """Price, and the VAT group whenever the shop says its rate: it may be a foreign one."""
    value: dict[str, object] = {"price": price_to_picqer(net, where)}
    if tax_rate is not None:
        value["idvatgroup"] = vat_group_for(tax_rate, draft.vat_groups, where)
    return value
