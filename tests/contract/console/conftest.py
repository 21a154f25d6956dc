"""A console over a played morning, and people who visit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi import FastAPI

from integration.testing.clock import HandClock
from integration.web.console import console
from integration.web.console.access import Access, Throttle
from tests.contract.console.seeded import (
    ACCESS,
    OPERATOR,
    OPERATORS_PASSWORD,
    VIEWER,
    VIEWERS_PASSWORD,
    Morning,
    Seeded,
)
from tests.contract.console.visitor import Visitor


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    played = Morning(tmp_path_factory.mktemp("console"))
    yield played
    played.close()


@pytest.fixture
def seeded(morning: Morning) -> Seeded:
    return morning.begin()


@pytest.fixture
def clock(seeded: Seeded) -> HandClock:
    """The clock of that installation."""
    return seeded.world.clock


Consoles = Callable[..., FastAPI]


@pytest.fixture
def console_with(seeded: Seeded, clock: HandClock) -> Consoles:
    """Makes the application, for those whom ``access`` lets in."""

    def make(access: Access = ACCESS) -> FastAPI:
        application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        application.include_router(console(seeded.services, access, Throttle(clock.monotonic)))
        return application

    return make


@pytest.fixture
def visit() -> Iterator[Callable[[FastAPI], Visitor]]:
    """Makes visitors, who are gone after the test."""
    with ExitStack() as visitors:
        yield lambda app, **options: visitors.enter_context(Visitor(app, **options))


@pytest.fixture
def guarded(console_with: Consoles) -> FastAPI:
    """The console with two passwords."""
    return console_with()


@pytest.fixture
def stranger(guarded: FastAPI, visit: Callable[[FastAPI], Visitor]) -> Visitor:
    return visit(guarded)


@pytest.fixture
def operator(guarded: FastAPI, visit: Callable[[FastAPI], Visitor]) -> Visitor:
    visitor = visit(guarded)
    assert visitor.sign_in(OPERATOR.name, OPERATORS_PASSWORD).status_code == 303
    return visitor


@pytest.fixture
def viewer(guarded: FastAPI, visit: Callable[[FastAPI], Visitor]) -> Visitor:
    visitor = visit(guarded)
    assert visitor.sign_in(VIEWER.name, VIEWERS_PASSWORD).status_code == 303
    return visitor


@pytest.fixture
def here(console_with: Consoles, visit: Callable[[FastAPI], Visitor]) -> Visitor:
    """Somebody on this machine, while no password is set."""
    return visit(console_with(Access()))
