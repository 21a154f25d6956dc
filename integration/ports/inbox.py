"""Deliveries as they came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from integration.jobs import Delivery


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A stored delivery. ``state`` is ``routed``, ``ignored`` or ``parked``."""

    id: int
    source: str
    received_at: datetime
    state: str
    reason: str | None
    copies: int
    headers: Mapping[str, str]
    body: bytes | None
    jobs: tuple[tuple[int, int], ...] = ()
    """Which job was raised at which revision."""


class Inbox(Protocol):
    """Deliveries as they came in, kept until they are purged."""

    def add(
        self, delivery: Delivery, state: str, reason: str | None, *, erased: bool = False
    ) -> tuple[int, bool]:
        """Store a delivery; returns its id and False when it is a copy of a stored one.

        ``erased``: it is about what a person had erased, so its content is not kept.
        """

    def raised(self, delivery_id: int, job_id: int, revision: int) -> None:
        """Write down which job a delivery raised, at which revision."""

    def delivery(self, delivery_id: int) -> DeliveryRecord | None:
        """The stored delivery with this id."""

    def find(
        self,
        *,
        state: str | None = None,
        source: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[DeliveryRecord]:
        """Stored deliveries, newest first; of one source (``shops/nl``) or of any.

        ``before`` is the id of the last one of the part before, to go on from there.
        """

    def received(
        self,
        since: datetime,
        until: datetime,
        *,
        source: str | None = None,
        after: int = 0,
        limit: int = 200,
    ) -> list[DeliveryRecord]:
        """Deliveries first received from ``since`` until before ``until``, oldest first.

        ``after`` is the id of the last one of the part before, to go on from there.
        """

    def find_of_job(self, job_id: int) -> list[DeliveryRecord]:
        """The deliveries that raised this job, oldest first."""

    def purge(self, before: datetime) -> int:
        """Forget headers and bodies received before that instant; returns how many."""
