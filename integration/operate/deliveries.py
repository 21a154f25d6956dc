"""A person looks into a stored delivery, or has stored deliveries routed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from integration import replay as stored
from integration.jobs import Flow
from integration.ports import Act, AuditEntry, DeliveryRecord
from integration.services import Services


def reveal(services: Services, delivery_id: int, who: str) -> DeliveryRecord | None:
    """The delivery with its body, which holds personal data: that it was asked for is kept."""
    with services.store.transaction():
        record = services.inbox.delivery(delivery_id)
        if record is not None:
            about = f"delivery {delivery_id} of {record.source}"
            services.audit.write(AuditEntry(who, Act.REVEAL, about, delivery_id=delivery_id))
    return record


def replay(
    services: Services,
    since: datetime,
    until: datetime,
    who: str,
    *,
    source: str | None = None,
    flow: Flow | None = None,
    note: str | None = None,
) -> Iterator[stored.Replayed]:
    """Route what first came in from ``since`` until before ``until`` again, oldest first.

    ``flow`` leaves out deliveries that concern other flows. What was routed is written down at
    the end, also when the caller stops in the middle.
    """
    counts: Counter[str] = Counter()
    try:
        for one in stored.replay(services, since, until, source=source, flow=flow):
            counts[one.state] += 1
            yield one
    finally:
        about = f"deliveries of {source or 'all'} from {since.isoformat()} to {until.isoformat()}"
        about += f", {flow} only" if flow else ""
        services.audit.write(
            AuditEntry(who, Act.REPLAY, about, note=note or None, data=dict(counts))
        )
