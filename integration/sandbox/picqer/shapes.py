"""Products, customers, hooks and backorders as Picqer's API prints them."""

from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.rows import Backorder, Customer, Hook, Product, Stock, Warehouse
from integration.sandbox.picqer.wire import Json


def tags(books: Books, idtags: list[int]) -> Json | list[Json]:
    """Return tags keyed by title; when there are none the tuning chooses between [] and {}."""
    if idtags or books.tuning.tags == "filled":
        rows = [books.tags[idtag] for idtag in idtags] or [filler()]
        return {str(row["title"]): row for row in rows}
    return [] if books.tuning.tags == "list" else {}


def filler() -> Json:
    """Return the tag that everything carries when the tuning wants tags filled."""
    return {
        "idtag": 1,
        "title": "Sandbox",
        "color": "#5993be",
        "inherit": False,
        "textColor": "#000000",
    }


def stock_entry(idwarehouse: int, held: Stock) -> Json:
    """Return the stock of one product in one warehouse."""
    return {
        "idwarehouse": idwarehouse,
        "stock": held.stock,
        "reserved": held.reserved,
        "reservedbackorders": held.reservedbackorders,
        "reservedpicklists": held.reservedpicklists,
        "reservedallocations": held.reservedallocations,
        "freestock": held.freestock,
        "freepickablestock": held.freestock,
    }


def held(books: Books, product: Product, idwarehouse: int) -> Stock:
    """Return what a warehouse holds; of a virtual composition, the sets its parts allow."""
    if not product.virtual:
        return product.stock.get(idwarehouse) or Stock()
    parts = [(books.products[part.idproduct], part.amount) for part in product.parts]
    holdings = [(held(books, part, idwarehouse), amount) for part, amount in parts if part.counted]
    sets = min((holding.stock // amount for holding, amount in holdings), default=0)
    free = min((holding.freestock // amount for holding, amount in holdings), default=0)
    return Stock(stock=sets, reservedpicklists=sets - free)


def stock(books: Books, product: Product) -> list[Json]:
    """Return one entry per active warehouse."""
    return [
        stock_entry(row.idwarehouse, held(books, product, row.idwarehouse))
        for row in books.warehouses.values()
        if row.active
    ]


def free_stock(books: Books, product: Product) -> int:
    """Return the free stock over the warehouses that count for shops."""
    return sum(held(books, product, idwarehouse).freestock for idwarehouse in books.counting())


def product(books: Books, row: Product) -> Json:
    """Return a product with its stock."""
    return {
        "idproduct": row.idproduct,
        "idvatgroup": row.idvatgroup,
        "productcode": row.productcode,
        **row.fields,
        "unlimitedstock": row.fields["type"] == "unlimited_stock",
        "active": row.active,
        "analysis_pick_amount_per_day": 0,
        "comment_count": len(row.comments),
        "assembled": row.fields["type"] == "composition_with_stock",
        "show_on_portal": True,
        "created": row.created,
        "updated": row.updated,
        "tags": tags(books, row.tags),
        "images": [image["url"] for image in row.images],
        "stock": stock(books, row),
    }


def parts(books: Books, row: Product, *, nested: bool = False) -> list[Json]:
    """Return the parts of a composition; nested ones carry theirs."""
    shaped: list[Json] = []
    for part in row.parts:
        inner = books.products[part.idproduct]
        shape: Json = {
            "idproduct_part": part.idproduct_part,
            "idproduct": inner.idproduct,
            "amount": part.amount,
            "productcode": inner.productcode,
            "name": inner.fields["name"],
            "type": inner.fields["type"],
        }
        if nested and inner.virtual:
            shape["parts"] = parts(books, inner, nested=True)
        shaped.append(shape)
    return shaped


def customer(books: Books, row: Customer) -> Json:
    """Return a customer with addresses, the doubled legacy key included."""
    return {
        "idcustomer": row.idcustomer,
        "customerid": row.customerid,
        **row.fields,
        "defaultorderremarks": row.fields["default_order_remarks"],
        "comment_count": len(row.comments),
        "tags": tags(books, row.tags),
        "customerfields": [],
        "addresses": row.addresses,
        "created": row.created,
        "updated": row.updated,
    }


def hook(row: Hook) -> Json:
    """Return a hook; a read says only whether there is a secret."""
    return {
        "idhook": row.idhook,
        "name": row.name,
        "event": row.event,
        "address": row.address,
        "active": row.active,
        "secret": row.secret is not None,
    }


def warehouse(row: Warehouse) -> Json:
    """Return a warehouse."""
    return {
        "idwarehouse": row.idwarehouse,
        "name": row.name,
        "accept_orders": row.accept_orders,
        "counts_for_general_stock": row.counts_for_general_stock,
        "priority": row.priority,
        "active": row.active,
    }


def backorder(books: Books, row: Backorder) -> Json:
    """Return a backorder, the doubled legacy key included."""
    there = held(books, books.products[row.idproduct], row.idwarehouse)
    available = max(0, there.freestock + row.amount)
    return {
        "idbackorder": row.idbackorder,
        "idorder": row.idorder,
        "idproduct": row.idproduct,
        "idcustomer": row.idcustomer,
        "idwarehouse": row.idwarehouse,
        "amount": row.amount,
        "amountavailable": min(available, row.amount),
        "amount_available": min(available, row.amount),
        "priority": 2,
        "part_of_idbackorder": row.part_of_idbackorder,
        "parts_per_parent": row.parts_per_parent,
        "has_parts": row.has_parts,
        "created_at": row.created_at,
    }
