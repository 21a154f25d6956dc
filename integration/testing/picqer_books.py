"""The books of a Picqer account in memory, and what people in its warehouse do with them.

Tests look here for what the service made at Picqer, and use the verbs (``pick``, ``ship``,
``set_stock`` ...) to let the warehouse work. Stamps are made of the clock, in the account's zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from integration.domain import (
    FreeStock,
    Hook,
    Parcel,
    Picklist,
    PicklistLine,
    PicqerCustomer,
    PicqerOrder,
    PicqerOrderLine,
    PicqerProduct,
    PicqerShipment,
    PicqerStatus,
    VatGroup,
    Warehouse,
)
from integration.ports import Clock
from integration.testing.clock import HandClock

WAREHOUSE = 18
"""The idwarehouse of the one warehouse that new books have."""


@dataclass(frozen=True, slots=True)
class HookRow:
    """A hook with the secret that Picqer keeps to itself."""

    hook: Hook
    secret: str


class PicqerBooks:
    """Everything one account holds. The tables are plain dictionaries, keyed by id."""

    def __init__(self, clock: Clock | None = None, *, zone: str = "Europe/Amsterdam") -> None:
        """Begin with one warehouse and VAT groups of 21, 9 and 0 %."""
        self.clock: Clock = clock or HandClock()
        self.zone = ZoneInfo(zone)
        self.orders: dict[int, PicqerOrder] = {}
        self.bodies: dict[int, dict[str, object]] = {}
        """The body that each order was made of, by idorder."""
        self.customers: dict[int, PicqerCustomer] = {}
        self.customer_bodies: dict[int, dict[str, object]] = {}
        self.products: dict[int, PicqerProduct] = {}
        self.product_bodies: dict[int, dict[str, object]] = {}
        self.parts: dict[str, Mapping[str, int]] = {}
        self.images: list[tuple[int, bytes]] = []
        self.picklists: dict[int, Picklist] = {}
        self.shipments: dict[int, PicqerShipment] = {}
        self.hooks: dict[int, HookRow] = {}
        self.hidden: set[int] = set()
        """idorders that lists do not show yet, because Picqer's lists lag."""
        self.warehouses = {WAREHOUSE: Warehouse(WAREHOUSE, "Main", True, True)}
        self.shipping_profiles = {12: "Standaard", 13: "Standaard"}
        self.vat_groups = [
            VatGroup(18, "BTW Hoog", Decimal(21)),
            VatGroup(19, "BTW Laag", Decimal(9)),
            VatGroup(20, "Geen BTW", Decimal(0)),
        ]
        self._number = 300

    def number(self) -> int:
        """An id that was never used."""
        self._number += 1
        return self._number

    def stamp(self) -> str:
        """Now, as Picqer writes it."""
        return self.clock.now().astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    # --- Products and stock ----------------------------------------------------------------------

    def add_product(
        self,
        productcode: str,
        free: int | Mapping[int, int] = 0,
        *,
        active: bool = True,
        unlimited: bool = False,
        parts: Mapping[str, int] | None = None,
        idvatgroup: int | None = 18,
    ) -> PicqerProduct:
        """Enter a product; ``parts`` makes it a virtual set that processing takes apart."""
        idproduct = self.number()
        by_warehouse = {WAREHOUSE: free} if isinstance(free, int) else dict(free)
        stock = FreeStock(productcode, by_warehouse, self.stamp(), unlimited, idproduct)
        product = PicqerProduct(idproduct, productcode, active, stock, idvatgroup)
        self.products[idproduct] = product
        if parts:
            self.parts[productcode] = dict(parts)
        return product

    def find_product(self, productcode: str) -> PicqerProduct | None:
        """The product with this productcode, active or not."""
        found = [row for row in self.products.values() if row.productcode == productcode]
        return found[0] if found else None

    def set_stock(self, productcode: str, free: int | Mapping[int, int]) -> FreeStock:
        """Change the free stock and return what a webhook would carry."""
        product = self._product(productcode)
        by_warehouse = {WAREHOUSE: free} if isinstance(free, int) else dict(free)
        stock = replace(product.free_stock, by_warehouse=by_warehouse, stamp=self.stamp())
        self.products[product.idproduct] = replace(product, free_stock=stock)
        return stock

    def set_active(self, productcode: str, *, active: bool) -> PicqerProduct:
        """Inactivate a product, or activate it again; returns it as it is then."""
        product = replace(self._product(productcode), active=active)
        self.products[product.idproduct] = product
        return product

    def remove_product(self, productcode: str) -> None:
        """Let a product vanish."""
        del self.products[self._product(productcode).idproduct]

    def free(self, productcode: str) -> int:
        """The free stock over all warehouses."""
        return sum(self._product(productcode).free_stock.by_warehouse.values())

    def _product(self, productcode: str) -> PicqerProduct:
        product = self.find_product(productcode)
        if product is None:
            raise KeyError(productcode)
        return product

    # --- Customers and orders --------------------------------------------------------------------

    def add_customer(self, email: str | None) -> PicqerCustomer:
        """Enter a customer."""
        customer = PicqerCustomer(self.number(), email)
        self.customers[customer.idcustomer] = customer
        return customer

    def add_order(
        self,
        reference: str | None,
        lines: Mapping[str, int] | Sequence[tuple[str, int]] = (),
        *,
        idcustomer: int | None = None,
    ) -> PicqerOrder:
        """Enter a concept order, as a person may do."""
        pairs = lines.items() if isinstance(lines, Mapping) else lines
        idorder = self.number()
        made = self.stamp()
        rows = tuple(self._line(productcode, amount) for productcode, amount in pairs)
        order = PicqerOrder(
            idorder=idorder,
            orderid=f"O2026-{idorder:04d}",
            status=PicqerStatus.CONCEPT,
            reference=reference,
            created=made,
            updated=made,
            idcustomer=idcustomer,
            lines=rows,
        )
        self.orders[idorder] = order
        return order

    def set_status(self, idorder: int, status: PicqerStatus) -> PicqerOrder:
        """Give an order this status, whatever it was."""
        order = replace(self.orders[idorder], status=status, updated=self.stamp())
        self.orders[idorder] = order
        return order

    def process(self, idorder: int) -> PicqerOrder:
        """Processing: free stock goes down, sets get their parts; picklists come later."""
        order = self.orders[idorder]
        parts = [part for line in order.lines for part in self._parts_of(line)]
        for line in (*order.lines, *parts):
            self._reserve(line)
        self.orders[idorder] = replace(order, lines=(*order.lines, *parts))
        return self.set_status(idorder, PicqerStatus.PROCESSING)

    def live_orders(self, reference: str) -> list[PicqerOrder]:
        """Orders with this reference that are not cancelled; there ought to be one."""
        return [
            order
            for order in self.orders.values()
            if order.reference == reference and order.status is not PicqerStatus.CANCELLED
        ]

    def _line(self, productcode: str, amount: int, partof: int | None = None) -> PicqerOrderLine:
        idproduct = self._product(productcode).idproduct
        return PicqerOrderLine(self.number(), idproduct, productcode, amount, partof)

    def _parts_of(self, line: PicqerOrderLine) -> list[PicqerOrderLine]:
        return [
            self._line(productcode, amount * line.amount, line.idorder_product)
            for productcode, amount in self.parts.get(line.productcode, {}).items()
        ]

    def _reserve(self, line: PicqerOrderLine) -> None:
        product = self._product(line.productcode)
        if product.free_stock.unlimited or line.productcode in self.parts:
            return
        by_warehouse = dict(product.free_stock.by_warehouse)
        first = min(by_warehouse, default=WAREHOUSE)
        by_warehouse[first] = by_warehouse.get(first, 0) - line.amount
        self.set_stock(line.productcode, by_warehouse)

    # --- Picklists and shipments -----------------------------------------------------------------

    def make_picklist(self, idorder: int, amounts: Mapping[str, int] | None = None) -> Picklist:
        """A new picklist of an order: all of its lines, or these amounts by productcode."""
        order = self.orders[idorder]
        lines = tuple(
            PicklistLine(line.idorder_product, line.productcode, amount, 0, line.partof)
            for line in order.lines
            if (amount := line.amount if amounts is None else amounts.get(line.productcode, 0))
        )
        return self._enter_picklist(idorder, None, lines)

    def make_return_picklist(self) -> Picklist:
        """A picklist that belongs to a return and to no order."""
        return self._enter_picklist(None, self.number(), ())

    def pick(self, idpicklist: int, picked: Mapping[str, int] | None = None) -> Picklist:
        """Close a picklist, with everything picked or these amounts.

        The order is completed when everything in its own lines was picked and closed.
        """
        row = self.picklists[idpicklist]
        lines = tuple(
            replace(
                line,
                amount_picked=line.amount if picked is None else picked.get(line.productcode, 0),
            )
            for line in row.lines
        )
        now = self.stamp()
        closed = replace(row, status="closed", closed_at=now, updated=now, lines=lines)
        self._keep_picklist(closed)
        if closed.idorder is not None and self._all_picked(closed.idorder):
            self.set_status(closed.idorder, PicqerStatus.COMPLETED)
        return closed

    def ship(self, idpicklist: int, *parcels: Parcel) -> PicqerShipment:
        """Add a shipment of these parcels to a picklist."""
        shipment = PicqerShipment(self.number(), idpicklist, False, parcels, self.stamp())
        self.shipments[shipment.idshipment] = shipment
        return shipment

    def cancel_shipment(self, idshipment: int) -> PicqerShipment:
        """Cancel a shipment; it stays in the list."""
        shipment = replace(self.shipments[idshipment], cancelled=True, updated=self.stamp())
        self.shipments[idshipment] = shipment
        return shipment

    def _enter_picklist(
        self, idorder: int | None, idreturn: int | None, lines: tuple[PicklistLine, ...]
    ) -> Picklist:
        number = self.number()
        name = f"P2026-{number:04d}"
        row = Picklist(number, name, idorder, idreturn, "new", None, self.stamp(), lines)
        self._keep_picklist(row)
        return row

    def _keep_picklist(self, row: Picklist) -> None:
        """Keep it, and its copy without lines inside its order."""
        self.picklists[row.idpicklist] = row
        if row.idorder is None:
            return
        order = self.orders[row.idorder]
        copies = {copy.idpicklist: copy for copy in order.picklists}
        copies[row.idpicklist] = replace(row, lines=())
        self.orders[row.idorder] = replace(order, picklists=tuple(copies.values()))

    def _all_picked(self, idorder: int) -> bool:
        rows = [row for row in self.picklists.values() if row.idorder == idorder]
        if any(row.closed_at is None for row in rows):
            return False
        picked: dict[int | None, int] = {}
        for line in (line for row in rows for line in row.lines):
            picked[line.idorder_product] = picked.get(line.idorder_product, 0) + line.amount_picked
        lines = self.orders[idorder].lines
        return all(picked.get(line.idorder_product, 0) >= line.amount for line in lines)
