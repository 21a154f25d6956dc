"""The audit log: who did what, and when."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from integration.ports import Act, AuditFilter
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import LAST_PAGE, PAGE_SIZE, choice_of, text_of
from integration.web.console.visits import Visits


def audit(services: Services, visits: Visits) -> APIRouter:
    """``/audit``."""
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/audit")
    def list_acts(request: Request) -> Response:
        """The acts that match, the latest first."""
        act, text = choice_of(Act, text_of(request, "act")), text_of(request, "text")
        given = text_of(request, "page") or "1"
        is_number = given.isascii() and given.isdigit() and len(given) <= 6
        page = min(max(1, int(given)), LAST_PAGE) if is_number else 1
        which = AuditFilter(act=act, text=text, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
        rows = services.audit.find(which)
        return visits.pages.page(
            request, "audit.html", rows=rows[:PAGE_SIZE], more=len(rows) > PAGE_SIZE, page=page,
            act=act, text=text, acts=list(Act),
        )  # fmt: skip

    return router
