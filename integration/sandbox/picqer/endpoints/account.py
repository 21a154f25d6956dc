"""Endpoints of what an account is set up with: warehouses, VAT groups, users and the like."""

from collections.abc import Iterator, Mapping

from integration.sandbox.picqer import picking, processing, shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints.call import Answer, Call, Endpoint, Handler, same, within
from integration.sandbox.picqer.orders import drop_backorders
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Backorder, Product, Stock
from integration.sandbox.picqer.wire import Json


def list_warehouses(books: Books, call: Call) -> Answer:
    """Warehouses."""
    return call.page(books.warehouses.values(), shapes.warehouse)


def get_warehouse(books: Books, call: Call) -> Answer:
    """One warehouse."""
    return Answer(shapes.warehouse(call.find(books.warehouses, "idwarehouse")))


def _stocked(books: Books, idwarehouse: int) -> Iterator[tuple[Product, Stock]]:
    for product in books.products.values():
        held = shapes.held(books, product, idwarehouse)
        if held.stock or held.reserved:
            yield product, held


def warehouse_stock(books: Books, call: Call) -> Answer:
    """Every product with stock or reservations here; a product with neither is absent."""
    place = call.find(books.warehouses, "idwarehouse").idwarehouse

    def shape(row: tuple[Product, Stock]) -> Json:
        entry = shapes.stock_entry(place, row[1])
        entry.pop("freepickablestock")
        product = row[0]
        return {"idproduct": product.idproduct, "productcode": product.productcode, "stock": entry}

    return call.page(_stocked(books, place), shape)


def _rows(attribute: str) -> Handler:
    """Return a handler that lists plain rows."""

    def handle(books: Books, call: Call) -> Answer:
        rows: Mapping[int, Json] = getattr(books, attribute)
        return call.page(rows.values(), lambda row: row)

    return handle


def _row(attribute: str, name: str) -> Handler:
    """Return a handler that gives one plain row."""

    def handle(books: Books, call: Call) -> Answer:
        return Answer(call.find(getattr(books, attribute), name))

    return handle


def me(books: Books, _call: Call) -> Answer:
    """The user behind the API key; a cheap check of credentials."""
    user = next(iter(books.users.values()), None)
    if user is None:
        raise Refusal(20)
    return Answer({**user, "rights": [{"right": "admin", "granted": True}]})


def post_tag(books: Books, call: Call) -> Answer:
    """A new tag."""
    wanted = call.json()
    title = wanted.get("title") or wanted.get("name")
    if not title:
        raise Refusal(5, "Missing parameter title")
    tag: Json = {
        "idtag": books.number("tag"),
        "title": str(title),
        "color": wanted.get("color", "#a68198"),
        "inherit": bool(wanted.get("inherit", True)),
        "textColor": "#000000",
    }
    books.tags[tag["idtag"]] = tag
    return Answer(tag, 201)


def _backorders(books: Books, call: Call) -> Iterator[Backorder]:
    return (
        row
        for row in call.seen(books, books.backorders)
        if same(call.text("idorder"), row.idorder)
        and same(call.text("idproduct"), row.idproduct)
        and same(call.text("idcustomer"), row.idcustomer)
    )


def list_backorders(books: Books, call: Call) -> Answer:
    """What waits for stock."""
    return call.page(_backorders(books, call), lambda row: shapes.backorder(books, row))


def process_backorders(books: Books, _call: Call) -> Answer:
    """Make picklists of every backorder for which there is stock."""
    for idorder in {row.idorder: None for row in books.backorders.values()}:
        processing.process_backorders(books, books.orders[idorder])
    return Answer({"success": True})


def delete_backorder(books: Books, call: Call) -> Answer:
    """Cancel what waits here; an order of which nothing else is left is complete thereby."""
    row = call.find(books.backorders, "idbackorder")
    order = books.orders[row.idorder]
    drop_backorders(books, order, row)
    picking.complete_when_done(books, order)
    return Answer(None, 204)


def stock_history(books: Books, call: Call) -> Answer:
    """Changes of physical stock, newest first."""
    since, until = call.since("sincedate"), call.until("untildate")
    rows = (
        row
        for row in books.stockhistory
        if within(row["changed_at"], since, until)
        and same(call.text("idproduct"), row["idproduct"])
        and same(call.text("idwarehouse"), row["idwarehouse"])
    )
    return call.page(rows, lambda row: row)


def _statistics(books: Books) -> dict[str, int]:
    active = sum(row.active for row in books.products.values())
    statuses = [row.status for row in books.orders.values()]
    return {
        "open-picklists": sum(row.is_open for row in books.picklists.values()),
        "open-orders": statuses.count("processing") + statuses.count("concept"),
        "backorders": len(books.backorders),
        "new-orders-today": sum(
            row.created[:10] == books.stamp()[:10] for row in books.orders.values()
        ),
        "total-orders": len(books.orders),
        "total-products": len(books.products),
        "active-products": active,
        "inactive-products": len(books.products) - active,
    }


def list_stats(books: Books, _call: Call) -> Answer:
    """All figures."""
    return Answer([{"key": key, "value": value} for key, value in _statistics(books).items()])


def get_stat(books: Books, call: Call) -> Answer:
    """One figure."""
    key = str(call.ids["key"])
    figures = _statistics(books)
    if key not in figures:
        raise Refusal(20)
    return Answer({"key": key, "value": figures[key]})


ENDPOINTS: list[Endpoint] = [
    ("GET", "/warehouses", list_warehouses),
    ("GET", "/warehouses/{idwarehouse:int}", get_warehouse),
    ("GET", "/warehouses/{idwarehouse:int}/stock", warehouse_stock),
    ("GET", "/vatgroups", _rows("vatgroups")),
    ("GET", "/vatgroups/{idvatgroup:int}", _row("vatgroups", "idvatgroup")),
    ("GET", "/templates", _rows("templates")),
    ("GET", "/templates/{idtemplate:int}", _row("templates", "idtemplate")),
    ("GET", "/shippingproviders", _rows("shippingproviders")),
    ("GET", "/users", _rows("users")),
    ("GET", "/users/me", me),
    ("GET", "/users/{iduser:int}", _row("users", "iduser")),
    ("GET", "/tags", _rows("tags")),
    ("POST", "/tags", post_tag),
    ("GET", "/backorders", list_backorders),
    ("POST", "/backorders/process", process_backorders),
    ("DELETE", "/backorders/{idbackorder:int}", delete_backorder),
    ("GET", "/stockhistory", stock_history),
    ("GET", "/stats", list_stats),
    ("GET", "/stats/{key}", get_stat),
]
