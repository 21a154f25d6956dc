"""A demo shop: a small webshop that speaks the custom webshop contract from the shop's side."""

from integration.sandbox.shop.catalogue import ProductFields
from integration.sandbox.shop.faults import Fault
from integration.sandbox.shop.manners import Manners
from integration.sandbox.shop.orders import OrderedLine, OrderOptions
from integration.sandbox.shop.server import SandboxShop, new_secret, serve

__all__ = [
    "Fault",
    "Manners",
    "OrderOptions",
    "OrderedLine",
    "ProductFields",
    "SandboxShop",
    "new_secret",
    "serve",
]
