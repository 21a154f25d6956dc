"""A small warehouse to begin with: what an account needs before the first order comes."""

from integration.sandbox.picqer import products
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.rows import Warehouse
from integration.sandbox.picqer.stock import set_stock
from integration.sandbox.picqer.wire import Json

PRODUCTS: list[tuple[str, str, float, int, int]] = [
    ("MUG-BLUE", "Blue mug", 8.22, 310, 40),
    ("MUG-RED", "Red mug", 8.22, 310, 25),
    ("TEAPOT", "Teapot", 24.75, 900, 12),
    ("TEA-BOX", "Box of tea", 4.55, 120, 100),
]


def seed_account(books: Books) -> None:
    """Give the account two warehouses, three VAT groups, a template, carriers and a user.

    The second warehouse accepts no orders and does not count for shops.
    """
    books.warehouses[18] = Warehouse(18, "Main")
    books.warehouses[19] = Warehouse(
        19, "Returns", accept_orders=False, counts_for_general_stock=False, priority=2
    )
    for number, name, percentage in ((18, "BTW Hoog", 21), (19, "BTW Laag", 9), (20, "BTW 0", 0)):
        books.vatgroups[number] = {
            "idvatgroup": number,
            "name": name,
            "percentage": percentage,
        }
    books.templates[2] = {"idtemplate": 2, "name": "Default", "default": True}
    for number, name, key in ((2, "PostNL", "postnl"), (3, "DHL", "dhl")):
        books.shippingproviders[number] = _provider(number, name, key)
    books.users[423] = _user(books)


def _provider(number: int, name: str, key: str) -> Json:
    profile = {"idshippingprovider_profile": 10 + number, "name": "Standaard"}
    return {
        "idshippingprovider": number,
        "name": name,
        "active": True,
        "carrier_key": key,
        "profiles": [profile],
    }


def _user(books: Books) -> Json:
    return {
        "iduser": 423,
        "idpacking_station": None,
        "username": "sandbox",
        "firstname": "Sandra",
        "lastname": "Box",
        "first_name": "Sandra",
        "last_name": "Box",
        "full_name": "Sandra Box",
        "emailaddress": "sandbox@example.org",
        "language": "nl",
        "admin": True,
        "active": True,
        "last_login_at": None,
        "created_at": books.stamp(),
        "updated_at": books.stamp(),
    }


def seed_demo(books: Books) -> None:
    """Give the account its settings and a few products with stock in the main warehouse."""
    with books.lock:
        seed_account(books)
        for productcode, name, price, weight, amount in PRODUCTS:
            wanted: Json = {"productcode": productcode, "name": name, "price": price}
            product = products.create(books, {**wanted, "weight": weight, "idvatgroup": 18})
            set_stock(books, product, 18, amount=amount, reason="Opening stock")
