"""Picqer's picklists and their shipments (picqer.com/en/api/picklists, /picklist-shipments)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from integration.domain import Picklist, PicqerShipment
from integration.http import Answer
from integration.picqer.access import Api
from integration.picqer.mapping.reading import records
from integration.picqer.mapping.records import read_picklist, read_shipment
from integration.picqer.paging import every_page
from integration.ports import Page

OVERLAP = timedelta(hours=2)


class Picklists:
    """One account's picklists."""

    _api: Api

    def picklist(self, idpicklist: int) -> Picklist:
        """The picklist with its lines. Raises NotFound."""
        return self._api.ask("GET", f"/picklists/{idpicklist}", _picklist)

    def picklists_closed_since(
        self, since: datetime, *, start: int = 0
    ) -> Iterator[Page[Picklist]]:
        """Closed picklists since that instant, two hours of overlap included."""
        begin = self._api.stamp(since - OVERLAP)

        def page(offset: int) -> list[Picklist]:
            params: dict[str, str | int] = {
                "status": "closed",
                "closed_after": begin,
                "offset": offset,
            }
            return self._api.ask("GET", "/picklists", _picklists, params=params)

        return every_page(page, lambda picklist: picklist.idpicklist, start)

    def shipments(self, idpicklist: int) -> list[PicqerShipment]:
        """All shipments of a picklist, cancelled ones too."""
        return self._api.ask("GET", f"/picklists/{idpicklist}/shipments", _shipments)


def _picklist(answer: Answer) -> Picklist:
    return read_picklist(answer.data)


def _picklists(answer: Answer) -> list[Picklist]:
    return [read_picklist(row) for row in records(answer.data, "the list of picklists")]


def _shipments(answer: Answer) -> list[PicqerShipment]:
    return [read_shipment(row) for row in records(answer.data, "the list of shipments")]
