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
