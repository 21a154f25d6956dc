"""Who did what: the acts of people, kept for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Act(StrEnum):
    """What a person can do to the work of this service."""

    RETRY = "retry"
    DISMISS = "dismiss"
    NOTE = "note"
    PAUSE = "pause"
    RESUME = "resume"
    REPLAY = "replay"
    REVEAL = "reveal"
    RECONCILE = "reconcile"
    BACKFILL = "backfill"
    GO_LIVE = "go live"
    HOOKS = "hooks"
    TRIGGER = "trigger"
    EXPORT = "export"
    ERASE = "erase"
    SIGN_IN = "sign_in"
    REFUSE_SIGN_IN = "refuse_sign_in"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act of one person. ``about`` says to what, for reading: ``create_order nl 1042``.

    ``job_id``, ``shop`` with ``order_id``, and ``delivery_id`` say it for searching, where they
    apply. ``note`` is what the person wrote; ``data`` is small JSON, counts mostly. ``id`` and
    ``at`` are the store's: what a caller gives is not looked at.
    """

    who: str
    act: Act
    about: str
    note: str | None = None
    job_id: int | None = None
    shop: str | None = None
    order_id: str | None = None
    delivery_id: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which acts to list; None is any. ``text`` is searched in ``about``, ``who`` and ``note``."""

    act: Act | None = None
    who: str | None = None
    job_id: int | None = None
    shop: str | None = None
    order_id: str | None = None
    delivery_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    limit: int = 50
    offset: int = 0


class Audit(Protocol):
    """The acts of people. Written in the transaction of the act itself, and never changed."""

    def write(self, entry: AuditEntry) -> AuditEntry:
        """Keep an act; returns it with its id and its instant."""

    def find(self, which: AuditFilter) -> list[AuditEntry]:
        """Acts that match, the latest first."""
