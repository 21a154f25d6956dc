"""One Picqer account, one method per request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from integration.domain import (
    Hook,
    Order,
    Picklist,
    PicqerCustomer,
    PicqerOrder,
    PicqerProduct,
    PicqerShipment,
    Product,
    VatGroup,
    Warehouse,
)
from integration.policy import ShopPolicy

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a long list; ``next`` is where to go on later, None after the last page.

    Pages overlap a little, so that no row is missed while rows shift: a row may come twice.
    """

    rows: tuple[Row, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What is needed to make a Picqer order of a shop order.

    ``all_addresses``: send every address field, empty ones too, because the customer has
    addresses at Picqer that would fill the gaps. ``vat_groups`` are the account's.
    """

    order: Order
    shop: ShopPolicy
    reference: str
    idcustomer: int | None
    all_addresses: bool
    vat_groups: tuple[VatGroup, ...]


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """What is needed to make a Picqer product of a shop product."""

    product: Product
    vat_groups: tuple[VatGroup, ...]


@dataclass(frozen=True, slots=True)
class Greeting:
    """What came with Picqer's answer to who we are: its limit headers and its clock, None: absent.

    Source: picqer.com/en/api/basics (``X-RateLimit-Limit``, ``X-RateLimit-Remaining``).
    """

    limit: int | None
    remaining: int | None
    date: datetime | None


class Picqer(Protocol):
    """One Picqer account; each method is exactly one request, an iterator one a page.

    ``start`` is the ``next`` of an earlier page, to go on where a run stopped.

    Sources: picqer.com/en/api/ orders, customers, products, picklists, webhooks.
    """

    def order(self, idorder: int) -> PicqerOrder:
        """The order. Raises NotFound."""

    def orders_with_reference(self, reference: str) -> list[PicqerOrder]:
        """All orders whose reference is exactly this, cancelled ones too, oldest first."""

    def orders_since(self, since: datetime, *, start: int = 0) -> Iterator[Page[PicqerOrder]]:
        """Orders created since that instant (two hours of overlap included), any status."""

    def create_order(self, draft: OrderDraft) -> PicqerOrder:
        """Create a concept order. Raises Unmappable before sending, Refused (24: unknown code)."""

    def process_order(self, idorder: int) -> PicqerOrder:
        """Make a concept order processing. Raises Refused with error_code 32 when it was."""

    def cancel_order(self, idorder: int, *, force: bool = False) -> None:
        """Cancel (delete) an order; ``force`` also when it is processing."""

    def customers_with_email(self, email: str) -> list[PicqerCustomer]:
        """Customers with exactly this e-mail address, lowest idcustomer first."""

    def create_customer(self, order: Order) -> PicqerCustomer:
        """Create the customer of this order, without addresses."""

    def product(self, idproduct: int) -> PicqerProduct:
        """The product. Raises NotFound."""

    def product_with_code(
        self, productcode: str, *, inactive: bool = False
    ) -> PicqerProduct | None:
        """The active (or inactive) product with exactly this productcode, None when absent."""

    def products(self, *, inactive: bool = False, start: int = 0) -> Iterator[Page[PicqerProduct]]:
        """The catalogue, active or inactive; misses nothing while rows shift."""

    def create_product(self, draft: ProductDraft) -> PicqerProduct:
        """Create a product. Raises Unmappable before sending, Refused."""

    def update_product(self, idproduct: int, draft: ProductDraft) -> PicqerProduct:
        """Write the mapped fields of a product."""

    def add_image(self, idproduct: int, image: bytes) -> None:
        """Add one picture (JPEG or PNG) to a product."""

    def picklist(self, idpicklist: int) -> Picklist:
        """The picklist with its lines. Raises NotFound."""

    def picklists_closed_since(
        self, since: datetime, *, start: int = 0
    ) -> Iterator[Page[Picklist]]:
        """Closed picklists since that instant (two hours of overlap included)."""

    def shipments(self, idpicklist: int) -> list[PicqerShipment]:
        """All shipments of a picklist, cancelled ones too."""

    def warehouses(self) -> list[Warehouse]:
        """The account's warehouses."""

    def vat_groups(self) -> list[VatGroup]:
        """The account's VAT groups."""

    def shipping_profiles(self) -> dict[int, str]:
        """The shipping profiles: their name by ``idshippingprovider_profile``."""

    def hooks(self) -> list[Hook]:
        """All hooks of the account, inactive ones too."""

    def create_hook(self, name: str, event: str, address: str, secret: str) -> Hook:
        """Subscribe to an event, signed with that secret."""

    def deactivate_hook(self, idhook: int) -> None:
        """Switch a hook off (Picqer keeps its record)."""

    def reactivate_hook(self, idhook: int) -> None:
        """Switch a hook on again."""

    def check_credentials(self) -> Greeting:
        """Ask who we are (``/users/me``). Raises LockedOut when the key is refused."""
