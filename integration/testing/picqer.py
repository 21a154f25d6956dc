"""A ``Picqer`` without HTTP: quick, with books to look into and faults to switch on.

It uses the real mapping, so an order that cannot be mapped fails here as it does for real. The
suite ``integration.testing.picqer_contract`` holds it and the real client to the same behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar, cast

from integration.domain import (
    Hook,
    Order,
    Picklist,
    PicqerCustomer,
    PicqerOrder,
    PicqerProduct,
    PicqerShipment,
    PicqerStatus,
    VatGroup,
    Warehouse,
)
from integration.errors import BridgeError, Evidence, NotFound, Refused
from integration.jobs import Lane
from integration.picqer.mapping import customer_to_picqer, order_to_picqer, product_to_picqer
from integration.ports import Call, CallGuard, Greeting, OrderDraft, Page, ProductDraft
from integration.testing.faults import Faults
from integration.testing.open_doors import OpenGuard
from integration.testing.picqer_books import HookRow, PicqerBooks

PAGE = 100
OVERLAP = timedelta(hours=2)
WRITES = frozenset(
    {
        "create_order",
        "process_order",
        "cancel_order",
        "create_customer",
        "create_product",
        "update_product",
        "add_image",
        "create_hook",
        "deactivate_hook",
        "reactivate_hook",
    }
)
_Row = TypeVar("_Row")


class FakePicqer:
    """One run's client of a Picqer account in memory; ``connect`` makes those of other runs.

    ``calls`` names the method of every request of every run so far, in order; an iterator is one
    entry per page.
    """

    def __init__(
        self,
        books: PicqerBooks | None = None,
        *,
        guard: CallGuard | None = None,
        lane: Lane = Lane.ORDERS,
    ) -> None:
        """Look into these books, under this guard."""
        self.books = books or PicqerBooks()
        self.calls: list[str] = []
        self.faults = Faults()
        self.lane = lane
        self.born = 0.0
        self._guard: CallGuard = guard or OpenGuard()

    def connect(self, lane: Lane, guard: CallGuard, born: float = 0.0) -> FakePicqer:
        """A client for another run: same books, calls and faults, another guard."""
        client = FakePicqer(self.books, guard=guard, lane=lane)
        client.calls = self.calls
        client.faults = self.faults
        client.born = born
        return client

    def fail(
        self,
        method: str,
        error: BridgeError,
        *,
        committed: bool = False,
        times: int = 1,
        skip: int = 0,
    ) -> None:
        """Let calls of a method raise ``error``; ``committed``: after the change was made."""
        self.faults.add(method, error, committed=committed, times=times, skip=skip)

    @contextmanager
    def _request(self, method: str) -> Iterator[None]:
        """Stand under the guard, be written down, and fail where that was asked for."""
        writes = method in WRITES
        call = Call("POST" if writes else "GET", f"/{method}", writes)
        self._guard.before(call, 12.0)
        self.calls.append(method)
        status, error_code = None, None
        try:
            with self.faults.around(method):
                yield
            status = 200
        except BridgeError as error:
            status, error_code = error.evidence.status, error.evidence.error_code
            raise
        finally:
            self._guard.after(call, status, 0.0, error_code)

    def _pages(
        self, method: str, found: Callable[[], Iterable[_Row]], start: int
    ) -> Iterator[Page[_Row]]:
        """What is found, a hundred rows a request, read anew at each."""
        offset: int | None = start
        while offset is not None:
            with self._request(method):
                rows = tuple(found())[offset : offset + PAGE]
            offset = offset + PAGE if len(rows) == PAGE else None
            yield Page(rows, offset)

    # --- Orders and customers --------------------------------------------------------------------

    def order(self, idorder: int) -> PicqerOrder:
        """The order. Raises NotFound."""
        with self._request("order"):
            return _row(self.books.orders, idorder, "order")

    def orders_with_reference(self, reference: str) -> list[PicqerOrder]:
        """All visible orders whose reference is exactly this, oldest first."""
        with self._request("orders_with_reference"):
            return [order for order in self._visible() if order.reference == reference]

    def orders_since(self, since: datetime, *, start: int = 0) -> Iterator[Page[PicqerOrder]]:
        """Visible orders created since then, two hours of overlap included."""
        begin = self._stamp(since - OVERLAP)

        def found() -> list[PicqerOrder]:
            return [order for order in self._visible() if order.created >= begin]

        return self._pages("orders_since", found, start)

    def create_order(self, draft: OrderDraft) -> PicqerOrder:
        """Create a concept order. Raises Unmappable, or Refused with 24 or 25."""
        body = order_to_picqer(draft)
        with self._request("create_order"):
            lines = _lines(body)
            for productcode, _ in lines:
                product = self.books.find_product(productcode)
                if product is None or not product.active:
                    raise _refused(24, "an ordered product does not exist")
            if draft.idcustomer is not None and draft.idcustomer not in self.books.customers:
                raise _refused(25, "the customer does not exist")
            order = self.books.add_order(draft.reference, lines, idcustomer=draft.idcustomer)
            self.books.bodies[order.idorder] = body
            return order

    def process_order(self, idorder: int) -> PicqerOrder:
        """Make a concept order processing. Raises Refused: 32 when it was, 21 when it cannot."""
        with self._request("process_order"):
            order = _row(self.books.orders, idorder, "order")
            if order.status in (PicqerStatus.PROCESSING, PicqerStatus.COMPLETED):
                raise _refused(32, "the order was processed before")
            if order.status not in (PicqerStatus.CONCEPT, PicqerStatus.EXPECTED):
                raise _refused(21, f"the order is {order.status}")
            return self.books.process(idorder)

    def cancel_order(self, idorder: int, *, force: bool = False) -> None:
        """Cancel an order; one that is processing only with ``force``."""
        with self._request("cancel_order"):
            order = _row(self.books.orders, idorder, "order")
            if not force and order.status not in (PicqerStatus.CONCEPT, PicqerStatus.EXPECTED):
                raise _refused(21, f"the order is {order.status}")
            self.books.set_status(idorder, PicqerStatus.CANCELLED)

    def customers_with_email(self, email: str) -> list[PicqerCustomer]:
        """Customers with this e-mail address, lowest idcustomer first."""
        with self._request("customers_with_email"):
            wanted = email.strip().casefold()
            rows = sorted(self.books.customers.items())
            return [row for _, row in rows if (row.email or "").casefold() == wanted]

    def create_customer(self, order: Order) -> PicqerCustomer:
        """Create the customer of this order."""
        body = customer_to_picqer(order)
        with self._request("create_customer"):
            customer = self.books.add_customer(order.customer.email)
            self.books.customer_bodies[customer.idcustomer] = body
            return customer

    def _visible(self) -> list[PicqerOrder]:
        return [row for key, row in self.books.orders.items() if key not in self.books.hidden]

    def _stamp(self, instant: datetime) -> str:
        return instant.astimezone(self.books.zone).strftime("%Y-%m-%d %H:%M:%S")

    # --- Products --------------------------------------------------------------------------------

    def product(self, idproduct: int) -> PicqerProduct:
        """The product as it is now. Raises NotFound."""
        with self._request("product"):
            return self._read(_row(self.books.products, idproduct, "product"))

    def product_with_code(
        self, productcode: str, *, inactive: bool = False
    ) -> PicqerProduct | None:
        """The active (or inactive) product with exactly this productcode."""
        with self._request("product_with_code"):
            product = self.books.find_product(productcode)
            if product is None or product.active is inactive:
                return None
            return self._read(product)

    def products(self, *, inactive: bool = False, start: int = 0) -> Iterator[Page[PicqerProduct]]:
        """The catalogue, active or inactive."""

        def found() -> list[PicqerProduct]:
            return [row for row in self.books.products.values() if row.active is not inactive]

        for page in self._pages("products", found, start):
            yield Page(tuple(map(self._read, page.rows)), page.next)

    def create_product(self, draft: ProductDraft) -> PicqerProduct:
        """Create a product. Raises Unmappable, or Refused when the productcode is taken."""
        body = product_to_picqer(draft)
        with self._request("create_product"):
            productcode = str(body["productcode"])
            if self.books.find_product(productcode) is not None:
                raise _refused(5, "the productcode is taken")
            group = body.get("idvatgroup")
            idvatgroup = group if isinstance(group, int) else None
            product = self.books.add_product(productcode, idvatgroup=idvatgroup)
            self.books.product_bodies[product.idproduct] = body
            return product

    def update_product(self, idproduct: int, draft: ProductDraft) -> PicqerProduct:
        """Write the mapped fields of a product."""
        body = product_to_picqer(draft)
        with self._request("update_product"):
            product = _row(self.books.products, idproduct, "product")
            productcode = str(body["productcode"])
            stock = replace(product.free_stock, productcode=productcode)
            product = replace(product, productcode=productcode, free_stock=stock)
            self.books.products[idproduct] = product
            self.books.product_bodies.setdefault(idproduct, {}).update(body)
            return self._read(product)

    def add_image(self, idproduct: int, image: bytes) -> None:
        """Add one picture to a product."""
        with self._request("add_image"):
            _row(self.books.products, idproduct, "product")
            self.books.images.append((idproduct, image))

    def _read(self, product: PicqerProduct) -> PicqerProduct:
        """The product with its stock stamped now, as a reading is."""
        return replace(product, free_stock=replace(product.free_stock, stamp=self.books.stamp()))

    # --- Picklists -------------------------------------------------------------------------------

    def picklist(self, idpicklist: int) -> Picklist:
        """The picklist with its lines. Raises NotFound."""
        with self._request("picklist"):
            return _row(self.books.picklists, idpicklist, "picklist")

    def picklists_closed_since(
        self, since: datetime, *, start: int = 0
    ) -> Iterator[Page[Picklist]]:
        """Closed picklists since then, two hours of overlap included."""
        begin = self._stamp(since - OVERLAP)

        def found() -> list[Picklist]:
            rows = self.books.picklists.values()
            return [row for row in rows if row.closed_at is not None and row.closed_at >= begin]

        return self._pages("picklists_closed_since", found, start)

    def shipments(self, idpicklist: int) -> list[PicqerShipment]:
        """All shipments of a picklist, cancelled ones too."""
        with self._request("shipments"):
            _row(self.books.picklists, idpicklist, "picklist")
            rows = self.books.shipments.values()
            return [row for row in rows if row.idpicklist == idpicklist]

    # --- The account -----------------------------------------------------------------------------

    def warehouses(self) -> list[Warehouse]:
        """The account's warehouses."""
        with self._request("warehouses"):
            return list(self.books.warehouses.values())

    def vat_groups(self) -> list[VatGroup]:
        """The account's VAT groups."""
        with self._request("vat_groups"):
            return list(self.books.vat_groups)

    def shipping_profiles(self) -> dict[int, str]:
        """The shipping profiles: their name by ``idshippingprovider_profile``."""
        with self._request("shipping_profiles"):
            return dict(self.books.shipping_profiles)

    def hooks(self) -> list[Hook]:
        """All hooks, inactive ones too."""
        with self._request("hooks"):
            return [row.hook for row in self.books.hooks.values()]

    def create_hook(self, name: str, event: str, address: str, secret: str) -> Hook:
        """Subscribe. Raises Refused when an active hook has this event and address."""
        with self._request("create_hook"):
            for row in self.books.hooks.values():
                if row.hook.active and (row.hook.event, row.hook.address) == (event, address):
                    raise _refused(5, "this event is sent to this address already")
            hook = Hook(self.books.number(), name, event, address, active=True, signed=bool(secret))
            self.books.hooks[hook.idhook] = HookRow(hook, secret)
            return hook

    def deactivate_hook(self, idhook: int) -> None:
        """Switch a hook off."""
        self._switch_hook("deactivate_hook", idhook, active=False)

    def reactivate_hook(self, idhook: int) -> None:
        """Switch a hook on again."""
        self._switch_hook("reactivate_hook", idhook, active=True)

    def _switch_hook(self, method: str, idhook: int, *, active: bool) -> None:
        with self._request(method):
            row = _row(self.books.hooks, idhook, "hook")
            self.books.hooks[idhook] = replace(row, hook=replace(row.hook, active=active))

    def check_credentials(self) -> Greeting:
        """The key is good, unless a fault was asked for."""
        with self._request("check_credentials"):
            return Greeting(500, 499, self.books.clock.now())


def _lines(body: dict[str, object]) -> list[tuple[str, int]]:
    """Productcode and amount of each line of a mapped order."""
    lines = cast("list[dict[str, object]]", body["products"])
    return [(str(line["productcode"]), int(str(line["amount"]))) for line in lines]


def _row(table: dict[int, _Row], key: int, what: str) -> _Row:
    try:
        return table[key]
    except KeyError:
        raise NotFound(
            f"Picqer knows no {what} {key}.", evidence=Evidence(status=404, error_code=20)
        ) from None


def _refused(error_code: int, message: str) -> Refused:
    evidence = Evidence(method="POST", status=400, error_code=error_code)
    return Refused(f"Picqer refused: {message} (error_code {error_code}).", evidence=evidence)
