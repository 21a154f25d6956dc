"""Orders: a list to search, and the whole life of one on one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from integration.jobs import Flow, Job
from integration.order_story import tell_orders
from integration.order_story.chapters import OrderStory
from integration.order_story.missing import explain_missing
from integration.ports import Act, AuditEntry, AuditFilter, LedgerKey, OrderBooking
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import asked, leaf_of, text_of
from integration.web.console.events import worded
from integration.web.console.visits import Visits

ALREADY_TOLD = (Act.RETRY, Act.DISMISS)
"""Acts that the timeline of the job tells itself."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line of the list. ``orderid`` is Picqer's, None while it is not there."""

    job: Job
    booking: OrderBooking | None
    orderid: str | None

    @property
    def number(self) -> str:
        """The shop's number, or its id while the order was not read yet."""
        return self.booking.number if self.booking else self.job.identity.subject


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an order's timeline; ``part`` says whose line it is."""

    at: datetime | None
    part: str
    kind: str
    text: str
    milliseconds: object = None
    job_id: int | None = None
    delivery_id: int | None = None


def orders(services: Services, visits: Visits) -> APIRouter:
    """``/orders`` and ``/order``."""
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/orders")
    def list_orders(request: Request) -> Response:
        """Orders that match; a number that is known leads straight to its order."""
        return _list(services, visits, request)

    @router.get("/order")
    def show_order(request: Request) -> Response:
        """Where an order is, why, and what led there; or what was looked at in vain."""
        number, shop = text_of(request, "number") or "", text_of(request, "shop")
        stories = find_stories(services, number, shop)
        if not stories:
            missing = explain_missing(services, number, shop)
            return visits.pages.page(request, "no_order.html", status=404, missing=missing)
        told = [(story, timeline(services, story)) for story in stories]
        return visits.pages.page(request, "order.html", told=told, number=number)

    return router


def find_stories(services: Services, number: str, shop: str | None) -> list[OrderStory]:
    """The orders with this number, also when it was typed with its ``#``."""
    return tell_orders(services, number, shop) or (
        tell_orders(services, number.lstrip("#"), shop) if number.startswith("#") else []
    )


def _list(services: Services, visits: Visits, request: Request) -> Response:
    wanted = asked(services, request.query_params)
    which = replace(wanted.which, flow=Flow.CREATE_ORDER)
    if (
        which.text
        and which.state is None
        and (known := find_stories(services, which.text, which.shop))
    ):
        here = known[0]
        shop = here.shop if len(known) == 1 else which.shop
        target = visits.pages.address("/order", number=here.number, shop=shop)
        return RedirectResponse(target, status_code=303)
    leaf = leaf_of(request, services.jobs.count(which))
    rows = [_row(services, job) for job in services.jobs.find(leaf.of(which))]
    parts = {name: value for name, value in wanted.parts.items() if name != "flow"}
    return visits.pages.page(
        request, "orders.html", rows=rows, which=which, leaf=leaf, parts=parts,
        shops=sorted(services.shops),
    )  # fmt: skip


def _row(services: Services, job: Job) -> OrderRow:
    shop, order_id = job.identity.shop, job.identity.subject
    entry = services.ledger.find(LedgerKey(job.account, "order", shop, order_id))
    orderid = None
    if entry is not None and entry.picqer_id is not None:
        orderid = str(entry.details.get("orderid") or entry.picqer_id)
    return OrderRow(job, services.stock.booking(shop, order_id), orderid)


def timeline(services: Services, story: OrderStory) -> list[Moment]:
    """Everything that happened to the order, the earliest first."""
    acts = services.audit.find(AuditFilter(shop=story.shop, order_id=story.order_id, limit=200))
    moments = [*_delivered(story), *_worked(story), *_acted(acts)]
    # What has no time of its own stays where it stood.
    return sorted(moments, key=lambda one: one.at.timestamp() if one.at else 0.0)


def _delivered(story: OrderStory) -> Iterator[Moment]:
    for line in story.deliveries:
        copies = f", and {line.copies} more of the same" if line.copies else ""
        reason = f": {line.reason}" if line.reason else ""
        text = f"from {line.source}, {line.state}{reason}{copies}"
        yield Moment(line.received_at, "delivery", "received", text, delivery_id=line.id)


def _worked(story: OrderStory) -> Iterator[Moment]:
    for chapter in story.jobs:
        for event in chapter.events:
            yield Moment(
                event.at,
                chapter.job.identity.flow.value,
                event.kind,
                worded(event),
                event.data.get("milliseconds"),
                chapter.job.id,
            )


def _acted(acts: Sequence[AuditEntry]) -> Iterator[Moment]:
    for act in reversed(acts):
        if act.act in ALREADY_TOLD and not act.note:
            continue
        note = f": {act.note}" if act.note else ""
        yield Moment(act.at, "person", act.act.value, f"{act.who}{note}", job_id=act.job_id)
