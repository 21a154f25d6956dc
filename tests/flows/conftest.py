"""The small world that the tests of flows play in."""

from __future__ import annotations

import pytest

from integration.store.database import Database
from integration.testing.clock import HandClock
from tests.flows.warehouse import Warehouse, at_picqer
from tests.flows.world import World


@pytest.fixture
def world(memory_database: Database, clock: HandClock) -> World:
    return World(memory_database, clock)


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return at_picqer(world)


@pytest.fixture
def stocked(world: World) -> World:
    """A world whose Picqer knows the blue mug and whose VAT groups were read before."""
    world.picqer.books.add_product("MUG-BLUE", 40)
    group = {"idvatgroup": 18, "name": "BTW Hoog", "percentage": "21"}
    world.services.bookmarks.set("picqer/main", "vat_groups", [group])
    return world
