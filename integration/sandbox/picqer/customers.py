"""Customers and their addresses (picqer.com/en/api/customers)."""

from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.countries import full_address, is_country
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Customer
from integration.sandbox.picqer.wire import Json

FIELDS: Json = {
    "idtemplate": None,
    "name": "",
    "contactname": None,
    "telephone": None,
    "emailaddress": None,
    "discount": 0,
    "vatnumber": None,
    "calculatevat": True,
    "remarks": None,
    "default_order_remarks": "",
    "auto_split": True,
    "language": "nl",
    "idfulfilment_customer": None,
}
ADDRESS: Json = {
    "name": "",
    "contactname": None,
    "address": None,
    "address2": None,
    "zipcode": None,
    "city": None,
    "region": None,
    "country": None,
    "defaultinvoice": False,
    "defaultdelivery": False,
}


def create(books: Books, wanted: Json) -> Customer:
    """Enter a customer; Refusal 5 without a name, 5 and 9 for an address."""
    if not wanted.get("name"):
        raise Refusal(5, "Missing parameter name")
    addresses = wanted.get("addresses") or []
    for address in addresses:
        _check(address)
    number = books.number("customer")
    customer = Customer(
        idcustomer=number,
        customerid=str(wanted.get("customerid") or 1000 + number),
        fields={key: wanted.get(key, default) for key, default in FIELDS.items()},
        born=books.clock(),
        created=books.stamp(),
        updated=books.stamp(),
    )
    books.customers[number] = customer
    for address in addresses:
        add_address(books, customer, address)
    return customer


def change(books: Books, customer: Customer, wanted: Json) -> None:
    """Change the fields that are given; Refusal 5 for an empty name."""
    if "name" in wanted and not wanted["name"]:
        raise Refusal(5, "Missing parameter name")
    customer.fields |= {key: wanted[key] for key in FIELDS if key in wanted}
    customer.customerid = str(wanted.get("customerid") or customer.customerid)
    customer.updated = books.stamp()


def _check(address: object) -> None:
    if not isinstance(address, dict) or not address.get("name"):
        raise Refusal(5, "Missing parameter name in an address")
    if address.get("country") is not None and not is_country(address["country"]):
        raise Refusal(9)


def add_address(books: Books, customer: Customer, wanted: Json) -> Json:
    """Add an address; the newest default takes over from the one before it."""
    _check(wanted)
    address: Json = {"idcustomer_address": books.number("address"), **ADDRESS}
    customer.addresses.append(address)
    change_address(customer, address, wanted)
    return address


def change_address(customer: Customer, address: Json, wanted: Json) -> None:
    """Change the fields of an address that are given."""
    _check({**address, **wanted})
    address |= {key: wanted[key] for key in ADDRESS if key in wanted}
    for default in ("defaultinvoice", "defaultdelivery"):
        for other in customer.addresses if address[default] else ():
            other[default] = other is address
    address["full_address"] = full_address(address)
