"""Deliveries: what came in by the door, without personal data until somebody asks for it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from integration import operate
from integration.ports import AuditFilter, DeliveryRecord
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import PAGE_SIZE, Number, text_of
from integration.web.console.masking import masked, readable
from integration.web.console.visits import NotAllowed, Visits, visit_of

STATES = ("routed", "ignored", "parked")


def deliveries(services: Services, visits: Visits) -> APIRouter:
    """``/deliveries`` and the page of each."""
    router = APIRouter()
    router.include_router(_looking(services, visits))
    router.include_router(_revealing(services, visits))
    return router


def sources(services: Services) -> list[str]:
    """Everybody who may deliver: ``picqer/main``, ``shops/nl``."""
    accounts = [f"picqer/{name}" for name in sorted(services.accounts)]
    return accounts + [f"shops/{name}" for name in sorted(services.shops)]


def _looking(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/deliveries")
    def list_deliveries(request: Request) -> Response:
        """The latest deliveries, or those before one of them."""
        state, source = text_of(request, "state"), text_of(request, "source")
        before = text_of(request, "before") or ""
        found = services.inbox.find(
            state=state if state in STATES else None,
            source=source,
            before=int(before)
            if before.isascii() and before.isdigit() and len(before) < 16
            else None,
            limit=PAGE_SIZE + 1,
        )
        return visits.pages.page(
            request, "deliveries.html", rows=found[:PAGE_SIZE], more=len(found) > PAGE_SIZE,
            state=state, source=source, states=STATES, sources=sources(services), before=before,
        )  # fmt: skip

    @router.get("/deliveries/{delivery_id}")
    def show_delivery(request: Request, delivery_id: Number) -> Response:
        """One delivery, masked."""
        record = services.inbox.delivery(delivery_id)
        return _page(services, visits, request, record, is_whole=False)

    return router


def _revealing(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.OPERATOR))

    @router.post("/deliveries/{delivery_id}/reveal")
    def reveal(request: Request, delivery_id: Number) -> Response:
        """The same with what was masked; that it was asked for is written down first."""
        who = visit_of(request).session.person.who
        record = operate.reveal(services, delivery_id, who)
        return _page(services, visits, request, record, is_whole=True)

    return router


def _page(
    services: Services,
    visits: Visits,
    request: Request,
    record: DeliveryRecord | None,
    *,
    is_whole: bool,
) -> Response:
    if record is None:
        raise NotAllowed(404, "There is no such delivery; it may have been forgotten by now.")
    shown = None if record.body is None else (readable if is_whole else masked)(record.body)
    raised = [job for job_id, _ in record.jobs if (job := services.jobs.job(job_id)) is not None]
    return visits.pages.page(
        request, "delivery.html", record=record, shown=shown, is_whole=is_whole, raised=raised,
        acts=services.audit.find(AuditFilter(delivery_id=record.id)),
        size=0 if record.body is None else len(record.body),
    )  # fmt: skip
