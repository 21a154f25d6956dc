"""Endpoints of an order's lines, tags, comments and notes (picqer.com/en/api/orders)."""

from integration.sandbox.picqer import orders, shapes_orders
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints.call import Answer, Call, Endpoint
from integration.sandbox.picqer.hooks import announce
from integration.sandbox.picqer.order_entry import event, whole
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Order, OrderLine
from integration.sandbox.picqer.wire import Json


def _order(books: Books, call: Call) -> Order:
    return call.find(books.orders, "idorder")


def _line(order: Order, call: Call) -> OrderLine:
    for line in order.lines:
        if line.idorder_product == call.id("idorder_product"):
            return line
    raise Refusal(20)


def list_lines(books: Books, call: Call) -> Answer:
    """The lines of an order."""
    return Answer([shapes_orders.order_line(line) for line in _order(books, call).lines])


def post_line(books: Books, call: Call) -> Answer:
    """One more line on a concept."""
    line = orders.add_line(books, _order(books, call), call.json())
    return Answer(shapes_orders.order_line(line), 201)


def put_line(books: Books, call: Call) -> Answer:
    """Some fields of a concept's line."""
    order = _order(books, call)
    line = _line(order, call)
    orders.change_line(books, order, line, call.json())
    return Answer(shapes_orders.order_line(line))


def delete_line(books: Books, call: Call) -> Answer:
    """One line less on a concept."""
    order = _order(books, call)
    line = _line(order, call)
    orders.refuse_line_change(order)
    order.lines.remove(line)
    return Answer(None, 204)


def list_tags(books: Books, call: Call) -> Answer:
    """The tags of an order: here they are a list."""
    return Answer([books.tags[idtag] for idtag in _order(books, call).tags])


def post_tag(books: Books, call: Call) -> Answer:
    """One more tag."""
    order = _order(books, call)
    idtag = whole(call.json().get("idtag"), 5)
    if idtag not in books.tags:
        raise Refusal(20)
    if idtag not in order.tags:
        order.tags.append(idtag)
    return Answer([books.tags[known] for known in order.tags], 201)


def delete_tag(books: Books, call: Call) -> Answer:
    """One tag less."""
    order = _order(books, call)
    if call.id("idtag") not in order.tags:
        raise Refusal(20)
    order.tags.remove(call.id("idtag"))
    return Answer(None, 204)


def list_comments(books: Books, call: Call) -> Answer:
    """The comments on an order."""
    return Answer(_order(books, call).comments)


def post_comment(books: Books, call: Call) -> Answer:
    """A comment on an order."""
    order, body = _order(books, call), call.json().get("body")
    if not body:
        raise Refusal(5, "Missing parameter body")
    comment: Json = {
        "idcomment": books.number("comment"),
        "body": str(body),
        "author_type": "user",
        "author": None,
        "source_type": "order",
        "source": {"idorder": order.idorder},
        "mentions": [],
        "created_at": books.stamp(),
        "updated_at": books.stamp(),
    }
    order.comments.append(comment)
    return Answer(comment, 201)


def list_notes(books: Books, call: Call) -> Answer:
    """The notes on an order, the older kind of comment."""
    return Answer(_order(books, call).notes)


def post_note(books: Books, call: Call) -> Answer:
    """A note on an order."""
    order, text = _order(books, call), call.json().get("note")
    if not text:
        raise Refusal(5, "Missing parameter note")
    note: Json = {"idnote": books.number("note"), "note": str(text), "created": books.stamp()}
    order.notes.append(note)
    announce(books, event(books, "orders.notes.created", order))
    return Answer(note, 201)


ENDPOINTS: list[Endpoint] = [
    ("GET", "/orders/{idorder:int}/products", list_lines),
    ("POST", "/orders/{idorder:int}/products", post_line),
    ("PUT", "/orders/{idorder:int}/products/{idorder_product:int}", put_line),
    ("DELETE", "/orders/{idorder:int}/products/{idorder_product:int}", delete_line),
    ("GET", "/orders/{idorder:int}/tags", list_tags),
    ("POST", "/orders/{idorder:int}/tags", post_tag),
    ("DELETE", "/orders/{idorder:int}/tags/{idtag:int}", delete_tag),
    ("GET", "/orders/{idorder:int}/comments", list_comments),
    ("POST", "/orders/{idorder:int}/comments", post_comment),
    ("GET", "/orders/{idorder:int}/notes", list_notes),
    ("POST", "/orders/{idorder:int}/notes", post_note),
]
