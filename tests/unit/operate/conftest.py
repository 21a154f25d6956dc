"""Operations over a small world of fakes."""

from __future__ import annotations

import pytest

from integration.jobs import Job
from integration.store.database import Database
from integration.testing.clock import HandClock
from tests.flows.world import World, line


@pytest.fixture
def world(memory_database: Database, clock: HandClock) -> World:
    return World(memory_database, clock)


@pytest.fixture
def parked(world: World) -> Job:
    """Order 1042 is parked: a line has no SKU."""
    return park(world, "1042")


@pytest.fixture
def hundred(world: World) -> list[Job]:
    """A hundred and twenty orders are parked for the same reason."""
    return [park(world, str(number)) for number in range(2000, 2120)]


def park(world: World, number: str) -> Job:
    """An order whose line has no SKU is looked at."""
    world.order(number, lines=(line(None),))
    return world.run_order(number).job
