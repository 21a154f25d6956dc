"""The store of an installation, read and moved in time from outside, without the code under test.

Hours that nobody can wait for are made by moving what the store remembers into the past.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import Engine, create_engine, func, select, update
from sqlalchemy.engine import Connection, make_url

from integration.sandbox.picqer.books import STAMP
from integration.store.schema import (
    births,
    bookmarks,
    first_sights,
    free_stock,
    heartbeats,
    job_events,
    jobs,
    metadata,
)

SCHEDULE = "schedule"


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def told(url: str, flow: str) -> dict[str, list[tuple[str, float]]]:
    """The kinds and moments (epoch seconds) of every timeline line, by the job's subject."""
    query = (
        select(jobs.c.subject, job_events.c.kind, job_events.c.at)
        .join(jobs, jobs.c.id == job_events.c.job_id)
        .where(jobs.c.flow == flow)
        .order_by(job_events.c.id)
    )
    found: dict[str, list[tuple[str, float]]] = {}
    with _engine(url) as engine, engine.connect() as connection:
        for subject, kind, at in connection.execute(query):
            found.setdefault(subject, []).append((kind, float(at)))
    return found


def attempts(url: str, flow: str = "create_order") -> int:
    """How many runs of this flow ended in an attempt that was used up."""
    return sum(kind == "retry" for lines in told(url, flow).values() for kind, _ in lines)


def born_at(url: str) -> float:
    """When the store was born, or born again, in epoch seconds."""
    with _engine(url) as engine, engine.connect() as connection:
        return float(connection.execute(select(births.c.born_at)).scalar_one())


def products_read(url: str) -> set[str]:
    """The productcodes whose free stock is known."""
    with _engine(url) as engine, engine.connect() as connection:
        return set(connection.execute(select(free_stock.c.productcode)).scalars())


def reopen_appointments(url: str, *names: str) -> None:
    """Have the schedule think that these were last begun long ago (none: all of them)."""
    with _engine(url) as engine, engine.begin() as connection:
        _move_bookmarks(connection, timedelta(days=2), scope=SCHEDULE, names=names)


def move_into_the_past(url: str, by: timedelta, *, heartbeat: bool) -> None:
    """Everything that the store did happened earlier; ``heartbeat``: its processes' beats too."""
    seconds = by.total_seconds()
    with _engine(url) as engine, engine.begin() as connection:
        connection.execute(update(first_sights).values(at=first_sights.c.at - seconds))
        connection.execute(update(births).values(born_at=births.c.born_at - seconds))
        _move_bookmarks(connection, by)
        _move_stamps(connection, by)
        if heartbeat:
            connection.execute(update(births).values(heartbeat_at=births.c.heartbeat_at - seconds))
            connection.execute(update(heartbeats).values(at=heartbeats.c.at - seconds))


def _move_bookmarks(
    connection: Connection, by: timedelta, *, scope: str | None = None, names: tuple[str, ...] = ()
) -> None:
    for row in connection.execute(select(bookmarks)).all():
        if (scope and row.scope != scope) or (names and row.name not in names):
            continue
        if (moved := _earlier(row.value, by)) is not None:
            mine = (bookmarks.c.scope == row.scope) & (bookmarks.c.name == row.name)
            connection.execute(update(bookmarks).where(mine).values(value=moved))


def _move_stamps(connection: Connection, by: timedelta) -> None:
    """Picqer's own stamps, oldest first, so that none is moved twice."""
    stamps = [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name in {"stamp", "process_stamp"}
    ]
    for column in stamps:
        for old in connection.execute(select(column).distinct().order_by(column)).scalars().all():
            if old:
                new = (datetime.fromisoformat(old) - by).strftime(STAMP)
                values = {column.name: new}
                connection.execute(update(column.table).where(column == old).values(values))


def _earlier(value: object, by: timedelta) -> str | None:
    """The moment that a bookmark holds, moved; None: it holds something else."""
    try:
        return (datetime.fromisoformat(str(value)) - by).isoformat()
    except ValueError:
        return None


def back_up(url: str, to: Path) -> None:
    """Copy a store at one moment, while it is in use."""
    if (place := _file_of(url)) is None:
        _copy_rows(url, to)
        return
    with closing(sqlite3.connect(place)) as live, closing(sqlite3.connect(to)) as copy:
        live.backup(copy)


def restore(url: str, backup: Path) -> None:
    """Put a backup in the place of the store; nothing uses it meanwhile."""
    if (place := _file_of(url)) is None:
        _put_rows(url, backup)
        return
    for leftover in (place, *(place.with_name(f"{place.name}-{end}") for end in ("wal", "shm"))):
        leftover.unlink(missing_ok=True)
    place.write_bytes(backup.read_bytes())


def _file_of(url: str) -> Path | None:
    """The file of a SQLite store; None: it is PostgreSQL."""
    parts = make_url(url)
    return Path(str(parts.database)) if parts.get_backend_name() == "sqlite" else None


def _plain(url: str) -> str:
    """As PostgreSQL's own library reads it: without the name of a driver."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _copy_rows(url: str, to: Path) -> None:
    """What pg_dump does: every table as of one moment. Its program has to be the server's age."""
    to.mkdir()
    with psycopg.connect(_plain(url)) as connection, connection.cursor() as cursor:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for table in metadata.sorted_tables:
            with cursor.copy(f'COPY "{table.name}" TO STDOUT') as rows:
                (to / table.name).write_bytes(b"".join(bytes(part) for part in rows))


def _put_rows(url: str, backup: Path) -> None:
    """Every table as it was; numbers are given out again from where they were."""
    tables = metadata.sorted_tables
    with psycopg.connect(_plain(url)) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(f'"{table.name}"' for table in tables))
        for table in tables:
            with cursor.copy(f'COPY "{table.name}" FROM STDIN') as rows:
                rows.write((backup / table.name).read_bytes())
    with _engine(url) as engine, engine.begin() as stored:
        for column in (one for table in tables for one in table.primary_key):
            numbers = func.pg_get_serial_sequence(column.table.name, column.name)
            if stored.execute(select(numbers)).scalar_one() is not None:
                highest = func.coalesce(func.max(column), 1)
                stored.execute(select(func.setval(numbers, highest)))


def as_json(value: object) -> str:
    """As Picqer writes it: no spaces."""
    return json.dumps(value, separators=(",", ":"))
