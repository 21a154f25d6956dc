"""How the store is, read from a real file and a real PostgreSQL, which are left as they were."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from integration.errors import StoreAway
from integration.store.condition import file_system_of, read_store
from integration.store.database import Database
from integration.store.migrate import migrate, newest_revision

Opened = Callable[[str], Database]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open a store by its address, and let it go afterwards."""
    stores: list[Database] = []

    def opening(url: str) -> Database:
        stores.append(Database(url, patience=0.2))
        return stores[-1]

    yield opening
    for store in stores:
        store.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "bridge.db"


@pytest.fixture
def store(opened: Opened, file: Path) -> Database:
    """A SQLite file in order."""
    store = opened(f"sqlite:///{file}")
    migrate(store)
    return store


@pytest.fixture
def postgres(opened: Opened, empty_postgres_url: str) -> Database:
    """A PostgreSQL store in order."""
    store = opened(empty_postgres_url)
    migrate(store)
    return store


def put_back(store: Database, revision: str) -> None:
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_a_file_in_order_is_read_with_where_it_lies(store: Database, file: Path) -> None:
    found = read_store(store)
    assert (found.kind, found.file) == ("sqlite", file)
    assert (found.revision, found.missing, found.newer) == (newest_revision(), (), None)
    assert found.is_writable
    assert not found.is_exposed
    assert found.free_bytes is not None
    assert found.free_bytes > 0
    assert found.file_system == file_system_of(file.parent)
    assert found.now is not None


def test_a_file_that_is_not_there_is_not_made(opened: Opened, file: Path) -> None:
    found = read_store(opened(f"sqlite:///{file}"))
    assert found.missing[-1] == newest_revision()
    assert found.now is None
    assert found.is_writable, "its folder can be made"
    assert not file.parent.exists()


def test_a_store_in_memory_has_no_file(opened: Opened) -> None:
    found = read_store(opened("sqlite://"))
    assert (found.file, found.file_system, found.free_bytes) == (None, None, None)
    assert found.missing


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_may_read_is_exposed(store: Database, file: Path, mode: int) -> None:
    file.chmod(mode)
    assert read_store(store).is_exposed


@pytest.mark.parametrize("place", ["file", "folder"])
def test_what_may_not_be_written_is_not_opened(
    store: Database, file: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rights of files hold for everybody but root, as whom tests may run.
    closed = file if place == "file" else file.parent
    monkeypatch.setattr(os, "access", lambda path, _: path != closed)
    found = read_store(store)
    assert not found.is_writable
    assert found.now is None


def test_a_file_that_is_no_store_cannot_be_asked(opened: Opened, tmp_path: Path) -> None:
    other = tmp_path / "holiday.jpg"
    other.write_bytes(b"none" * 5000)
    with pytest.raises(StoreAway):
        read_store(opened(f"sqlite:///{other}"))


@pytest.mark.parametrize("kind", ["store", "postgres"])
def test_a_store_of_a_newer_version_is_told_as_such(
    kind: str, request: pytest.FixtureRequest
) -> None:
    newer: Database = request.getfixturevalue(kind)
    put_back(newer, "9999")
    found = read_store(newer)
    assert (found.newer, found.lacks) == ("9999", None)
    assert found.now is not None
    with newer.begin() as connection:
        connection.execute(text("DROP TABLE open_causes"))
    assert "open_causes.cause is gone" in str(read_store(newer).lacks)


@pytest.mark.parametrize("kind", ["store", "postgres"])
def test_a_store_of_an_older_version_lacks_the_later_revisions(
    kind: str, request: pytest.FixtureRequest
) -> None:
    older: Database = request.getfixturevalue(kind)
    put_back(older, "0001")
    found = read_store(older)
    assert "0001" not in found.missing
    assert found.missing[-1] == newest_revision()
    assert found.now is not None


def test_a_postgresql_in_order_has_no_file(postgres: Database) -> None:
    found = read_store(postgres)
    assert (found.kind, found.file, found.free_bytes) == ("postgresql", None, None)
    assert (found.missing, found.newer, found.is_writable) == ((), None, True)
    assert found.now is not None


def test_a_postgresql_that_takes_no_writes_is_told_as_such(
    postgres: Database, opened: Opened, empty_postgres_url: str
) -> None:
    assert read_store(postgres).is_writable
    name = make_url(empty_postgres_url).database
    admin = create_engine(empty_postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    admin.dispose()
    found = read_store(opened(empty_postgres_url))
    assert not found.is_writable
    assert found.missing == ()


def test_a_postgresql_that_is_away_cannot_be_asked(opened: Opened) -> None:
    with pytest.raises(StoreAway):
        read_store(opened("postgresql+psycopg://bridge@127.0.0.1:9/bridge"))


MOUNTS = """
/dev/sda1 / ext4 rw 0 0
tmpfs {0}/run tmpfs rw 0 0
server:/shops {0}/my\\040shops nfs4 rw 0 0
/dev/sdb1 {0}/twice xfs rw 0 0
overlay {0}/twice overlay rw 0 0
""".lstrip()


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        (".", "ext4"),
        ("run/bridge", "tmpfs"),
        ("running", "ext4"),
        ("my shops/var", "nfs4"),
        ("twice", "overlay"),
    ],
)
def test_a_folder_lies_on_what_is_mounted_nearest(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.format(tmp_path))
    assert file_system_of(tmp_path / folder, mounts) == kind


def test_where_nobody_lists_what_is_mounted_nothing_is_said(tmp_path: Path) -> None:
    assert file_system_of(tmp_path, tmp_path / "no-such-file") is None
