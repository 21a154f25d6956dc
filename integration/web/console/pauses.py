"""Pause switches: a flow, a shop, or everything is held for a while."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from integration import operate
from integration.jobs import Flow
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import choice_of
from integration.web.console.visits import NotAllowed, Visits, visit_of


def pauses(services: Services, visits: Visits) -> APIRouter:
    """``/pauses``."""
    router = APIRouter()
    router.include_router(_looking(services, visits))
    router.include_router(_switching(services, visits))
    return router


def _looking(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/pauses")
    def show_pauses(request: Request) -> Response:
        """Every switch, and who paused what."""
        held = {(flow, shop): who for flow, shop, who in services.gate.pauses()}
        return visits.pages.page(
            request, "pauses.html", held=held, shops=sorted(services.shops), flows=list(Flow)
        )

    return router


def _switching(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.OPERATOR))

    @router.post("/pauses")
    def switch(request: Request) -> Response:
        """Pause or resume exactly what the form names."""
        visit = visit_of(request)
        flow, shop = choice_of(Flow, visit.field("flow")), visit.field("shop", 64) or None
        if (visit.field("flow") and flow is None) or (shop and shop not in services.shops):
            raise NotAllowed(400, "There is no such flow or shop.")
        who, wish = visit.session.person.who, visit.field("wish")
        if wish not in ("pause", "resume"):
            raise NotAllowed(400, "Say whether to pause or to resume.")
        if wish == "pause":
            operate.pause(services, flow, shop, who, visit.field("note", 1000) or None)
            said = "paused"
        else:
            said = "resumed" if operate.resume(services, flow, shop, who) else "no_pause"
        return RedirectResponse(f"/pauses?said={said}", status_code=303)

    return router
