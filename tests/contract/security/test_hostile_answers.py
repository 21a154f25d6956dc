"""Answers of Picqer and of shops that make no sense: only the errors that a job can end with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.errors import Unmappable
from integration.picqer.mapping import records as picqer
from integration.picqer.mapping.reading import Malformed
from integration.webshops.custom import mapping as custom
from integration.webshops.woocommerce.mapping import orders as woocommerce
from tests.contract.security.hostile import spoilt
from tests.contract.security.senders import WOOCOMMERCE
from tests.contract.security.test_hostile_deliveries import CUSTOM, PICQER, STAMP
from tests.woocommerce.captures import answer

ADDRESS = {
    "name": "A. Jansen", "company": None, "street": "Dorpsstraat 1", "postal_code": "1234 AB",
    "city": "Arnhem", "country": "NL", "phone": None,
}  # fmt: skip
ORDER = {
    "id": "1042", "number": "1042", "payment_status": "paid", "fulfillment_status": "unfulfilled",
    "holds_stock": True, "cancelled": False, "placed_at": "2026-11-23T10:00:00Z",
    "paid_at": "2026-11-23T10:01:00Z", "updated_at": "2026-11-23T10:01:00Z", "currency": "EUR",
    "customer": {"id": "77", "created_at": "2026-11-23T09:58:00Z", "email": "a@example.org",
                 "name": "A. Jansen"},
    "billing_address": ADDRESS, "shipping_address": ADDRESS,
    "lines": [{"id": "1", "product_id": "9", "sku": "MUG-BLUE", "name": "Blue mug", "quantity": 2,
               "unit_price_net": "8.2200", "tax_rate": "21", "requires_shipping": True}],
    "shipping_lines": [{"title": "PostNL", "code": "postnl", "net": "4.09", "tax_rate": "21"}],
    "fees": [], "discounts": [], "totals": {"net": "20.53", "tax": "4.31", "gross": "24.84"},
    "pickup_point": {"id": "NL-1"}, "attributes": {"gift": "yes"},
}  # fmt: skip
PICQER_ORDER = {
    "idorder": 301, "orderid": "O2026-1", "idcustomer": 5, "reference": "1042",
    "status": "processing", "updated": STAMP, "created": STAMP,
    "products": [{"idorder_product": 2, "idproduct": 9, "productcode": "MUG-BLUE", "amount": 2}],
}  # fmt: skip
PICQER_PRODUCT = {
    "idproduct": 9, "idvatgroup": 18, "productcode": "MUG-BLUE", "name": "Blue mug", "price": 8.22,
    "active": True, "unlimitedstock": False,
    "stock": [{"idwarehouse": 18, "stock": 3, "reserved": 1, "freestock": 2}],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that is read from the outside: a good document, and who reads it."""

    name: str
    document: Any
    read: Callable[[Any], object]


def of_woocommerce(document: Any) -> object:
    wanted = woocommerce.wanted_context(document)
    context = woocommerce.OrderContext()
    return wanted, woocommerce.order_of(document, "18", WOOCOMMERCE, context)


READINGS = (
    Reading("an order of a custom shop", ORDER, lambda found: custom.order_of(found, "1042")),
    Reading(
        "a product of a custom shop", CUSTOM[1]["data"], lambda found: custom.product_of(found, "9")
    ),
    Reading("the stock of a custom shop", {"sku": "MUG-BLUE", "sellable": 3}, custom.shown_of),
    Reading("an order of WooCommerce", answer("029"), of_woocommerce),
    Reading("an order of Picqer", PICQER_ORDER, picqer.read_order),
    Reading("a product of Picqer", PICQER_PRODUCT, lambda found: picqer.read_product(found, STAMP)),
    Reading("a picklist of Picqer", PICQER[1]["data"], picqer.read_picklist),
    Reading("a shipment of Picqer", PICQER[2]["data"], picqer.read_shipment),
    Reading("a customer of Picqer", {"idcustomer": 5, "emailaddress": "a"}, picqer.read_customer),
    Reading("a warehouse of Picqer", {"idwarehouse": 18, "name": "Main"}, picqer.read_warehouse),
    Reading(
        "a VAT group of Picqer",
        {"idvatgroup": 18, "name": "high", "percentage": 21},
        picqer.read_vat_group,
    ),
)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_a_good_document_is_read(reading: Reading) -> None:
    assert reading.read(reading.document) is not None


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_spoilt_document_is_read_or_refused_in_words(
    reading: Reading, data: st.DataObject
) -> None:
    document = data.draw(spoilt(reading.document))
    # As it comes over the wire: numbers with a point are exact, NaN is what Python makes of it.
    received = json.loads(json.dumps(document), parse_float=Decimal)
    assert 0 < len(refusal(reading, received)) < 500


def refusal(reading: Reading, document: Any) -> str:
    """What a person reads when this document comes in."""
    try:
        reading.read(document)
    except (Malformed, Unmappable) as refused:
        return str(refused).strip()
    return "nothing is wrong"
