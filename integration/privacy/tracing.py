"""Where in the store an order, or a person by an e-mail address, has left traces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integration.errors import BridgeError
from integration.guard import ScopeGuard
from integration.jobs import Flow, Lane
from integration.order_story import tell_order, tell_orders
from integration.order_story.chapters import OrderStory
from integration.ports import DeliveryRecord, KnownCustomer, OrderTraces
from integration.services import Services

SHORTEST_WORD = 4
"""Shorter numbers stand in too many unrelated sentences to be looked for there."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a person asked about: ``kind`` is ``email`` or ``order``; ``value`` as it was typed."""

    kind: str
    value: str
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class Traces:
    """Everything that was found. ``texts`` are to be looked for in sentences of the store.

    ``remarks`` say what could not be looked at, for people.
    """

    subject: Subject
    orders: tuple[OrderStory, ...]
    deliveries: tuple[DeliveryRecord, ...]
    customers: tuple[KnownCustomer, ...]
    texts: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether the store knows anything of it."""
        return bool(self.orders or self.deliveries or self.customers)


def trace_order(services: Services, number: str, shop: str | None = None) -> Traces:
    """The traces of the order with this number, id or reference; of several shops unless named."""
    stories = tuple(tell_orders(services, number, shop))
    names = sorted({name for one in stories for name in _names(one) if len(name) >= SHORTEST_WORD})
    sources = sorted({f"shops/{one.shop}" for one in stories})
    sources += sorted({f"picqer/{one.account}" for one in stories})
    found = {record.id: record for one in stories for record in _that_raised(services, one)}
    if names:
        found |= {one.id: one for one in services.privacy.mentions(names, sources)}
    deliveries = tuple(found[key] for key in sorted(found))
    return Traces(Subject("order", number, shop), stories, deliveries, (), tuple(names))


def trace_email(services: Services, email: str) -> Traces:
    """The traces of whoever has this address: deliveries that hold it, orders they are about.

    Picqer is asked for the customer's idcustomer, one request per account; when it cannot be
    asked a remark says so.
    """
    deliveries = tuple(services.privacy.mentions([email], []))
    orders = sorted(_orders_of(services, deliveries))
    stories = tuple(tell_order(services, shop, order_id) for shop, order_id in orders)
    customers, remarks = _customers(services, email)
    return Traces(
        Subject("email", email), stories, deliveries, tuple(customers), (email,), tuple(remarks)
    )


def order_traces(story: OrderStory) -> OrderTraces:
    """What has to go when this order is erased."""
    picqer = story.picqer
    return OrderTraces(
        shop=story.shop,
        order_id=story.order_id,
        number=story.number,
        account=story.account,
        reference=None if picqer is None else picqer.reference,
        idorder=None if picqer is None else picqer.idorder,
        orderid=None if picqer is None else picqer.orderid,
        idpicklists=tuple(one.idpicklist for one in story.picklists),
        job_ids=tuple(chapter.job.id for chapter in story.jobs),
    )


def _names(story: OrderStory) -> list[str]:
    """Everything by which sentences call this order."""
    traces = order_traces(story)
    names = (traces.order_id, traces.number, traces.reference, traces.orderid)
    return [name for name in names if name]


def _that_raised(services: Services, story: OrderStory) -> Iterable[DeliveryRecord]:
    for chapter in story.jobs:
        yield from services.inbox.find_of_job(chapter.job.id)


def _orders_of(services: Services, deliveries: Iterable[DeliveryRecord]) -> set[tuple[str, str]]:
    """(shop, order id) of the orders that these deliveries raised jobs of."""
    ids = {job_id for record in deliveries for job_id, _ in record.jobs}
    jobs = [job for job_id in sorted(ids) if (job := services.jobs.job(job_id)) is not None]
    of_order = (Flow.CREATE_ORDER, Flow.COMPLETE_ORDER)
    return {
        (job.identity.shop, job.identity.subject) for job in jobs if job.identity.flow in of_order
    }


def _customers(services: Services, email: str) -> tuple[list[KnownCustomer], list[str]]:
    found: list[KnownCustomer] = []
    remarks: list[str] = []
    for name, account in sorted(services.accounts.items()):
        guard = ScopeGuard(f"picqer/{name}", services.gate)
        try:
            at_picqer = account.connect(Lane.BULK, guard, 0.0).customers_with_email(email)
        except BridgeError as error:
            remarks.append(f"Picqer account {name} could not be asked for the customer: {error}")
            continue
        for customer in at_picqer:
            found += services.privacy.customers(name, customer.idcustomer)
    return found, remarks
