"""A store that others keep busy is waited for, but not for longer than its process has time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from integration.errors import StoreAway
from integration.store.database import Database
from integration.testing.clock import HandClock

Impatient = Callable[[], Database]


@pytest.fixture(params=["file", "postgres"])
def impatient(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock
) -> Iterator[Impatient]:
    """Processes of one store that wait for a fifth of a second."""
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("empty_postgres_url")
    made = [Database(url, clock=clock, patience=0.2) for _ in range(2)]
    with made[0].begin() as connection:
        connection.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, n INTEGER)"))
        connection.execute(text("INSERT INTO things VALUES (1, 0)"))
    waiting = iter(made)
    yield lambda: next(waiting)
    for database in made:
        database.dispose()


def change(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE things SET n = n + 1 WHERE id = 1"))


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Another thread is in the middle of a change."""
    inside, release = threading.Event(), threading.Event()

    def hold() -> None:
        with database.transaction():
            change(database)
            inside.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(30)
    yield
    release.set()
    holder.join(30)


def test_another_process_that_keeps_the_store_busy_is_waited_for_and_then_it_is_away(
    impatient: Impatient,
) -> None:
    busy, asking = impatient(), impatient()

    with held(busy):
        began = time.monotonic()
        with pytest.raises(StoreAway):
            change(asking)
        waited = time.monotonic() - began
    change(asking)

    assert waited < 8.0


def test_another_thread_that_keeps_the_store_busy_is_waited_for_and_then_it_is_away(
    impatient: Impatient,
) -> None:
    store = impatient()

    with held(store), pytest.raises(StoreAway):
        change(store)
    change(store)
