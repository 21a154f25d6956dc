"""Power over a sandbox: what the warehouse does, what goes wrong, and what has happened."""

from typing import Any

from integration.sandbox.picqer import orders, picking, processing, returns, shapes, shipping, stock
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.faults import Fault
from integration.sandbox.picqer.rate_windows import WindowKind
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Order, Picklist, Product
from integration.sandbox.picqer.tuning import Tuning
from integration.sandbox.picqer.wire import Json


class Control:
    """Every lever of a sandbox; each method holds the lock of the books while it works.

    Unknown rows raise Refusal 20; what a status forbids raises the Refusal that the API would give.
    """

    def __init__(self, books: Books) -> None:
        self.books = books

    def log(self) -> list[dict[str, Any]]:
        """Return every API request since the last reset, oldest first."""
        return [entry.shape() for entry in self.books.log.entries()]

    def reset_log(self) -> None:
        """Forget the requests seen so far."""
        self.books.log.reset()

    def busiest(self) -> dict[str, int]:
        """Return the largest number of requests in any sliding 60 s, and the refusals."""
        return self.books.log.busiest()

    def max_in_window(self) -> int:
        """Return the largest number of requests in any sliding 60 s."""
        return self.books.log.busiest()["max_in_window"]

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every attempt at delivering a hook, oldest first."""
        return [attempt.shape() for attempt in self.books.deliveries.history()]

    def events(self) -> list[tuple[str, str]]:
        """Return every event and its subject, oldest first, whether or not a hook wanted it."""
        with self.books.lock:
            return list(self.books.events)

    def summary(self) -> Json:
        """Return the books in short: orders by reference, stock by productcode, hooks."""
        books = self.books
        with books.lock:
            books.agenda.run_due()
            return {
                "orders": {
                    reference: [self._order(books.orders[number]) for number in numbers]
                    for reference, numbers in books.references.items()
                    if numbers
                },
                "stock": {row.productcode: self._stock(row) for row in books.products.values()},
                "hooks": [shapes.hook(row) for row in books.hooks.values()],
                "customers": len(books.customers),
                "open_backorders": len(books.backorders),
                "deliveries_waiting": books.deliveries.waiting(),
            }

    def summary_of(self, idorder: int) -> Json:
        """Return one order in short."""
        with self.books.lock:
            return self._order(self._order_row(idorder))

    def _order(self, order: Order) -> Json:
        picklists = [self.books.picklists[number] for number in order.idpicklists]
        return {
            "idorder": order.idorder,
            "orderid": order.orderid,
            "status": order.status,
            "picklists": [
                {"idpicklist": row.idpicklist, "status": row.status} for row in picklists
            ],
        }

    def _stock(self, product: Product) -> Json:
        return {
            "idproduct": product.idproduct,
            "active": product.active,
            "freestock": shapes.free_stock(self.books, product),
            "warehouses": shapes.stock(self.books, product),
        }

    def set_limit(self, limit: int) -> None:
        """Let the API answer `limit` requests a minute from now on."""
        with self.books.lock:
            self.books.rate.limit = limit

    def set_window(self, kind: WindowKind) -> None:
        """Count requests in another way, beginning with nothing used."""
        with self.books.lock:
            self.books.rate.switch(kind)

    def foreign_use(self, count: int) -> None:
        """Burn `count` permits, as another program with the same API key would."""
        with self.books.lock:
            self.books.rate.foreign_use(self.books.clock(), count)

    def add_fault(self, fault: Fault) -> int:
        """Switch a fault on; return its number."""
        with self.books.lock:
            return self.books.faults.add(fault, self.books.clock())

    def clear_faults(self) -> None:
        """Switch all faults off."""
        with self.books.lock:
            self.books.faults.clear()

    def remove_fault(self, idfault: int) -> None:
        """Switch one fault off."""
        with self.books.lock:
            if not self.books.faults.remove(idfault):
                raise Refusal(20)

    def tune(self, **changes: Any) -> Tuning:
        """Turn knobs (see `Tuning`); ValueError for an unknown one."""
        with self.books.lock:
            return self.books.turn(**changes)

    def pause_hooks(self) -> None:
        """Keep deliveries back."""
        self.books.deliveries.pause()

    def resume_hooks(self) -> None:
        """Send what was kept back, and go on."""
        self.books.deliveries.resume()

    def orders_of(self, reference: str) -> list[Order]:
        """Return every order with that reference, cancelled ones included."""
        with self.books.lock:
            self.books.agenda.run_due()
            return self.books.by_reference(reference)

    def set_stock(
        self,
        productcode: str,
        *,
        amount: int | None = None,
        change: int | None = None,
        idwarehouse: int | None = None,
    ) -> int:
        """Count a product anew or book a difference; return the physical stock in pieces."""
        books = self.books
        with books.lock:
            if productcode not in books.productcodes:
                raise Refusal(20, f"No product {productcode}")
            place = idwarehouse or next(iter(books.warehouses))
            if place not in books.warehouses:
                raise Refusal(20, f"No warehouse {place}")
            product = books.by_productcode(productcode)
            return stock.set_stock(books, product, place, amount=amount, change=change).stock

    def pick_and_close(
        self,
        idpicklist: int,
        *,
        amounts: dict[str, int] | None = None,
        shipments: int = 1,
        parcels: int = 1,
        then: str = "backorder",
    ) -> Picklist:
        """Pick, ship and close a picklist.

        `amounts` (pieces per productcode) closes it short; the rest becomes a backorder, or with
        `then="picklist"` a new picklist at once.
        """
        books = self.books
        with books.lock:
            books.agenda.run_due()
            picklist = books.picklists.get(idpicklist)
            if picklist is None:
                raise Refusal(20)
            picking.pick_and_close(
                books, picklist, amounts=amounts, shipments=shipments, parcels=parcels
            )
            order = books.orders.get(picklist.idorder or 0)
            if then == "picklist" and order is not None:
                processing.process_backorders(books, order)
            return picklist

    def cancel_shipment(self, idshipment: int) -> None:
        """Cancel a shipment, also later than the five minutes of the API."""
        with self.books.lock:
            shipment = self.books.shipments.get(idshipment)
            if shipment is None:
                raise Refusal(20)
            shipping.cancel(self.books, shipment, late=True)

    def _order_row(self, idorder: int) -> Order:
        self.books.agenda.run_due()
        order = self.books.orders.get(idorder)
        if order is None:
            raise Refusal(20)
        return order

    def finish_processing(self, idorder: int) -> None:
        """Make the picklists of an order now instead of after the delay."""
        with self.books.lock:
            processing.finish(self.books, self._order_row(idorder))

    def complete_order(self, idorder: int, *, shipments: int = 1) -> None:
        """Pick, ship and close everything of an order; what waits for stock is cancelled."""
        with self.books.lock:
            orders.complete(self.books, self._order_row(idorder), shipments=shipments)

    def cancel_order(self, idorder: int, *, force: bool = True) -> None:
        """Cancel an order in the warehouse."""
        with self.books.lock:
            orders.cancel(self.books, self._order_row(idorder), force=force)

    def process_backorders(self, idorder: int) -> None:
        """Make picklists of an order's backorders for which there is stock."""
        with self.books.lock:
            processing.process_backorders(self.books, self._order_row(idorder))

    def expect_order(self, idorder: int) -> None:
        """Make a concept an expected order, as unpaid orders of Picqer's own webshops are."""
        with self.books.lock:
            orders.set_status(self.books, self._order_row(idorder), "expected")

    def make_return(
        self,
        productcode: str,
        *,
        amount: int = 1,
        reference: str | None = None,
        idwarehouse: int | None = None,
        shipments: int = 1,
    ) -> Picklist:
        """Close a picklist that belongs to a return and to no order."""
        with self.books.lock:
            if productcode not in self.books.productcodes:
                raise Refusal(20, f"No product {productcode}")
            return returns.make(
                self.books,
                self.books.by_productcode(productcode),
                amount=amount,
                reference=reference,
                idwarehouse=idwarehouse,
                shipments=shipments,
            )
