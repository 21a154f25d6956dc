"""Erasing an order, or a person, from the store: for good, and without doing anything twice after.

Of an erased order a digest stays. A late webhook about it, a poll that finds it and a replay lead
to nothing: it is neither created again nor written down again.
"""

from __future__ import annotations

from dataclasses import dataclass

from integration.crash_points import crash_point
from integration.errors import Refused
from integration.jobs import Flow, Identity, State
from integration.order_story.chapters import OrderStory
from integration.ports import Act, AuditEntry
from integration.privacy.tracing import Traces, order_traces
from integration.services import Services


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. ``compacted``: the database has given up the old bytes, too."""

    orders: int
    deliveries: int
    customers: int
    sentences: int
    compacted: bool


def unfinished(traces: Traces) -> list[OrderStory]:
    """Orders among them that are still under way: nothing more is done for one that is erased."""
    return [
        story
        for story in traces.orders
        if any(chapter.job.state in (State.OPEN, State.PARKED) for chapter in story.jobs)
        or not _is_over(story)
    ]


def erase(services: Services, traces: Traces, who: str) -> Erased:
    """Erase all of it in one transaction, then have the database give up the old bytes.

    Raises Refused while a worker is busy with one of the orders. Safe to repeat.
    """
    with services.store.transaction():
        _require_rest(traces)
        for story in traces.orders:
            _stop_counting(services, story)
            services.privacy.erase_order(order_traces(story))
        deliveries = services.privacy.erase_deliveries(one.id for one in traces.deliveries)
        for customer in traces.customers:
            services.privacy.erase_customer(customer)
        sentences = services.privacy.erase_texts(traces.texts) if traces.texts else 0
        kind = "e-mail address" if traces.subject.kind == "email" else "order"
        counts = {"orders": len(traces.orders), "deliveries": deliveries}
        services.audit.write(AuditEntry(who, Act.ERASE, f"one {kind}", data=counts))
        crash_point("erasure.before_commit")
    crash_point("erasure.after_commit")
    return Erased(
        orders=len(traces.orders),
        deliveries=deliveries,
        customers=len(traces.customers),
        sentences=sentences,
        compacted=services.privacy.compact(),
    )


def _is_over(story: OrderStory) -> bool:
    """Whether nothing will come of it any more: completed, cancelled, or never imported."""
    picqer = story.picqer
    if picqer is None:
        return True
    return picqer.completed_in_shop or picqer.withdrawn or str(picqer.status) in _ENDED


_ENDED = ("completed", "cancelled")


def _require_rest(traces: Traces) -> None:
    running = [
        chapter.job
        for story in traces.orders
        for chapter in story.jobs
        if chapter.job.state is State.RUNNING
    ]
    if running:
        raise Refused(
            f"a worker is busy with job {running[0].id} at this moment; nothing was erased. Try "
            f"again in a moment."
        )


def _stop_counting(services: Services, story: OrderStory) -> None:
    """What it held in flight is offered again, before its lines are forgotten."""
    services.stock.stop_counting(story.shop, story.order_id)
    for shop in services.shops_of(story.account):
        if Flow.PUSH_STOCK in shop.policy.flows and services.stock.differences(shop.policy, 1):
            identity = Identity(Flow.PUSH_STOCK, shop.policy.name, "stock")
            services.jobs.hint(identity, story.account, why="an order was erased")
