"""Endpoints of products, their stock, parts and images (picqer.com/en/api/products)."""

import base64
import binascii
from collections.abc import Iterator

from integration.sandbox.picqer import products, shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints.call import Answer, Call, Endpoint, contains, same
from integration.sandbox.picqer.order_entry import whole
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Product
from integration.sandbox.picqer.stock import set_stock
from integration.sandbox.picqer.wire import Json

SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


def _listed(books: Books, call: Call) -> Iterator[Product]:
    wanted = {text.strip() for text in (call.text("idproducts") or "").split(",")} - {""}
    active = not call.flag("inactive")
    code, search = call.text("productcode"), call.text("search")
    return (
        row
        for row in call.seen(books, books.products)
        if row.active == active
        and same(code, row.productcode)
        and same(call.text("type"), row.fields["type"])
        and (not wanted or str(row.idproduct) in wanted)
        and contains(search, row.productcode, row.fields["name"], row.fields["barcode"])
    )


def list_products(books: Books, call: Call) -> Answer:
    """Active products; with `inactive` only those that are not."""
    return call.page(_listed(books, call), lambda row: shapes.product(books, row))


def get_product(books: Books, call: Call) -> Answer:
    """One product."""
    return Answer(shapes.product(books, call.find(books.products, "idproduct")))


def post_product(books: Books, call: Call) -> Answer:
    """A new product."""
    return Answer(shapes.product(books, products.create(books, call.json())), 201)


def put_product(books: Books, call: Call) -> Answer:
    """Some fields of a product."""
    product = call.find(books.products, "idproduct")
    products.change(books, product, call.json())
    return Answer(shapes.product(books, product))


def _set_active(books: Books, call: Call, *, active: bool) -> Answer:
    product = call.find(books.products, "idproduct")
    product.active = active
    products.touched(books, product)
    return Answer(shapes.product(books, product))


def inactivate(books: Books, call: Call) -> Answer:
    """Take a product out of the list; products are never deleted."""
    return _set_active(books, call, active=False)


def activate(books: Books, call: Call) -> Answer:
    """Put a product back into the list."""
    return _set_active(books, call, active=True)


def get_stock(books: Books, call: Call) -> Answer:
    """The stock of a product in every warehouse."""
    return Answer(shapes.stock(books, call.find(books.products, "idproduct")))


def get_stock_here(books: Books, call: Call) -> Answer:
    """The stock of a product in one warehouse, with its location."""
    product = call.find(books.products, "idproduct")
    place = call.find(books.warehouses, "idwarehouse").idwarehouse
    entry = shapes.stock_entry(place, shapes.held(books, product, place))
    location: Json = {"idlocation": 9, "idwarehouse": place, "name": "A.1"}
    location["stock_for_product"] = {
        "stock": entry["stock"],
        "stock_reserved_picklists": entry["reservedpicklists"],
    }
    return Answer({**entry, "locations": [location]})


def change_stock(books: Books, call: Call) -> Answer:
    """A count (`amount`) or a difference (`change`) in one warehouse."""
    product = call.find(books.products, "idproduct")
    place = call.find(books.warehouses, "idwarehouse").idwarehouse
    wanted = call.json()
    amount, change = (
        None if wanted.get(key) is None else whole(wanted[key], 5) for key in ("amount", "change")
    )
    reason = str(wanted.get("reason") or "")
    held = set_stock(books, product, place, amount=amount, change=change, reason=reason)
    return Answer(shapes.stock_entry(place, held))


def list_images(books: Books, call: Call) -> Answer:
    """The images of a product."""
    return Answer(call.find(books.products, "idproduct").images)


def post_image(books: Books, call: Call) -> Answer:
    """A new image: `image` is a JPEG or PNG in base64."""
    product = call.find(books.products, "idproduct")
    try:
        content = base64.b64decode(str(call.json().get("image") or ""), validate=True)
    except binascii.Error as error:
        raise Refusal(5, "Image is not base64") from error
    kind = next((kind for start, kind in SIGNATURES.items() if content.startswith(start)), None)
    if kind is None:
        raise Refusal(5, "Image is no JPEG or PNG")
    number = books.number("image")
    image: Json = {
        "idproduct_image": number,
        "url": f"https://sandbox.picqer.com/files/{number}.{kind[6:]}",
        "contenttype": kind,
        "size": len(content),
    }
    product.images.append(image)
    return Answer(image, 201)


def delete_image(books: Books, call: Call) -> Answer:
    """Take an image away."""
    product = call.find(books.products, "idproduct")
    idimage = call.id("idproduct_image")
    left = [image for image in product.images if image["idproduct_image"] != idimage]
    if len(left) == len(product.images):
        raise Refusal(20)
    product.images = left
    return Answer(None, 204)


def list_parts(books: Books, call: Call) -> Answer:
    """The parts of a composition; 404 with code 20 for any other product."""
    product = call.find(books.products, "idproduct")
    if product.fields["type"] not in {"virtual_composition", "composition_with_stock"}:
        raise Refusal(20)
    return Answer(shapes.parts(books, product, nested=call.flag("nested")))


def post_part(books: Books, call: Call) -> Answer:
    """A new part of a composition."""
    product, wanted = call.find(books.products, "idproduct"), call.json()
    part = books.products.get(whole(wanted.get("idproduct"), 5))
    if part is None:
        raise Refusal(24)
    products.add_part(books, product, part, whole(wanted.get("amount"), 5))
    return Answer(shapes.parts(books, product)[-1], 201)


ENDPOINTS: list[Endpoint] = [
    ("GET", "/products", list_products),
    ("POST", "/products", post_product),
    ("GET", "/products/{idproduct:int}", get_product),
    ("PUT", "/products/{idproduct:int}", put_product),
    ("POST", "/products/{idproduct:int}/inactivate", inactivate),
    ("POST", "/products/{idproduct:int}/activate", activate),
    ("GET", "/products/{idproduct:int}/stock", get_stock),
    ("GET", "/products/{idproduct:int}/stock/{idwarehouse:int}", get_stock_here),
    ("POST", "/products/{idproduct:int}/stock/{idwarehouse:int}", change_stock),
    ("GET", "/products/{idproduct:int}/images", list_images),
    ("POST", "/products/{idproduct:int}/images", post_image),
    ("DELETE", "/products/{idproduct:int}/images/{idproduct_image:int}", delete_image),
    ("GET", "/products/{idproduct:int}/parts", list_parts),
    ("POST", "/products/{idproduct:int}/parts", post_part),
]
