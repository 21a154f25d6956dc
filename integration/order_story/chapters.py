"""The values that the story of a shop order is told in; all without personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integration.domain import PicqerShipment, PicqerStatus
from integration.jobs import Job, JobEvent
from integration.ports import AuditEntry, DeliveryRecord, OrderBooking


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an order is and why, in one sentence; ``next_step`` is for a person, mostly empty."""

    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery without what was in it. ``copies`` came besides the first one."""

    id: int
    source: str
    received_at: datetime
    state: str
    reason: str | None
    copies: int


@dataclass(frozen=True, slots=True)
class JobChapter:
    """One job of the order with its timeline, oldest line first."""

    job: Job
    events: tuple[JobEvent, ...]


@dataclass(frozen=True, slots=True)
class PicqerChapter:
    """The order at Picqer as the ledger knows it.

    ``status`` and its stamp are the latest that Picqer told, None when it told none.
    ``process_stamp`` is since when Picqer holds the goods. ``idorder`` None: not (surely) there.
    """

    account: str
    reference: str | None
    idorder: int | None
    orderid: str | None
    in_doubt: bool
    withdrawn: bool
    completed_in_shop: bool
    process_stamp: str | None
    status: PicqerStatus | None
    status_stamp: str | None


@dataclass(frozen=True, slots=True)
class PicklistChapter:
    """One picklist of the order. ``pieces`` were picked, ``reported``: the shop knows of it.

    ``left_as_is``: a person changed the order in the shop, so the shop did not take it.
    """

    idpicklist: int
    picklistid: str
    closed: bool
    closed_at: str | None
    pieces: int
    reported: bool
    left_as_is: bool
    shipments: tuple[PicqerShipment, ...]


@dataclass(frozen=True, slots=True)
class OrderStory:
    """All that is known of one shop order; ``where`` says it in one sentence.

    ``booking`` is None while the order was never read from the shop. ``acts`` are what people did
    to its jobs, or looked at in its deliveries, the latest first.
    """

    shop: str
    order_id: str
    number: str
    account: str
    where: Whereabouts
    booking: OrderBooking | None
    deliveries: tuple[DeliveryLine, ...]
    jobs: tuple[JobChapter, ...]
    picqer: PicqerChapter | None
    picklists: tuple[PicklistChapter, ...]
    acts: tuple[AuditEntry, ...] = ()


def delivery_line(record: DeliveryRecord) -> DeliveryLine:
    """A stored delivery without what was in it."""
    return DeliveryLine(
        record.id, record.source, record.received_at, record.state, record.reason, record.copies
    )
