"""picqer-bridge: keeps webshops and the Picqer warehouse system in agreement."""

__version__ = "0.1.0"
