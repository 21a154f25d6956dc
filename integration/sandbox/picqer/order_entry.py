"""Entering an order: what Picqer demands, fills in and refuses (picqer.com/en/api/orders)."""

from typing import Any

from integration.sandbox.picqer import shapes_orders
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.countries import is_country
from integration.sandbox.picqer.hooks import Event, announce
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Customer, Order, OrderLine, Product
from integration.sandbox.picqer.wire import Json

ADDRESS = ("name", "contactname", "address", "address2", "zipcode", "city", "region", "country")
KINDS = ("delivery", "invoice")
HEADER: Json = {
    "idtemplate": None,
    "idshippingprovider_profile": None,
    **{kind + part: None for kind in KINDS for part in ADDRESS},
    "telephone": None,
    "emailaddress": None,
    "reference": None,
    "customer_remarks": None,
    "pickup_point_data": None,
    "partialdelivery": True,
    "auto_split": True,
    "invoiced": False,
    "preferred_delivery_date": None,
    "discount": 0,
    "calculatevat": True,
    "language": "nl",
    "idfulfilment_customer": None,
    "warehouses": None,
    "orderfields": [],
}


def create(books: Books, wanted: Json) -> Order:
    """Enter an order as a concept; nothing stops two orders with one reference.

    Refusals: 13 without products, 23 and 24 for a line, 25 for the customer, 5, 9 and 10 for the
    addresses, 14 for a VAT group.
    """
    customer = _customer(books, wanted)
    fields = _header(books, wanted, customer)
    lines = _lines(books, wanted.get("products"))
    number = books.number("order")
    order = Order(
        idorder=number,
        orderid=f"O{books.stamp()[:4]}-{number:04d}",
        idcustomer=customer.idcustomer if customer else None,
        fields=fields,
        lines=lines,
        born=books.clock(),
        created=books.stamp(),
        updated=books.stamp(),
    )
    books.orders[number] = order
    if order.reference is not None:
        books.references[order.reference].append(number)
    announce(books, event(books, "orders.created", order))
    return order


def event(books: Books, name: str, order: Order) -> Event:
    """Return an event about an order."""
    return Event(name, str(order.idorder), lambda: shapes_orders.order(books, order))


def _customer(books: Books, wanted: Json) -> Customer | None:
    idcustomer = wanted.get("idcustomer")
    if idcustomer is None:
        return None
    customer = books.customers.get(whole(idcustomer, 25))
    if customer is None:
        raise Refusal(25, f"Customer {idcustomer} does not exist")
    return customer


def whole(value: object, error_code: int) -> int:
    """Return a whole number given as a number or in digits; Refusal when it is something else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Refusal(error_code)
    try:
        return int(value)
    except ValueError as error:
        raise Refusal(error_code) from error


def money(value: object) -> float:
    """Return a price as Picqer's JSON number; Refusal 5 when it is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refusal(5, "Invalid price")
    try:
        return float(value)
    except ValueError as error:
        raise Refusal(5, "Invalid price") from error


def _header(books: Books, wanted: Json, customer: Customer | None) -> Json:
    fields = {key: wanted.get(key, default) for key, default in HEADER.items()}
    for kind in KINDS:
        if fields[f"{kind}name"] == "":
            raise Refusal(10, f"{kind}name cannot be empty")
        if customer is not None:
            _fill_from_customer(fields, kind, customer)
        check_address(fields, kind)
    if customer is not None:
        _fill_contact(fields, wanted, customer)
    settle(books, fields)
    return fields


def settle(books: Books, fields: Json) -> None:
    """Give header fields their usual type, and the account's defaults where they are empty."""
    if fields["reference"] is not None:
        fields["reference"] = str(fields["reference"])
    if fields["idtemplate"] is None:
        fields["idtemplate"] = next(iter(books.templates), None)
    if not fields["warehouses"]:
        fields["warehouses"] = [
            row.idwarehouse for row in books.warehouses.values() if row.accept_orders
        ]


def _fill_from_customer(fields: Json, kind: str, customer: Customer) -> None:
    """Fill each empty field of an address from the customer's, as Picqer documents."""
    usual = [row for row in customer.addresses if row.get(f"default{kind}")]
    address: Json = (usual or customer.addresses or [{"name": customer.fields["name"]}])[0]
    for part in ADDRESS:
        if not fields[kind + part]:
            fields[kind + part] = address.get(part)


def _fill_contact(fields: Json, wanted: Json, customer: Customer) -> None:
    fields["calculatevat"] = customer.fields["calculatevat"]
    for key in ("telephone", "emailaddress"):
        if not fields[key]:
            fields[key] = customer.fields[key]
    for key in ("language", "discount", "auto_split"):
        if key not in wanted:
            fields[key] = customer.fields[key]
    if not fields["idtemplate"]:
        fields["idtemplate"] = customer.fields["idtemplate"]


def check_address(fields: Json, kind: str) -> None:
    """Refuse an address without a name (5) or with a missing (5) or unknown (9) country."""
    if not fields[f"{kind}name"]:
        raise Refusal(5, f"Missing parameter {kind}name")
    country = fields[f"{kind}country"]
    if not country:
        raise Refusal(5, f"Missing parameter {kind}country")
    if not is_country(country):
        raise Refusal(9, f"Invalid country code in {kind}country")


def _lines(books: Books, wanted: Any) -> list[OrderLine]:
    if not isinstance(wanted, list) or not wanted:
        raise Refusal(13)
    # Every line is checked before the first one gets a number, so a refusal leaves no gap.
    checked = [_checked(books, line) for line in wanted]
    return [new_line(books, product, line) for product, line in checked]


def _checked(books: Books, line: Any) -> tuple[Product, Json]:
    if not isinstance(line, dict):
        raise Refusal(23)
    product = find_product(books, line)
    if whole(line.get("amount"), 23) <= 0:
        raise Refusal(23)
    idvatgroup = line.get("idvatgroup")
    if idvatgroup is not None and whole(idvatgroup, 14) not in books.vatgroups:
        raise Refusal(14)
    if line.get("price") is not None:
        money(line["price"])
    return product, line


def find_product(books: Books, line: Json) -> Product:
    """Return the product that a line names by idproduct or productcode; 23 or 24 when it cannot.

    What Picqer says of an inactive product is not documented; this is the stricter of two answers.
    """
    idproduct = line.get("idproduct")
    if idproduct is None and line.get("productcode"):
        idproduct = books.productcodes.get(str(line["productcode"]), 0)
    if idproduct is None:
        raise Refusal(23)
    product = books.products.get(whole(idproduct, 24))
    if product is None or not product.active:
        raise Refusal(24)
    return product


def new_line(books: Books, product: Product, wanted: Json) -> OrderLine:
    """Return a new line; what it does not say comes from the product."""
    price = wanted.get("price")
    idvatgroup = wanted.get("idvatgroup")
    return OrderLine(
        idorder_product=books.number("orderline"),
        idproduct=product.idproduct,
        idvatgroup=product.idvatgroup if idvatgroup is None else int(idvatgroup),
        productcode=product.productcode,
        name=str(wanted.get("name") or product.fields["name"]),
        remarks=str(wanted.get("remarks") or ""),
        price=money(product.fields["price"] if price is None else price),
        amount=int(wanted["amount"]),
        weight=int(product.fields["weight"] or 0),
    )
