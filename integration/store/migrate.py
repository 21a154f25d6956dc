"""Bringing the store's tables to what this version needs.

The steps are in ``migrations/versions``, oldest first; Alembic runs them, in one transaction, and
one process at a time. A new step, after a change of ``schema``::

    python -m integration.store.migrate "what changes"
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from integration.store.database import Database
from integration.store.schema import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"
_LOCK = 7263548109
"""Names the PostgreSQL lock that migrating processes take; any number that stays the same."""


class StoreIsNewer(RuntimeError):
    """A newer version migrated the store and took away what this one uses; the message says so."""


def migrate(database: Database) -> list[str]:
    """Bring the store up to date, making it when it is new; returns the revisions it took.

    A store that a newer version migrated is left as it is: steps only add, so this version works
    with it too. Raises StoreIsNewer when it does not.
    """
    _make_file(database)
    if is_current(database):
        return []
    with database.reshape() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _LOCK})
        missing = _missing(connection)
        if missing:
            command.upgrade(_config(connection), "head")
            _check_references(connection)
    return missing


def is_current(database: Database) -> bool:
    """Whether this version works with the store as it is. Raises StoreIsNewer."""
    return not missing_revisions(database)


def missing_revisions(database: Database) -> list[str]:
    """The revisions that the store still has to take, oldest first. Raises StoreIsNewer.

    A SQLite file that does not exist is not made. Nothing is missing in a newer store.
    """
    file = file_of(database)
    if file is not None and not file.exists():
        return [script.revision for script in reversed(list(_scripts().walk_revisions()))]
    with database.begin() as connection:
        return _missing(connection)


def unknown_revision(database: Database) -> str | None:
    """The store's revision when a newer version made it; None when this version knows it."""
    file = file_of(database)
    if file is not None and not file.exists():
        return None
    with database.begin() as connection:
        present = _present(connection)
    known = {script.revision for script in _scripts().walk_revisions()}
    return None if present in known else present


def newest_revision() -> str:
    """The revision that this version brings the store to."""
    return str(_scripts().get_current_head())


def write_revision(message: str, folder: Path = VERSIONS) -> Path:
    """Write a new step from what ``schema`` has and the steps so far lack; returns its file."""
    number = f"{len(list(_scripts().walk_revisions())) + 1:04d}"
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(f"sqlite:///{scratch}/scratch.db")
        migrate(database)
        with database.reshape() as connection:
            config = _config(connection)
            config.set_main_option(
                "version_locations", os.pathsep.join({str(VERSIONS), str(folder)})
            )
            command.revision(
                config, message, autogenerate=True, rev_id=number, version_path=str(folder)
            )
        database.dispose()
    return next(folder.glob(f"{number}_*.py"))


def _missing(connection: Connection) -> list[str]:
    known = {script.revision: script for script in _scripts().walk_revisions()}
    present = _present(connection)
    if present is None:
        return list(reversed(known))
    if present not in known:
        _require_what_is_used(connection, present)
        return []
    newest_first = list(known)
    return newest_first[: newest_first.index(present)][::-1]


def _present(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_what_is_used(connection: Connection, present: str) -> None:
    """A step takes away only what the version before it no longer used: one version back works."""
    columns = {
        f"{table}.{column['name']}"
        for (_, table), found in inspect(connection).get_multi_columns().items()
        for column in found
    }
    used = {str(column) for table in metadata.tables.values() for column in table.columns}
    if used - columns:
        raise StoreIsNewer(
            f"the store has revision {present} of a newer version of picqer-bridge, in which "
            f"{min(used - columns)} is gone, which this version uses; install that version, or "
            "one that is not older by more than one"
        )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _check_references(connection: Connection) -> None:
    """Foreign keys were off on SQLite: see that every reference still has its row."""
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"the migration would break {len(broken)} references; undone")


def file_of(database: Database) -> Path | None:
    """The file of a SQLite store; None when it has none."""
    url = database.engine.url
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def _make_file(database: Database) -> None:
    """A new SQLite store is for this user only: deliveries hold personal data."""
    file = file_of(database)
    if file is not None and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)


if __name__ == "__main__":
    sys.stdout.write(f"{write_revision(' '.join(sys.argv[1:]))}\n")
