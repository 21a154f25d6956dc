"""Endpoints of orders (picqer.com/en/api/orders)."""

from collections.abc import Iterator

from integration.sandbox.picqer import order_entry, orders, processing, shapes, shapes_orders
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints.call import (
    Answer,
    Call,
    Endpoint,
    after,
    contains,
    same,
    within,
)
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Order


def _order(books: Books, call: Call) -> Order:
    return call.find(books.orders, "idorder")


def _answer(books: Books, order: Order, status: int = 200) -> Answer:
    return Answer(shapes_orders.order(books, order), status)


def _listed(books: Books, call: Call) -> Iterator[Order]:
    since, until = call.since("sincedate"), call.until("untildate")
    low, high = call.number("sinceid"), call.number("beforeid")
    reference = call.text("reference")
    known = books.orders
    if reference is not None:
        # An account with many orders answers this question often; the index keeps it quick.
        known = {row.idorder: row for row in books.by_reference(reference)}
    for row in call.seen(books, known):
        if not after(low, high, row.idorder) or not within(row.created, since, until):
            continue
        fits = (
            same(call.text("orderid"), row.orderid)
            and same(call.text("status"), row.status)
            and same(call.text("emailaddress"), row.fields["emailaddress"])
            and same(call.text("idcustomer"), row.idcustomer)
        )
        names = (row.fields["deliveryname"], row.fields["deliverycontactname"])
        if fits and contains(call.text("search"), row.orderid, row.reference, *names):
            yield row


def list_orders(books: Books, call: Call) -> Answer:
    """Orders of every status, cancelled ones included."""
    return call.page(_listed(books, call), lambda row: shapes_orders.order(books, row))


def get_order(books: Books, call: Call) -> Answer:
    """One order."""
    return _answer(books, _order(books, call))


def post_order(books: Books, call: Call) -> Answer:
    """A new order, as a concept."""
    return _answer(books, order_entry.create(books, call.json()), 201)


def put_order(books: Books, call: Call) -> Answer:
    """Some header fields of an order."""
    order = _order(books, call)
    orders.change(books, order, call.json())
    return _answer(books, order)


def delete_order(books: Books, call: Call) -> Answer:
    """Cancel an order; `force` is taken from the query or from the body, both were seen."""
    order = _order(books, call)
    orders.cancel(books, order, force=call.flag("force") or bool(call.json().get("force")))
    return Answer(None, 204)


def process(books: Books, call: Call) -> Answer:
    """Take an order into processing; the answer comes before its picklists exist."""
    order = _order(books, call)
    processing.process(books, order)
    answer = _answer(books, order)
    delay = books.tuning.process_delay
    books.agenda.after(delay, lambda: processing.finish(books, order))
    return answer


def pause(books: Books, call: Call) -> Answer:
    """Pause an order in processing."""
    order = _order(books, call)
    orders.pause(books, order, str(call.json().get("reason") or ""))
    return _answer(books, order)


def resume(books: Books, call: Call) -> Answer:
    """Let a paused order go on."""
    order = _order(books, call)
    orders.resume(books, order)
    return _answer(books, order)


def change_to_concept(books: Books, call: Call) -> Answer:
    """Make an expected order a concept."""
    order = _order(books, call)
    if order.status != "expected":
        raise Refusal(21)
    orders.set_status(books, order, "concept")
    return _answer(books, order)


def allocate(books: Books, call: Call) -> Answer:
    """Promise stock to a concept."""
    order = _order(books, call)
    processing.allocate(books, order)
    return _answer(books, order)


def deallocate(books: Books, call: Call) -> Answer:
    """Give the stock promised to a concept back."""
    order = _order(books, call)
    orders.refuse_line_change(order)
    processing.release(books, order)
    return _answer(books, order)


def process_backorders(books: Books, call: Call) -> Answer:
    """Make picklists of the order's backorders for which there is stock."""
    order = _order(books, call)
    processing.process_backorders(books, order)
    return _answer(books, order)


def product_status(books: Books, call: Call) -> Answer:
    """Whether each line's stock is promised; the rest of Picqer's shape is not known."""
    order = _order(books, call)
    promised = order.status not in {"concept", "expected", "cancelled"}
    allocated = {idproduct: amount for idproduct, _, amount in order.allocations}
    lines = [
        {
            **shapes_orders.order_line(line),
            "allocated": promised or allocated.get(line.idproduct, 0) >= line.amount,
        }
        for line in order.lines
    ]
    return Answer({"products": lines})


def list_backorders(books: Books, call: Call) -> Answer:
    """What of this order waits for stock."""
    order = _order(books, call)
    mine = (row for row in books.backorders.values() if row.idorder == order.idorder)
    return Answer([shapes.backorder(books, row) for row in mine])


ENDPOINTS: list[Endpoint] = [
    ("GET", "/orders", list_orders),
    ("POST", "/orders", post_order),
    ("GET", "/orders/{idorder:int}", get_order),
    ("PUT", "/orders/{idorder:int}", put_order),
    ("DELETE", "/orders/{idorder:int}", delete_order),
    ("POST", "/orders/{idorder:int}/process", process),
    ("POST", "/orders/{idorder:int}/pause", pause),
    ("POST", "/orders/{idorder:int}/resume", resume),
    ("POST", "/orders/{idorder:int}/change-to-concept", change_to_concept),
    ("POST", "/orders/{idorder:int}/allocate", allocate),
    ("POST", "/orders/{idorder:int}/deallocate", deallocate),
    ("POST", "/orders/{idorder:int}/process-backorders", process_backorders),
    ("GET", "/orders/{idorder:int}/productstatus", product_status),
    ("GET", "/orders/{idorder:int}/backorders", list_backorders),
]
