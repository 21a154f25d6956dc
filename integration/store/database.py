"""The connection to the store: engines, transactions, the clock, and work after the commit.

SQLite runs in WAL mode with ``synchronous=FULL`` and ``BEGIN IMMEDIATE`` (a transaction that
began by reading could otherwise not become a writer while another writes); PostgreSQL with
``synchronous_commit=on``. What is committed survives a power cut on both.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Engine,
    cast,
    create_engine,
    event,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from integration.crash_points import crash_point
from integration.errors import StoreAway
from integration.ports import Clock

CONNECT_SECONDS = 5
PATIENCE_SECONDS = 10.0
"""How long a writer waits for others before it gives up, unless a process has less time."""


DAMAGED = (
    "The store's file is damaged, or is no SQLite database; see whether `database_url` names the "
    "right file, or restore a backup of it."
)
AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What SQLAlchemy raises when the database is gone, locked for too long, or full."""


class Database:
    """One store, shared by all threads of a process.

    ``clock`` replaces the database's own clock, for tests that move time by hand. ``patience`` is
    for how many seconds a store that others keep busy is waited for, before StoreAway is raised.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        clock: Clock | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """Prepare an engine; nothing is connected before the first transaction."""
        self.engine = _engine(make_url(url), patience)
        self._clock = clock
        self._local = threading.local()
        self._patience = patience
        self._turns = threading.RLock() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """The connection of this thread's transaction, opening one when there is none."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            yield current
            return
        with self._turn():
            yield from self._outermost()
        self._run_after_commit()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for everything inside, on this thread; may be nested."""
        with self.begin():
            yield

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run this when the present transaction has been committed, never when it was not."""
        actions: list[Callable[[], None]] | None = getattr(self._local, "actions", None)
        if actions is None:
            action()
        else:
            actions.append(action)

    def now_expression(self) -> ColumnElement[float]:
        """The database's clock as seconds since 1970, to be used inside a statement."""
        if self._clock is not None:
            return literal(self._clock.now().timestamp(), Double)
        if self.engine.dialect.name == "sqlite":
            return (func.julianday("now", type_=Double) - 2440587.5) * 86400.0
        # Stable within one statement, so that an index on an instant can be used.
        return cast(extract("epoch", func.statement_timestamp()), Double)

    @property
    def has_its_own_clock(self) -> bool:
        """Whether it may tell another time than this machine: a file goes by its machine's."""
        return self._clock is not None or self.engine.dialect.name != "sqlite"

    def now(self) -> datetime:
        """The database's clock, in UTC."""
        with self.begin() as connection:
            seconds = connection.execute(select(self.now_expression())).scalar_one()
        return to_instant(float(seconds))

    def insert(self, table: Any) -> Any:
        """An INSERT of this database's dialect, which knows ``ON CONFLICT``."""
        if self.engine.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)

    @contextmanager
    def reshape(self) -> Iterator[Connection]:
        """A transaction that may rebuild tables, for migrations.

        SQLite rebuilds a table by dropping the old one, which would delete the rows that refer to
        it: foreign keys are off meanwhile, which SQLite allows only outside a transaction.
        """
        with self._turn(), self.engine.connect() as connection:
            _enforce_foreign_keys(connection, on=False)
            try:
                with connection.begin():
                    yield connection
            finally:
                _enforce_foreign_keys(connection, on=True)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer: threads take turns here rather than poll its file lock."""
        if self._turns is None:
            yield
            return
        if not self._turns.acquire(timeout=self._patience):
            raise StoreAway
        try:
            yield
        finally:
            self._turns.release()

    def _outermost(self) -> Iterator[Connection]:
        self._local.actions = []
        try:
            with self.engine.begin() as connection:
                self._local.connection = connection
                yield connection
        except BaseException as error:
            self._local.actions = None
            if isinstance(error, AWAY):
                raise StoreAway from error
            if _is_damaged(error):
                raise StoreAway(DAMAGED) from error
            raise
        finally:
            self._local.connection = None

    def _run_after_commit(self) -> None:
        actions: list[Callable[[], None]] = self._local.actions or []
        self._local.actions = None
        if actions:
            crash_point("store.after_commit")
        for action in actions:
            action()


def _is_damaged(error: BaseException) -> bool:
    """Whether SQLite says that its file is no database, or that its pages make no sense."""
    cause = error.orig if isinstance(error, DatabaseError) else error
    code = getattr(cause, "sqlite_errorcode", None) if isinstance(cause, sqlite3.Error) else None
    return code is not None and code & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def to_instant(seconds: float) -> datetime:
    """The instant of a stored number of seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def _in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _engine(url: URL, patience: float) -> Engine:
    # Errors would repeat the parameters of a statement, and people with them.
    options: dict[str, Any] = {"hide_parameters": True}
    if _in_memory(url):
        options["poolclass"] = StaticPool
    else:
        options |= {"pool_size": 16, "max_overflow": 32, "pool_timeout": patience}
    if url.get_backend_name() != "sqlite":
        options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_SECONDS}}
        server = create_engine(url, **options)
        event.listen(server, "connect", partial(_prepare_postgres, patience))
        return server
    engine = create_engine(url, connect_args={"check_same_thread": False}, **options)
    event.listen(engine, "connect", partial(_prepare_sqlite, patience))
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_postgres(patience: float, connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.execute("SET synchronous_commit TO on")
    connection.execute(f"SET lock_timeout TO {int(patience * 1000)}")
    connection.commit()


def _prepare_sqlite(patience: float, connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # The driver must not begin transactions of its own.
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
    _use_wal(cursor, patience)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _use_wal(cursor: Any, patience: float) -> None:
    """Switch the file to WAL; SQLite does not wait here for others that do so at the moment."""
    until = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _enforce_foreign_keys(connection: Connection, *, on: bool) -> None:
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")
