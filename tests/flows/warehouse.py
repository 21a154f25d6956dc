"""An order that is at Picqer, for the tests of what happens to it in the warehouse."""

from __future__ import annotations

from collections.abc import Mapping

from integration.domain import Parcel, Picklist, PicqerStatus
from integration.jobs import Done, Flow, OrderStatusFact
from integration.runner import Outcome
from tests.flows.world import World, line

PARCEL = Parcel("3SABC000000001", "https://example.com/t", "PostNL")
SECOND = Parcel("3SABC000000002", "https://example.com/u", "PostNL")


class Warehouse:
    """An order that is at Picqer, and the words for what happens to it there."""

    def __init__(self, world: World, idorder: int) -> None:
        self.world = world
        self.books = world.picqer.books
        self.idorder = idorder

    def close(
        self,
        *parcels: Parcel,
        amounts: Mapping[str, int] | None = None,
        picked: Mapping[str, int] | None = None,
        tell: bool = True,
    ) -> Picklist:
        """Pack a picklist, with these parcels, and let Picqer tell of it."""
        picklist = self.books.make_picklist(self.idorder, amounts)
        if parcels:
            self.books.ship(picklist.idpicklist, *parcels)
        closed = self.books.pick(picklist.idpicklist, picked)
        if tell:
            self.world.services.shipments.record("main", closed)
        return closed

    def late_parcel(self, picklist: Picklist, parcel: Parcel) -> int:
        """Add a shipment afterwards and let Picqer tell of it; returns its idshipment."""
        shipment = self.books.ship(picklist.idpicklist, parcel)
        self.world.services.shipments.record("main", shipment)
        return shipment.idshipment

    def tell_status(self, status: PicqerStatus | None = None) -> None:
        """Let Picqer tell the order's status."""
        told = status or self.books.orders[self.idorder].status
        fact = OrderStatusFact(self.idorder, told, self.books.stamp())
        self.world.services.shipments.record("main", fact)


def at_picqer(world: World) -> Warehouse:
    """Order 1042, two blue mugs and a plate, is processing at Picqer."""
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.picqer.books.add_product("PLATE", 40)
    world.order(lines=(line(), line("PLATE", 1, id="2")))
    assert isinstance(world.run_order().ending, Done)
    world.picqer.calls.clear()
    world.shop.calls.clear()
    world.clock.advance(60)
    (idorder,) = world.picqer.books.orders
    return Warehouse(world, idorder)


def complete(warehouse: Warehouse) -> Outcome:
    """Run the flow once for that order."""
    return warehouse.world.run(Flow.COMPLETE_ORDER, "1042")


def told(warehouse: Warehouse, picklist: Picklist) -> tuple[dict[str, int], list[str | None]]:
    """What the shop carries of a picklist: pieces per line, and tracking codes."""
    shipment = warehouse.world.shop.books.shipments["1042", str(picklist.idpicklist)]
    lines = {one.line_id: one.quantity for one in shipment.lines}
    return lines, [parcel.tracking_code for parcel in shipment.parcels]


def reports(warehouse: Warehouse, picklist: Picklist) -> int:
    """How often the shop was told of a picklist."""
    return warehouse.world.shop.books.reports["1042", str(picklist.idpicklist)]
