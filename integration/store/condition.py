"""Reading how the store is, without making or changing anything."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from integration.ports import StoreCondition
from integration.store.database import Database
from integration.store.migrate import (
    StoreIsNewer,
    file_of,
    missing_revisions,
    newest_revision,
    unknown_revision,
)

MOUNTS = Path("/proc/self/mounts")
"""Where Linux lists what is mounted where (proc(5)); elsewhere there is no such file."""


def read_store(database: Database) -> StoreCondition:
    """How the store is. Raises StoreAway when it cannot be asked."""
    file = file_of(database)
    condition = StoreCondition(
        kind=database.engine.url.get_backend_name(), revision=newest_revision(), file=file
    )
    if file is None:
        return _asked(database, condition)
    folder = _existing(file.parent)
    condition = replace(
        condition,
        is_writable=_may_write(file, folder),
        file_system=file_system_of(folder),
        free_bytes=shutil.disk_usage(folder).free,
        is_exposed=file.exists() and bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)),
    )
    if file.exists() and not condition.is_writable:
        return condition  # Opening it would end in the message that it cannot be reached.
    return _asked(database, condition)


def file_system_of(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """The kind of file system that a folder lies on; None where that cannot be told."""
    try:
        lines = mounts.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place, best, kind = folder.resolve(), -1, None
    for line in lines:
        _, point, found, *_ = line.split(" ")
        mounted = Path(point.replace("\\040", " "))
        # Of two that are mounted on one place, the later one is on top.
        if place.is_relative_to(mounted) and len(mounted.parts) >= best:
            best, kind = len(mounted.parts), found
    return kind


def _asked(database: Database, condition: StoreCondition) -> StoreCondition:
    try:
        missing = tuple(missing_revisions(database))
    except StoreIsNewer as error:
        return replace(condition, lacks=str(error))
    if condition.file is not None and not condition.file.exists():
        return replace(condition, missing=missing)
    return replace(
        condition,
        missing=missing,
        newer=unknown_revision(database),
        now=database.now(),
        is_writable=condition.is_writable and not _is_read_only(database),
    )


def _is_read_only(database: Database) -> bool:
    if database.engine.dialect.name == "sqlite":
        return False
    with database.begin() as connection:
        told = connection.execute(text("SHOW transaction_read_only")).scalar_one()
    return str(told) == "on"


def _may_write(file: Path, folder: Path) -> bool:
    """SQLite writes beside its file too."""
    return os.access(folder, os.W_OK) and (not file.exists() or os.access(file, os.W_OK))


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
