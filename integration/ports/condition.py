"""How what we stand on is: the store, Redis, the way to a server. Read here, judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoreCondition:
    """The store as it is now; nothing was made or changed to find out.

    ``kind``: ``sqlite`` or ``postgresql``. ``revision`` is the newest that this version knows,
    ``missing`` those that the store still has to take, ``newer`` the one that a newer version
    brought it to, and ``lacks`` the sentence about a store in which such a version took away what
    this one uses. ``now`` is its clock, None when it was not asked. The others are
    of a SQLite file: ``file_system`` is the kind it lies on (``ext4``, ``nfs``), ``free_bytes``
    the room there, ``is_exposed``: other users of this machine may read it.
    """

    kind: str
    revision: str = ""
    missing: tuple[str, ...] = ()
    newer: str | None = None
    lacks: str | None = None
    now: datetime | None = None
    file: Path | None = None
    is_writable: bool = True
    file_system: str | None = None
    free_bytes: int | None = None
    is_exposed: bool = False


@dataclass(frozen=True, slots=True)
class RedisCondition:
    """Redis as it describes itself (redis.io/docs/latest/commands/info).

    ``version`` is of the protocol that it speaks, also of Valkey. ``max_memory`` 0: no limit of
    its own. ``keeps_log``: it has an append-only file; ``keeps_snapshots`` None: it does not say.
    """

    version: tuple[int, ...]
    role: str
    is_cluster: bool
    eviction: str
    used_memory: int
    max_memory: int
    keeps_log: bool
    keeps_snapshots: bool | None
    last_write_failed: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """The way to a server: its addresses, and until when its certificate is valid.

    ``valid_until`` is None without TLS. ``proxy``: requests go through one, so nothing else was
    looked at.
    """

    addresses: tuple[str, ...] = ()
    valid_until: datetime | None = None
    proxy: bool = False
