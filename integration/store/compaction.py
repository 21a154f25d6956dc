"""Having the database really give up what was deleted.

SQLite overwrites what is deleted (``secure_delete``); rewriting the file and emptying the
write-ahead log leaves no earlier copy of a page behind. PostgreSQL's VACUUM takes dead rows away;
its own write-ahead log and all backups keep them as long as they are kept.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import text

from integration.store.database import Database


def compact(database: Database) -> bool:
    """Do it; False when other processes kept the store busy all the time."""
    if database.engine.dialect.name != "sqlite":
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))
        return True
    raw = database.engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        driver.execute("VACUUM")
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        raw.close()
    return not busy
