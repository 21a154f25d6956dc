"""The migrations lead to exactly the schema, from nothing and more than once."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from integration.store.database import Database
from integration.store.migrate import (
    MIGRATIONS,
    StoreIsNewer,
    is_current,
    migrate,
    missing_revisions,
    unknown_revision,
    write_revision,
)
from integration.store.schema import metadata

ALL = sorted(file.name[:4] for file in MIGRATIONS.glob("versions/*.py"))


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A store without tables, with its own clock."""
    store = Database(database_url)
    yield store
    store.dispose()


def _checks(store: Database) -> dict[str, set[str]]:
    """The names of the check constraints, which Alembic does not compare."""
    found = inspect(store.engine)
    return {
        table: {str(check["name"]) for check in found.get_check_constraints(table)}
        for table in metadata.tables
    }


def test_the_migrations_lead_to_exactly_the_schema(empty: Database) -> None:
    assert migrate(empty) == ALL

    with empty.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_checks_of_the_schema(empty: Database, tmp_path: Path) -> None:
    migrate(empty)
    made = Database(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(made.engine)

    assert _checks(empty) == _checks(made)
    made.dispose()


def test_a_store_says_what_it_lacks_until_it_was_migrated(empty: Database) -> None:
    assert (is_current(empty), missing_revisions(empty)) == (False, ALL)

    migrate(empty)

    assert (is_current(empty), missing_revisions(empty)) == (True, [])
    assert migrate(empty) == []


def newer(store: Database, *steps: str) -> None:
    """Bring the store to where a newer version would: by these steps, which this one lacks."""
    migrate(store)
    with store.begin() as connection:
        for step in (*steps, "UPDATE alembic_version SET version_num = '9999'"):
            connection.execute(text(step))


def test_a_store_to_which_a_newer_version_added_is_left_as_it_is_and_serves(
    empty: Database,
) -> None:
    newer(empty, "ALTER TABLE jobs ADD COLUMN mood VARCHAR", "CREATE TABLE moods (id INTEGER)")

    assert (is_current(empty), missing_revisions(empty), migrate(empty)) == (True, [], [])
    assert unknown_revision(empty) == "9999"


@pytest.mark.parametrize(
    ("step", "gone"),
    [
        ("ALTER TABLE jobs RENAME COLUMN blocked_on TO held_by", "jobs.blocked_on"),
        ("DROP TABLE open_causes", "open_causes.cause"),
    ],
)
def test_a_store_from_which_a_newer_version_took_what_is_used_is_refused(
    empty: Database, step: str, gone: str
) -> None:
    newer(empty, step)

    for ask in (is_current, missing_revisions, migrate):
        with pytest.raises(StoreIsNewer, match=f"9999 of a newer version.*{gone} is gone"):
            ask(empty)


@pytest.mark.parametrize("database_url", ["file", "postgres"], indirect=True)
def test_processes_that_migrate_at_once_wait_for_one_another(database_url: str) -> None:
    start = threading.Barrier(4)

    def process(_number: int) -> list[str]:
        store = Database(database_url)
        start.wait(timeout=10)
        took = migrate(store)
        store.dispose()
        return took

    with ThreadPoolExecutor(4) as pool:
        took = list(pool.map(process, range(4)))

    assert sorted(took) == [[], [], [], ALL]


def test_references_are_enforced_again_after_migrating(empty: Database) -> None:
    migrate(empty)
    orphan = "INSERT INTO delivery_jobs (delivery_id, job_id, revision) VALUES (1, 1, 1)"

    with pytest.raises(IntegrityError), empty.begin() as connection:
        connection.execute(text(orphan))


def test_asking_does_not_make_a_file_and_migrating_makes_one_for_this_user_only(
    tmp_path: Path,
) -> None:
    file = tmp_path / "var" / "bridge.db"
    store = Database(f"sqlite:///{file}")
    assert not is_current(store)
    assert not file.parent.exists()

    migrate(store)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    store.dispose()


def test_the_next_step_is_numbered_and_holds_what_the_schema_has_more(tmp_path: Path) -> None:
    file = write_revision("nothing new", tmp_path)

    assert file.name == f"{len(ALL) + 1:04d}_nothing_new.py"
    assert f'down_revision = "{ALL[-1]}"' in file.read_text().replace("'", '"')
    assert "op." not in file.read_text()
