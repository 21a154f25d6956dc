"""The translation between what shops say and what Picqer's API says. Pure.

One module per record: orders, customers, products towards Picqer; ``reading`` back from it.
"""

from integration.picqer.mapping.customers import customer_to_picqer
from integration.picqer.mapping.orders import order_to_picqer
from integration.picqer.mapping.products import product_to_picqer

__all__ = ["customer_to_picqer", "order_to_picqer", "product_to_picqer"]
