"""What an operator decided for an account and for a shop: plain values for the flows.

Made by ``wiring`` from ``settings``; flows and mappings read these and never the settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class OnCancel(StrEnum):
    """What to do when a shop order is cancelled after it became a processing Picqer order."""

    PARK = "park"
    CANCEL = "cancel"


class CustomerMail(StrEnum):
    """Who mails the customer about a shipment: nobody, this service, or the shop."""

    OFF = "off"
    BRIDGE = "bridge"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """One Picqer account. ``time_zone`` is an IANA name, the zone of Picqer's stamps."""

    name: str
    time_zone: str = "Europe/Amsterdam"
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class ShopPolicy:
    """One webshop.

    ``reference`` is the template of Picqer's order reference with ``{number}``, ``{id}`` and
    ``{shop}``. ``shipping_productcode``: the product that shipping costs are booked on, None
    leaves them out. ``shipment_patience``: how long a closed picklist waits for parcels.
    """

    name: str
    account: AccountPolicy
    flows: frozenset[str]
    orders_since: datetime | None = None
    process_orders: bool = True
    reference: str = "{number}"
    order_defaults: Mapping[str, object] = field(default_factory=dict)
    shipping_profiles: Mapping[str, int] = field(default_factory=dict)
    shipping_productcode: str | None = None
    warehouses: frozenset[int] = frozenset()
    catalogue: bool = True
    stock_buffer: int = 0
    on_cancel: OnCancel = OnCancel.PARK
    customer_mail: CustomerMail = CustomerMail.OFF
    shipment_patience: timedelta = timedelta(minutes=5)

    def reference_for(self, order_id: str, number: str) -> str:
        """Picqer's reference of the shop order with this id and number."""
        return self.reference.format(id=order_id, number=number, shop=self.name)
