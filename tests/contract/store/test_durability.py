"""What is committed survives a power cut, on both kinds of store."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from integration.store.database import Database


def test_a_sqlite_file_waits_for_the_disk_and_keeps_no_deleted_bytes(tmp_path: Path) -> None:
    store = Database(f"sqlite:///{tmp_path / 'bridge.db'}")
    names = ["journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout"]

    with store.begin() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10000,
    }
    store.dispose()


def test_postgres_waits_for_the_disk_whatever_the_server_prefers(empty_postgres_url: str) -> None:
    careless = Database(empty_postgres_url)
    name = careless.engine.url.database
    with careless.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    careless.dispose()

    store = Database(empty_postgres_url)
    with store.begin() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    store.dispose()


def test_the_databases_own_clock_tells_the_time_of_each_statement(empty_postgres_url: str) -> None:
    for url in ["sqlite://", empty_postgres_url]:
        store = Database(url)
        with store.transaction():
            first, second = store.now(), store.now()
        assert first <= second
        assert first.tzinfo is not None
        store.dispose()
