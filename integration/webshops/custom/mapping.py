"""The custom webshop contract: its JSON as our orders, products and figures, and back. Pure.

The contract is docs/reference/custom-webshop.openapi.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from integration.domain import (
    Address,
    ChargeLine,
    Customer,
    FulfillmentStatus,
    Order,
    OrderLine,
    PaymentStatus,
    Product,
    Shipment,
)
from integration.fingerprints import fingerprint
from integration.json_fields import Fields, object_of
from integration.others_words import quoted
from integration.ports import OrderChange, ShownStock, StockAnswer, StockItem, StockResult

LONGEST_MESSAGE = 200
CURRENCY = re.compile(r"[A-Z]{3}")
JsonObject = dict[str, object]


def order_of(document: object, order_id: str | None = None) -> Order:
    """A shop order. Raises Unmappable, which names the order and the field.

    ``order_id`` is the one that was asked for; another one in the answer is refused.
    """
    named = order_id or _named(document)
    fields = object_of(document, f"order {named}")
    if order_id is not None and fields.text("id") != order_id:
        raise fields.wrong("id", "is not the id that was asked for")
    status = fields.choice("payment_status", PaymentStatus)
    return Order(
        id=fields.text("id"),
        number=fields.text("number"),
        payment_status=status,
        release=fields.flag("release", default=status is PaymentStatus.PAID),
        fulfillment_status=fields.choice("fulfillment_status", FulfillmentStatus),
        holds_stock=fields.flag("holds_stock"),
        cancelled=fields.flag("cancelled"),
        test=fields.flag("test", default=False),
        placed_at=fields.instant("placed_at"),
        paid_at=fields.optional_instant("paid_at"),
        updated_at=fields.optional_instant("updated_at"),
        currency=_currency(fields),
        customer=_customer(fields.table("customer")),
        billing_address=_address(fields.table("billing_address")),
        shipping_address=_address(fields.table("shipping_address")),
        lines=tuple(_line(line) for line in fields.tables("lines")),
        shipping_lines=_charges(fields, "shipping_lines"),
        fees=_charges(fields, "fees"),
        discounts=_charges(fields, "discounts"),
        total_net=_total_net(fields),
        customer_note=fields.optional_text("customer_note"),
        withheld=fields.flag("withheld", default=False),
        pickup_point=fields.optional_table("pickup_point"),
        attributes=_attributes(fields),
    )


def order_change_of(document: object) -> OrderChange:
    """Which order it is and when it changed. Raises Unmappable, which names the order."""
    fields = object_of(document, f"order {_named(document)}")
    return OrderChange(fields.text("id"), fields.optional_instant("updated_at"))


def product_of(document: object, product_id: str | None = None) -> Product:
    """A shop product. Raises Unmappable, which names the product and the field."""
    named = product_id or _named(document)
    fields = object_of(document, f"product {named}")
    if product_id is not None and fields.text("id") != product_id:
        raise fields.wrong("id", "is not the id that was asked for")
    product = Product(
        id=fields.text("id"),
        sku=fields.optional_text("sku"),
        name=fields.text("name"),
        price_net=fields.decimal("price_net"),
        tax_rate=fields.optional_decimal("tax_rate"),
        currency=_currency(fields),
        barcode=fields.optional_text("barcode"),
        weight_g=fields.optional_whole("weight_g"),
        length_mm=fields.optional_whole("length_mm"),
        width_mm=fields.optional_whole("width_mm"),
        height_mm=fields.optional_whole("height_mm"),
        description=fields.optional_text("description") or "",
        image_urls=fields.texts("image_urls"),
        active=fields.flag("active", default=True),
        stock_managed=fields.flag("stock_managed", default=True),
        updated_at=fields.optional_instant("updated_at"),
    )
    return replace(product, revision=fingerprint(product))


def shown_of(document: object) -> ShownStock | None:
    """One line of the shop's stock list; None for a line without SKU.

    ``sellable`` null says that the shop keeps no stock of it.
    """
    sku = object_of(document, "stock list").optional_text("sku")
    if sku is None:
        return None
    fields = object_of(document, f"stock of {sku}")
    sellable = fields.optional_whole("sellable", lowest=None)
    return ShownStock(productcode=sku, sellable=sellable, managed=sellable is not None)


def stock_body(items: Sequence[StockItem]) -> JsonObject:
    """The body of ``PUT /stock``."""
    return {"items": [{"sku": item.productcode, "sellable": item.sellable} for item in items]}


def stock_results(document: object, items: Sequence[StockItem]) -> list[StockResult]:
    """One result per item that was sent; an item the shop says nothing about was not written."""
    answers: dict[str, StockResult] = {}
    for fields in object_of(document, "answer to PUT /stock").tables("results"):
        sku = fields.text("sku")
        answers[sku] = _stock_result(sku, fields)
    silent = "the shop's answer does not mention it"
    return [
        answers.get(item.productcode, StockResult(item.productcode, StockAnswer.REFUSED, silent))
        for item in items
    ]


def shipment_body(shipment: Shipment) -> JsonObject:
    """The body of ``PUT /orders/{id}/shipments/{shipment_key}``."""
    return {
        "shipment_key": shipment.shipment_key,
        "shipped_at": instant_text(shipment.shipped_at),
        "notify_customer": shipment.notify_customer,
        "lines": [
            {"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity}
            for line in shipment.lines
        ],
        "parcels": [
            {
                "tracking_code": parcel.tracking_code,
                "tracking_url": parcel.tracking_url,
                "carrier": parcel.carrier,
            }
            for parcel in shipment.parcels
        ],
    }


def instant_text(instant: datetime) -> str:
    """An instant as the contract writes it: RFC 3339 in UTC, rounded down to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shop_message(document: object) -> str:
    """The shop's own text in a refusal, cut short, on one line, «so»."""
    text = document.get("error") if isinstance(document, dict) else None
    if not isinstance(text, str) or not text.strip():
        return "without saying why"
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return quoted(line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…")


def _named(document: object) -> str:
    """The id in the document, for a message; whatever it is, it is kept short."""
    found = document.get("id") if isinstance(document, dict) else None
    return found[:64] if isinstance(found, str) and found.isprintable() else "without id"


def _currency(fields: Fields) -> str:
    currency = fields.text("currency")
    if not CURRENCY.fullmatch(currency):
        raise fields.wrong("currency", "is not three capitals such as EUR")
    return currency


def _customer(fields: Fields) -> Customer:
    return Customer(
        id=fields.optional_text("id"),
        created_at=fields.optional_instant("created_at"),
        email=fields.optional_text("email"),
        name=fields.optional_text("name"),
        company=fields.optional_text("company"),
        phone=fields.optional_text("phone"),
        vat_number=fields.optional_text("vat_number"),
        language=fields.optional_text("language"),
    )


def _address(fields: Fields) -> Address:
    country = fields.optional_text("country")
    return Address(
        name=fields.optional_text("name"),
        company=fields.optional_text("company"),
        street=fields.optional_text("street"),
        street2=fields.optional_text("street2"),
        postal_code=fields.optional_text("postal_code"),
        city=fields.optional_text("city"),
        region=fields.optional_text("region"),
        country=country.upper() if country else None,
        phone=fields.optional_text("phone"),
    )


def _line(fields: Fields) -> OrderLine:
    return OrderLine(
        id=fields.text("id"),
        sku=fields.optional_text("sku"),
        name=fields.optional_text("name") or "",
        quantity=fields.whole("quantity"),
        unit_price_net=fields.decimal("unit_price_net"),
        tax_rate=fields.optional_decimal("tax_rate"),
        product_id=fields.optional_text("product_id"),
        requires_shipping=fields.flag("requires_shipping", default=True),
    )


def _charges(fields: Fields, name: str) -> tuple[ChargeLine, ...]:
    return tuple(
        ChargeLine(
            title=charge.optional_text("title") or "",
            net=charge.decimal("net"),
            tax_rate=charge.optional_decimal("tax_rate"),
            code=charge.optional_text("code"),
        )
        for charge in fields.tables(name)
    )


def _total_net(fields: Fields) -> Decimal | None:
    if fields.values.get("totals") is None:
        return None
    return fields.table("totals").optional_decimal("net")


def _attributes(fields: Fields) -> Mapping[str, str]:
    """The shop's own remarks by name; those that are no text are left out."""
    found = fields.optional_table("attributes") or {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _stock_result(sku: str, fields: Fields) -> StockResult:
    if fields.flag("ok"):
        return StockResult(sku, StockAnswer.WRITTEN)
    error = fields.optional_text("error")
    if error in (StockAnswer.UNKNOWN_SKU, StockAnswer.NOT_MANAGED):
        return StockResult(sku, StockAnswer(error))
    return StockResult(sku, StockAnswer.REFUSED, shop_message({"error": error}))
