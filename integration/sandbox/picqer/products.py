"""Products: entered, changed, and told about (picqer.com/en/api/products)."""

from integration.sandbox.picqer import shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.hooks import Event, announce
from integration.sandbox.picqer.order_entry import money, whole
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Part, Product
from integration.sandbox.picqer.wire import Json

TYPES = {"normal", "unlimited_stock", "virtual_composition", "composition_with_stock"}
FIELDS: Json = {
    "idsupplier": None,
    "name": "",
    "price": 0,
    "fixedstockprice": 0,
    "productcode_supplier": "",
    "deliverytime": None,
    "description": "",
    "barcode": "",
    "type": "normal",
    "weight": 0,
    "length": 0,
    "width": 0,
    "height": 0,
    "minimum_purchase_quantity": 0,
    "purchase_in_quantities_of": 0,
    "hs_code": None,
    "country_of_origin": None,
    "idfulfilment_customer": None,
    "productfields": [],
    "pricelists": [],
}


def create(books: Books, wanted: Json) -> Product:
    """Enter a product. Refusals: 5 for a missing name, price or productcode or one in use, 14.

    Which code Picqer gives for a productcode in use is not known.
    """
    for name in ("productcode", "name", "price"):
        if wanted.get(name) in (None, ""):
            raise Refusal(5, f"Missing parameter {name}")
    productcode = str(wanted["productcode"])
    if productcode in books.productcodes:
        raise Refusal(5, f"Productcode {productcode} is already in use")
    product = Product(
        idproduct=books.number("product"),
        productcode=productcode,
        idvatgroup=_vatgroup(books, wanted),
        fields=_fields(FIELDS, wanted),
        born=books.clock(),
        created=books.stamp(),
        updated=books.stamp(),
        active=bool(wanted.get("active", True)),
    )
    books.products[product.idproduct] = product
    books.productcodes[productcode] = product.idproduct
    announce(books, _event(books, "products.created", product))
    return product


def _vatgroup(books: Books, wanted: Json) -> int:
    given = wanted.get("idvatgroup")
    if given is None:
        return next(iter(books.vatgroups), 0)
    idvatgroup = whole(given, 14)
    if idvatgroup not in books.vatgroups:
        raise Refusal(14)
    return idvatgroup


def _fields(before: Json, wanted: Json) -> Json:
    fields = {**before, **{key: wanted[key] for key in FIELDS if key in wanted}}
    if wanted.get("unlimitedstock") and "type" not in wanted:
        fields["type"] = "unlimited_stock"
    if fields["type"] not in TYPES:
        raise Refusal(5, f"Unknown type: {fields['type']}")
    fields["price"] = money(fields["price"])
    fields["weight"] = whole(fields["weight"] or 0, 5)
    return fields


def change(books: Books, product: Product, wanted: Json) -> None:
    """Change the fields that are given; Refusal 5 for a productcode in use, 14 for a VAT group."""
    productcode = str(wanted.get("productcode", product.productcode))
    owner = books.productcodes.get(productcode, product.idproduct)
    if owner != product.idproduct or not productcode:
        raise Refusal(5, f"Productcode {productcode} is already in use or empty")
    fields = _fields(product.fields, wanted)
    if "idvatgroup" in wanted:
        product.idvatgroup = _vatgroup(books, wanted)
    del books.productcodes[product.productcode]
    books.productcodes[productcode] = product.idproduct
    product.productcode, product.fields = productcode, fields
    product.active = bool(wanted.get("active", product.active))
    touched(books, product)


def touched(books: Books, product: Product) -> None:
    """Stamp a changed product and tell about it."""
    product.updated = books.stamp()
    announce(books, _event(books, "products.changed", product))


def add_part(books: Books, product: Product, part: Product, amount: int) -> Part:
    """Make `amount` pieces of `part` a part of a composition; Refusal 5 for a nonsense part."""
    if amount <= 0 or part.idproduct == product.idproduct:
        raise Refusal(5, "Invalid part")
    row = Part(books.number("part"), part.idproduct, amount)
    product.parts.append(row)
    books.sets[part.idproduct].append(product.idproduct)
    announce(books, _event(books, "products.parts.changed", product))
    return row


def _event(books: Books, name: str, product: Product) -> Event:
    return Event(name, product.productcode, lambda: shapes.product(books, product))
