"""The command line over a small world of fakes."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from integration.jobs import Delivery, Hint
from integration.services import Services
from integration.settings import Settings
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.shop_care import FakeShopCare
from tests.examples import example_file
from tests.flows.world import World
from workers.cli import app
from workers.cli.connection import Connection


@cache
def configured() -> Settings:
    """The example's settings: most commands need some, and none of these reaches anybody."""
    with tempfile.TemporaryDirectory() as folder:
        return Settings.load({}, example_file(Path(folder)))


class Hints:
    """What deliveries of the shop are understood as: set ``found`` or ``error``."""

    def __init__(self) -> None:
        self.found: Sequence[Hint] = ()
        self.error: Exception | None = None

    def __call__(self, delivery: Delivery) -> Sequence[Hint]:
        if self.error:
            raise self.error
        return self.found


@dataclass
class Bridge:
    """The command ``picqer-bridge``, and the world in which it works."""

    world: World
    hints: Hints
    care: FakeShopCare | None = None
    """What looks after the webhooks of the shops; None: their platform keeps none."""

    @property
    def services(self) -> Services:
        """The world's services, whose shop and account understand deliveries as told."""
        services, care = self.world.services, self.care
        cares = None if care is None else lambda _: care
        shops = {n: replace(one, hints=self.hints, care=cares) for n, one in services.shops.items()}
        accounts = {n: replace(one, hints=self.hints) for n, one in services.accounts.items()}
        return replace(services, shops=shops, accounts=accounts)

    def __call__(self, *words: object, answer: str | None = None) -> Result:
        """Give the command; ``answer`` is what a person types."""
        connection = Connection(load=configured, connect=lambda _: self.services)
        result = CliRunner().invoke(app, [str(word) for word in words], answer, obj=connection)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *words: object) -> Any:
        """Give the command with --json; what it printed to standard output."""
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture(autouse=True)
def only_warnings_are_logged() -> Iterator[None]:
    """As with the real commands: what they print is not mixed with what is written down."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(**before)


@pytest.fixture
def world(memory_database: Database, clock: HandClock) -> World:
    return World(memory_database, clock)


@pytest.fixture
def bridge(world: World) -> Bridge:
    return Bridge(world, Hints())
