"""Facts about picklists, shipments and order statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from integration.domain import Picklist, PicqerShipment, ShipmentLine
from integration.jobs import Fact, OrderStatusFact


@dataclass(frozen=True, slots=True)
class PicklistRow:
    """A picklist as the door or reconciliation wrote it down.

    ``reported`` is the fingerprint of what the shop was told last, None when nothing was.
    ``closed_seen_at`` is when we learnt that it was closed.
    """

    account: str
    picklist: Picklist
    closed_seen_at: datetime | None
    shipments_read_at: datetime | None
    reported: str | None


class Shipments(Protocol):
    """Facts about picklists, shipments and order statuses, each a row of its own."""

    def record(self, account: str, fact: Fact) -> int | None:
        """Write a fact down; returns the idorder it is about, None when not known yet."""

    def picklists(self, account: str, idorder: int) -> list[PicklistRow]:
        """The order's picklists, lowest idpicklist first."""

    def shipments(self, account: str, idpicklist: int) -> list[PicqerShipment]:
        """The picklist's shipments that are written down, cancelled ones too."""

    def order_of_picklist(self, account: str, idpicklist: int) -> int | None:
        """The idorder of a picklist that is written down; None: unknown, or of a return."""

    def shipments_read(
        self, account: str, idpicklist: int, found: Sequence[PicqerShipment]
    ) -> None:
        """All shipments of a picklist were read at Picqer just now."""

    def reported(self, account: str, idpicklist: int, fingerprint: str) -> None:
        """The shop was told this."""

    def status(self, account: str, idorder: int) -> OrderStatusFact | None:
        """The latest status Picqer gave for the order."""

    def join_lines(
        self,
        account: str,
        idorder: int,
        shop: str,
        order_id: str,
        lines: Mapping[int, ShipmentLine],
    ) -> None:
        """Remember which shop line each ``idorder_product`` stands for."""

    def line_of(self, account: str, idorder_product: int) -> ShipmentLine | None:
        """The shop line of an ``idorder_product``; None for parts that Picqer added."""

    def lines(self, account: str, idorder: int) -> Mapping[int, ShipmentLine]:
        """All shop lines that were joined to this order, by ``idorder_product``."""

    def has_facts(self, account: str, idorder: int) -> bool:
        """Whether anything but a mere processing status is known of the order."""
