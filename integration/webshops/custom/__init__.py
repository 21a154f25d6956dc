"""A webshop that speaks the custom webshop contract, in whatever language it is written."""

from __future__ import annotations

from integration.webshops import Connector
from integration.webshops.custom.client import CustomWebshop
from integration.webshops.custom.settings import CustomSettings
from integration.webshops.custom.webhook import hints, verify

CONNECTOR = Connector("custom", CustomSettings, CustomWebshop, verify, hints)
