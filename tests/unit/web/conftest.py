"""The door that the tests of this folder knock on."""

from __future__ import annotations

import pytest

from integration.store.database import Database
from integration.testing.clock import HandClock
from tests.flows.world import World
from tests.unit.web.doorway import Doorway


@pytest.fixture
def doorway(memory_database: Database, clock: HandClock) -> Doorway:
    return Doorway(World(memory_database, clock))
