"""Endpoints of customers and their addresses (picqer.com/en/api/customers)."""

from collections.abc import Iterator

from integration.sandbox.picqer import customers, shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints.call import Answer, Call, Endpoint, contains, same
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Customer
from integration.sandbox.picqer.wire import Json


def _listed(books: Books, call: Call) -> Iterator[Customer]:
    search, customerid = call.text("search"), call.text("customerid")
    return (
        row
        for row in call.seen(books, books.customers)
        if same(customerid, row.customerid)
        and contains(
            search,
            row.customerid,
            row.fields["name"],
            row.fields["contactname"],
            row.fields["emailaddress"],
        )
    )


def list_customers(books: Books, call: Call) -> Answer:
    """Customers; `search` finds by name, number and e-mail, and may find several."""
    return call.page(_listed(books, call), lambda row: shapes.customer(books, row))


def get_customer(books: Books, call: Call) -> Answer:
    """One customer."""
    return Answer(shapes.customer(books, call.find(books.customers, "idcustomer")))


def post_customer(books: Books, call: Call) -> Answer:
    """A new customer, with or without addresses."""
    return Answer(shapes.customer(books, customers.create(books, call.json())), 201)


def put_customer(books: Books, call: Call) -> Answer:
    """Some fields of a customer."""
    customer = call.find(books.customers, "idcustomer")
    customers.change(books, customer, call.json())
    return Answer(shapes.customer(books, customer))


def delete_customer(books: Books, call: Call) -> Answer:
    """Forget a customer that has no orders."""
    customer = call.find(books.customers, "idcustomer")
    if any(order.idcustomer == customer.idcustomer for order in books.orders.values()):
        raise Refusal(21, "Customer has orders")
    del books.customers[customer.idcustomer]
    return Answer(None, 204)


def list_addresses(books: Books, call: Call) -> Answer:
    """The addresses of a customer."""
    return Answer(call.find(books.customers, "idcustomer").addresses)


def _address(books: Books, call: Call) -> tuple[Customer, Json]:
    customer = call.find(books.customers, "idcustomer")
    for address in customer.addresses:
        if address["idcustomer_address"] == call.id("idcustomer_address"):
            return customer, address
    raise Refusal(20)


def get_address(books: Books, call: Call) -> Answer:
    """One address of a customer."""
    return Answer(_address(books, call)[1])


def post_address(books: Books, call: Call) -> Answer:
    """A new address of a customer."""
    customer = call.find(books.customers, "idcustomer")
    return Answer(customers.add_address(books, customer, call.json()), 201)


def put_address(books: Books, call: Call) -> Answer:
    """Some fields of an address."""
    customer, address = _address(books, call)
    customers.change_address(customer, address, call.json())
    return Answer(address)


def delete_address(books: Books, call: Call) -> Answer:
    """Take an address away."""
    customer, address = _address(books, call)
    customer.addresses.remove(address)
    return Answer(None, 204)


ENDPOINTS: list[Endpoint] = [
    ("GET", "/customers", list_customers),
    ("POST", "/customers", post_customer),
    ("GET", "/customers/{idcustomer:int}", get_customer),
    ("PUT", "/customers/{idcustomer:int}", put_customer),
    ("DELETE", "/customers/{idcustomer:int}", delete_customer),
    ("GET", "/customers/{idcustomer:int}/addresses", list_addresses),
    ("POST", "/customers/{idcustomer:int}/addresses", post_address),
    ("GET", "/customers/{idcustomer:int}/addresses/{idcustomer_address:int}", get_address),
    ("PUT", "/customers/{idcustomer:int}/addresses/{idcustomer_address:int}", put_address),
    ("DELETE", "/customers/{idcustomer:int}/addresses/{idcustomer_address:int}", delete_address),
]
