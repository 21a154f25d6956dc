"""WooCommerce's JSON as our orders and products. Pure.

Sources: WooCommerce REST v3, and the answers of a WooCommerce 11.0.1 shop.
"""
