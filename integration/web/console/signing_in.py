"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.moments import duration
from integration.web.console.told_sign_ins import ToldSignIns
from integration.web.console.visits import Visits, visit_of

log = structlog.get_logger(__name__)


def signing_in(services: Services, visits: Visits) -> APIRouter:
    """``/sign-in`` and ``/sign-out``."""
    told = ToldSignIns(services.audit, services.clock.monotonic)
    router = APIRouter(route_class=visits.route(Role.NOBODY))

    @router.get("/sign-in", name="sign_in")
    def ask(request: Request, next: str = "") -> Response:  # noqa: A002 - the word in the address
        """The form; whoever is signed in already goes on."""
        if visit_of(request).session.person.role > Role.NOBODY:
            return RedirectResponse(own_page(next), status_code=303)
        return visits.pages.page(request, "sign_in.html", next=own_page(next), problem=None)

    @router.post("/sign-in")
    def check(request: Request) -> Response:
        """Let in whoever knows a name and its password."""
        return _check(visits, told, request)

    @router.post("/sign-out")
    def leave(request: Request) -> Response:
        """End the session, so that its cookie is worth nothing any more."""
        visit = visit_of(request)
        visits.sessions.end(visit.session)
        _, visit.fresh_cookie = visits.sessions.begin(visits.sessions.visitor())
        return RedirectResponse("/sign-in?said=signed_out", status_code=303)

    return router


def _check(visits: Visits, told: ToldSignIns, request: Request) -> Response:
    visit, source = visit_of(request), source_of(request)
    wanted = own_page(visit.field("next", 1000))
    left = visits.throttle.seconds_left(source)
    if left > 0:
        problem = f"Too many wrong passwords. Try again in {duration(left + 1)}."
        answer = visits.pages.page(
            request, "sign_in.html", status=429, next=wanted, problem=problem
        )
        answer.headers["Retry-After"] = str(int(left) + 1)
        return answer
    person = visits.access.person(visit.field("name"), visit.field("password"))
    if person.role is Role.NOBODY:
        visits.throttle.failed(source)
        told.refused()
        log.warning("console.sign_in_refused", source=source)
        problem = "The name or the password is wrong."
        return visits.pages.page(request, "sign_in.html", status=403, next=wanted, problem=problem)
    visits.throttle.succeeded(source)
    told.signed_in(person)
    log.info("console.signed_in", who=person.name, source=source)
    _, visit.fresh_cookie = visits.sessions.begin(person)
    return RedirectResponse(wanted, status_code=303)


def source_of(request: Request) -> str:
    """Where a visitor comes from, as far as is known."""
    return request.client.host if request.client else ""


def own_page(address: str) -> str:
    """The address when it is one of ours; else the first page."""
    parts = urlsplit(address)
    is_ours = not parts.scheme and not parts.netloc and address.startswith("/")
    is_plain = address.isprintable() and "\\" not in address and not address.startswith("//")
    return address if is_ours and is_plain else "/"
