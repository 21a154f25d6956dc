"""What an outsider can see at the simulated Picqer: its books, and its log of requests."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from integration.sandbox.picqer import SandboxPicqer
from integration.sandbox.picqer.rows import Order

PROCESSED = frozenset({"processing", "completed"})


class SeenAtPicqer:
    """Reads the books of one simulated Picqer."""

    def __init__(self, picqer: SandboxPicqer) -> None:
        self._picqer = picqer

    # --- P1: one order each ----------------------------------------------------------------------

    def live_orders(self, reference: str) -> list[Order]:
        """The orders at Picqer with this reference that are not cancelled."""
        return [one for one in self._picqer.orders_of(reference) if one.status != "cancelled"]

    def processed(self) -> int:
        """How many orders at Picqer are processing or completed."""
        with self._picqer.books.lock:
            return sum(one.status in PROCESSED for one in self._picqer.books.orders.values())

    # --- P3: the rate limit ----------------------------------------------------------------------

    def rate(self, limit: int) -> list[str]:
        """No 60 seconds saw more than the limit, and Picqer never had to say so."""
        seen = self._picqer.busiest()
        wrong = []
        if seen["max_in_window"] > limit or seen["over_limit"]:
            wrong.append(f"{seen['max_in_window']} requests in a minute of at most {limit}")
        if seen["rejected"]:
            wrong.append(f"{seen['rejected']} requests were answered 429")
        return wrong

    # --- Stock and shipments ---------------------------------------------------------------------

    def sellable(self, ahead: Counter[str]) -> dict[str, int]:
        """What is free at Picqer, by productcode, less the pieces ``ahead`` on their way there."""
        with self._picqer.books.lock:
            counting = set(self._picqer.books.counting())
        free = {
            productcode: sum(
                one["freestock"] for one in figures["warehouses"] if one["idwarehouse"] in counting
            )
            for productcode, figures in self._picqer.summary()["stock"].items()
        }
        return {code: max(0, pieces - ahead[code]) for code, pieces in free.items()}

    def tracking_codes(self, idpicklist: int) -> list[str]:
        """The codes of all parcels of a picklist."""
        with self._picqer.books.lock:
            return sorted(
                parcel.tracking_code
                for shipment in self._picqer.books.shipments.values()
                if shipment.idpicklist == idpicklist
                for parcel in shipment.parcels
            )

    def picked(self, idpicklist: int) -> dict[str, int]:
        """The pieces that were picked, by productcode."""
        with self._picqer.books.lock:
            lines = self._picqer.books.picklists[idpicklist].lines
            return {line.productcode: line.amount_picked for line in lines}

    # --- Calls -----------------------------------------------------------------------------------

    def calls(self) -> Counter[str]:
        """The requests at Picqer since its log was reset, numbers in paths written as ``*``."""
        return Counter(
            f"{entry['method']} {_shape(entry['path'])}"
            for entry in self._picqer.log()
            if not _is_reading_of_doubt(entry)
        )

    def attempts_to_create(self, reference: str) -> int:
        """How often somebody asked Picqer to create an order with this reference."""
        return sum(entry["reference"] == reference for entry in self._picqer.log())


def _is_reading_of_doubt(entry: dict[str, Any]) -> bool:
    """Reading one product's stock again: within a second nobody knows what came first."""
    return entry["method"] == "GET" and _shape(entry["path"]) == "/products/*"


def _shape(path: str) -> str:
    return re.sub(r"/\d+", "/*", path.removeprefix("/api/v1"))
