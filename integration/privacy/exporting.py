"""What the store knows, as one document for the person who asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integration.order_story.chapters import OrderStory
from integration.ports import Act, AuditEntry, AuditFilter, DeliveryRecord, KnownCustomer
from integration.privacy.tracing import Subject, Traces
from integration.services import Services


@dataclass(frozen=True, slots=True)
class ExportedDelivery:
    """A stored delivery with what was in it."""

    id: int
    source: str
    received_at: datetime
    state: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Export:
    """Everything the store holds about what was asked."""

    asked: Subject
    orders: tuple[OrderStory, ...]
    deliveries: tuple[ExportedDelivery, ...]
    customers: tuple[KnownCustomer, ...]
    acts: tuple[AuditEntry, ...]
    remarks: tuple[str, ...]


def export(services: Services, traces: Traces, who: str) -> Export:
    """The document; that it was made is written down, without whose it is.

    Deliveries that only mention an order's number may be about somebody else: of an order, only
    those that surely belong to it are told.
    """
    sure = {line.id for story in traces.orders for line in story.deliveries}
    told = [one for one in traces.deliveries if traces.subject.kind == "email" or one.id in sure]
    acts = [
        entry
        for story in traces.orders
        for entry in services.audit.find(
            AuditFilter(shop=story.shop, order_id=story.order_id, limit=1000)
        )
    ]
    counts = {"orders": len(traces.orders), "deliveries": len(told)}
    about = f"what is known of one {_named(traces.subject)}"
    services.audit.write(AuditEntry(who, Act.EXPORT, about, data=counts))
    return Export(
        asked=traces.subject,
        orders=traces.orders,
        deliveries=tuple(_delivery(one) for one in told),
        customers=traces.customers,
        acts=tuple(acts),
        remarks=traces.remarks,
    )


def _named(subject: Subject) -> str:
    return "e-mail address" if subject.kind == "email" else "order"


def _delivery(record: DeliveryRecord) -> ExportedDelivery:
    body = None if record.body is None else record.body.decode("utf-8", "replace")
    return ExportedDelivery(record.id, record.source, record.received_at, record.state, body)
