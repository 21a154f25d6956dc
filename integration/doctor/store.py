"""The store: is it there and of this version, and can it be written to safely."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from integration.doctor.clock import clock_finding
from integration.ports import Finding, StoreCondition, Verdict

STORE, ROOM = "store", "store disk"
NETWORKED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"}
    | {"fuse.glusterfs", "fuse.s3fs", "fuse.gcsfuse", "lustre", "ncpfs", "virtiofs", "vboxsf"}
)
"""Kinds of file system of another machine: SQLite's locks and its WAL do not work there
(sqlite.org/wal.html, "all processes must be on the same host computer").
"""
PASSING = frozenset({"tmpfs", "ramfs", "overlay"})
"""Kinds whose content is gone with the machine's memory, or with the container."""
INSTALL = "Install that version here too."
LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000


def store_findings(found: StoreCondition, ours: datetime) -> Iterator[Finding]:
    """What is found; ``ours`` is our clock's time."""
    yield _tables(found)
    if not found.is_writable:
        yield _read_only(found)
    if found.file is not None:
        yield from _of_file(found)
    if found.now is not None:
        yield clock_finding("the store", found.now, ours)


def _tables(found: StoreCondition) -> Finding:
    if found.lacks is not None:
        return Finding(STORE, Verdict.FAIL, f"{found.lacks[0].upper()}{found.lacks[1:]}.", INSTALL)
    if found.newer is not None:
        sentence = f"A newer version brought the store to revision {found.newer}; it serves both."
        return Finding(STORE, Verdict.WARN, sentence, f"{INSTALL} When you went back: it may stay.")
    if found.missing:
        what = "older than this version" if found.now else "not there yet"
        sentence = f"The store is {what}: it lacks {len(found.missing)} revisions."
        return Finding(STORE, Verdict.FAIL, sentence, "Run `picqer-bridge migrate`.")
    return Finding(STORE, Verdict.OK, f"The store answers, with revision {found.revision}.")


def _read_only(found: StoreCondition) -> Finding:
    where = f"{found.file} and its folder" if found.file else "the database"
    fix = (
        "Give them to the user that the service runs as."
        if found.file
        else "Name the primary in database_url, and a user that may write."
    )
    return Finding("store writable", Verdict.FAIL, f"We may not write to {where}.", fix)


def _of_file(found: StoreCondition) -> Iterator[Finding]:
    kind = found.file_system
    if kind in NETWORKED:
        yield Finding(
            "store file system",
            Verdict.FAIL,
            f"The SQLite file lies on a network file system ({kind}): it will be damaged.",
            "Put it on a disk of this machine, or use PostgreSQL (database_url).",
        )
    elif kind in PASSING:
        yield Finding(
            "store file system",
            Verdict.WARN,
            f"The SQLite file lies on {kind}, which may be gone after a restart.",
            "Put it on a disk or a volume that stays; what the store knows is nowhere else.",
        )
    if found.is_exposed:
        yield Finding(
            "store file",
            Verdict.WARN,
            f"Other users of this machine may read {found.file}, which holds personal data.",
            f"chmod 600 {found.file}",
        )
    if found.free_bytes is not None:
        yield _room(found.free_bytes)


def _room(free: int) -> Finding:
    sentence = f"{free / 1e9:.1f} GB are free on the disk of the store."
    if free >= LITTLE:
        return Finding(ROOM, Verdict.OK, sentence)
    verdict = Verdict.WARN if free >= TOO_LITTLE else Verdict.FAIL
    return Finding(ROOM, verdict, sentence, "Make room: a full disk stops all work.")
