"""The rows of the simulated Picqer's books: what it remembers of products, orders and parcels.

Attributes that decide what happens have a name of their own; those that Picqer merely keeps and
gives back live in `fields`, under Picqer's spelling. `born` is the moment of creation in epoch
seconds, `created` and `updated` are Picqer's zoneless stamps.
"""

from dataclasses import dataclass, field

from integration.sandbox.picqer.wire import Json


@dataclass(slots=True)
class Stock:
    """What one warehouse holds of one product, in pieces (picqer.com/en/api/product-stock)."""

    stock: int = 0
    reservedbackorders: int = 0
    reservedpicklists: int = 0
    reservedallocations: int = 0

    @property
    def reserved(self) -> int:
        """Pieces promised to backorders, picklists and allocations."""
        return self.reservedbackorders + self.reservedpicklists + self.reservedallocations

    @property
    def freestock(self) -> int:
        """Pieces not promised to anybody; negative while backorders wait."""
        return self.stock - self.reserved


@dataclass(slots=True)
class Part:
    """One product of which a composition holds `amount` pieces."""

    idproduct_part: int
    idproduct: int
    amount: int


@dataclass(slots=True)
class Product:
    """A product, known to shops by its productcode."""

    idproduct: int
    productcode: str
    idvatgroup: int
    fields: Json
    born: float
    created: str
    updated: str
    active: bool = True
    stock: dict[int, Stock] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    images: list[Json] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)

    @property
    def virtual(self) -> bool:
        """Whether its stock is that of its parts."""
        return bool(self.fields["type"] == "virtual_composition")

    @property
    def counted(self) -> bool:
        """Whether it has stock of its own that moves."""
        return self.fields["type"] not in {"virtual_composition", "unlimited_stock"}


@dataclass(slots=True)
class Customer:
    """A customer; an order without one is a guest order."""

    idcustomer: int
    customerid: str
    fields: Json
    born: float
    created: str
    updated: str
    addresses: list[Json] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class OrderLine:
    """One line of an order; `price` is Picqer's JSON number, per piece and excluding VAT."""

    idorder_product: int
    idproduct: int
    idvatgroup: int
    productcode: str
    name: str
    remarks: str
    price: float
    amount: int
    weight: int
    amount_cancelled: int = 0
    partof_idorder_product: int | None = None
    has_parts: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """What of one order line is picked in one warehouse and what waits there as a backorder."""

    line: OrderLine
    idwarehouse: int
    pick: int
    backorder: int


@dataclass(slots=True)
class Order:
    """An order and where it stands; `busy` while Picqer works out its picklists."""

    idorder: int
    orderid: str
    idcustomer: int | None
    fields: Json
    lines: list[OrderLine]
    born: float
    created: str
    updated: str
    status: str = "concept"
    busy: bool = False
    shares: list[Share] = field(default_factory=list)
    allocations: list[tuple[int, int, int]] = field(default_factory=list)
    idpicklists: list[int] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)

    @property
    def reference(self) -> str | None:
        """The shop's order number; Picqer does not keep it unique."""
        value = self.fields["reference"]
        return None if value is None else str(value)


@dataclass(slots=True)
class PicklistLine:
    """One product to be picked, and how much of it was."""

    idpicklist_product: int
    idproduct: int
    idorder_product: int | None
    idvatgroup: int
    productcode: str
    name: str
    remarks: str
    price: float
    weight: int
    amount: int
    amount_picked: int = 0
    idreturn_product_replacement: int | None = None
    partof_idpicklist_product: int | None = None
    has_parts: bool = False


@dataclass(slots=True)
class Picklist:
    """What one warehouse picks for an order, or for a return when `idorder` is None."""

    idpicklist: int
    picklistid: str
    idorder: int | None
    idreturn: int | None
    idwarehouse: int
    fields: Json
    lines: list[PicklistLine]
    born: float
    created: str
    updated: str
    status: str = "new"
    paused_reason: str | None = None
    closed_at: str | None = None
    comments: list[Json] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it can still be picked."""
        return self.status in {"new", "paused", "snoozed"}


@dataclass(slots=True)
class Parcel:
    """One box of a shipment, with the code to follow it."""

    idparcel: int
    idparcel_document: int
    idpackaging: int | None
    weight: int
    tracking_code: str
    tracking_url: str


@dataclass(slots=True)
class Shipment:
    """What was handed to a carrier for one picklist."""

    idshipment: int
    idpicklist: int
    idorder: int | None
    idreturn: int | None
    idshippingprovider: int
    idshippingprovider_profile: int
    provider: str
    profile_name: str
    carrier_key: str
    parcels: list[Parcel]
    born: float
    created: str
    updated: str
    cancelled: bool = False


@dataclass(slots=True)
class Backorder:
    """Pieces of an order line that wait for stock."""

    idbackorder: int
    idorder: int
    idorder_product: int
    idproduct: int
    idcustomer: int | None
    idwarehouse: int
    amount: int
    created_at: str
    born: float
    has_parts: bool = False
    part_of_idbackorder: int | None = None
    parts_per_parent: int | None = None


@dataclass(slots=True)
class Hook:
    """A subscription to one event at one address."""

    idhook: int
    name: str
    event: str
    address: str
    secret: str | None
    born: float
    active: bool = True
    failures: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A place with stock; a lower `priority` gets more orders."""

    idwarehouse: int
    name: str
    accept_orders: bool = True
    counts_for_general_stock: bool = True
    priority: int = 1
    active: bool = True
