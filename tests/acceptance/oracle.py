"""What an outsider can see of the promises: Picqer's books, the shop's books, the store's tables.

It knows nothing of flows, jobs' code or the ledger's rules, so that a fault there cannot hide
itself. Each method returns sentences about what is wrong; none: the promise holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from integration.sandbox.picqer import SandboxPicqer
from integration.sandbox.shop import SandboxShop
from tests.acceptance.seen_at_picqer import PROCESSED, SeenAtPicqer
from tests.acceptance.seen_in_store import SeenInStore


class Witness(SeenAtPicqer, SeenInStore):
    """What can be judged of one installation without knowing its shop."""

    def __init__(self, picqer: SandboxPicqer, database_url: str) -> None:
        SeenAtPicqer.__init__(self, picqer)
        SeenInStore.__init__(self, database_url)


class Oracle(Witness):
    """Judges one installation with the sandbox's own webshop."""

    def __init__(self, picqer: SandboxPicqer, shop: SandboxShop, database_url: str) -> None:
        super().__init__(picqer, database_url)
        self._shop = shop

    def orders(self, *, parked: Collection[str] = ()) -> list[str]:
        """Every paid order of the shop is one processed order of the same goods, and no others.

        One that the shop cancelled is none, and so is one that waits for a person (``parked``).
        """
        wrong: list[str] = []
        with self._shop.books.lock:
            wanted = {one["number"]: one for one in self._shop.books.orders.values()}
        with self._picqer.books.lock:
            live = {
                one.reference
                for one in self._picqer.books.orders.values()
                if one.status != "cancelled"
            }
        wrong += [f"order {one} is not the shop's" for one in live - wanted.keys()]
        for number, document in wanted.items():
            if document["cancelled"] or number in parked:
                wrong += self._no_order(number)
            else:
                wrong += self._order(number, document)
        return wrong

    def _no_order(self, number: str) -> Iterator[str]:
        live = self.live_orders(number)
        if live:
            yield f"order {number} is not to be shipped, and is {live[0].status} at Picqer"

    def _order(self, number: str, document: dict[str, Any]) -> Iterator[str]:
        live = self.live_orders(number)
        if len(live) != 1 or len(self._picqer.orders_of(number)) != 1:
            yield f"order {number} is {len(live)} live orders at Picqer"
            return
        if live[0].status not in PROCESSED:
            yield f"order {number} is {live[0].status} at Picqer"
        ordered = Counter({line["sku"]: line["quantity"] for line in document["lines"]})
        if Counter({line.productcode: line.amount for line in live[0].lines}) != ordered:
            yield f"order {number} is of other goods at Picqer"

    # --- P2: nothing without an end --------------------------------------------------------------

    def deliveries(self) -> list[str]:
        """Every delivery that the door accepted is stored, and led to jobs or has its reason."""
        accepted = sum(one.status == 200 for one in self._shop.webhooks.sent)
        return [*super().deliveries(), *self.missing_deliveries(accepted)]

    # --- P4: stock -------------------------------------------------------------------------------

    def stock(self) -> list[str]:
        """The shop shows what is free at Picqer less what is ordered and not processed there."""
        wrong = []
        for productcode, sellable in self.sellable(self._not_processed()).items():
            with self._shop.books.lock:
                shown = self._shop.books.sellable.get(productcode)
            if shown is not None and shown != sellable:
                wrong.append(f"{productcode}: the shop shows {shown}, sellable are {sellable}")
        return wrong

    def _not_processed(self) -> Counter[str]:
        with self._shop.books.lock:
            documents = list(self._shop.books.orders.values())
        pieces: Counter[str] = Counter()
        for document in documents:
            live = self.live_orders(document["number"])
            if document["holds_stock"] and not any(one.status in PROCESSED for one in live):
                pieces.update({line["sku"]: line["quantity"] for line in document["lines"]})
        return pieces

    # --- P5: shipments ---------------------------------------------------------------------------

    def shipments(self, order_id: str, *, times: int = 1) -> list[str]:
        """Each closed picklist of the order was told, with all its parcels and pieces.

        Once; or at most so many ``times``, when somebody died between telling and writing it down:
        telling again replaces what was told.
        """
        with self._shop.books.lock:
            number = self._shop.books.orders[order_id]["number"]
            reports = dict(self._shop.books.shipments.get(order_id, {}))
        wrong = []
        for idpicklist in self._closed_picklists(number):
            report = reports.pop(str(idpicklist), None)
            if report is None:
                wrong.append(f"picklist {idpicklist} was not told to the shop")
                continue
            if report.times > times:
                wrong.append(f"picklist {idpicklist} was told {report.times} times")
            told = sorted(parcel["tracking_code"] for parcel in report.body["parcels"])
            if told != self.tracking_codes(idpicklist):
                wrong.append(f"picklist {idpicklist} was told with the parcels {told}")
            pieces = {line["sku"]: line["quantity"] for line in report.body["lines"]}
            if pieces != self.picked(idpicklist):
                wrong.append(f"picklist {idpicklist} was told with {pieces}")
        return wrong + [f"the shop was told of a picklist {key} of nobody" for key in reports]

    def all_shipments(self, *, times: int = 1) -> list[str]:
        """The same for every order, and the shop's order is completed when Picqer's is."""
        with self._shop.books.lock:
            documents = dict(self._shop.books.orders)
        wrong = [one for key in documents for one in self.shipments(key, times=times)]
        for order_id, document in documents.items():
            live = self.live_orders(document["number"])
            completed = bool(live) and live[0].status == "completed"
            if completed != (document["fulfillment_status"] == "fulfilled"):
                status = live[0].status if live else "not there"
                said = document["fulfillment_status"]
                wrong.append(f"order {order_id} is {said} in the shop and {status} at Picqer")
        return wrong

    def _closed_picklists(self, number: str) -> list[int]:
        with self._picqer.books.lock:
            return [
                idpicklist
                for order in self.live_orders(number)
                for idpicklist in order.idpicklists
                if self._picqer.books.picklists[idpicklist].status == "closed"
            ]
