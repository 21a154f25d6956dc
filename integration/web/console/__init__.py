"""The console: pages for people, made on the server, with everything they need in the package."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from integration.services import Services
from integration.web.console.access import Access, Role, Throttle
from integration.web.console.acts import acts
from integration.web.console.asking import text_of
from integration.web.console.audit import audit
from integration.web.console.deliveries import deliveries
from integration.web.console.headers import STATIC
from integration.web.console.hooks import hooks
from integration.web.console.jobs import jobs
from integration.web.console.orders import find_stories, orders
from integration.web.console.overview import overview
from integration.web.console.pages import KINDS, Pages, static_file
from integration.web.console.parked import parked
from integration.web.console.pauses import pauses
from integration.web.console.sessions import Sessions
from integration.web.console.signing_in import signing_in
from integration.web.console.stock import stock
from integration.web.console.visits import Visits

PARTS = (overview, orders, jobs, parked, acts, deliveries, hooks, stock, pauses, audit)


def console(services: Services, access: Access, throttle: Throttle) -> APIRouter:
    """Every page of the console, for whoever ``access`` lets in."""
    sessions = Sessions(
        access, services.bookmarks, services.store, lambda: services.clock.now().timestamp()
    )
    pages = Pages(_zone(services), services.clock.now, is_open=access.is_open)
    visits = Visits(access, sessions, throttle, pages)
    router = APIRouter()
    router.include_router(_files())
    router.include_router(signing_in(services, visits))
    router.include_router(_finding(services, visits))
    for part in PARTS:
        router.include_router(part(services, visits))
    return router


def _zone(services: Services) -> str:
    """The time zone of the first account, which is where its warehouse is."""
    for _, account in sorted(services.accounts.items()):
        return account.policy.time_zone
    return "UTC"


def _files() -> APIRouter:
    router = APIRouter()

    @router.get("/static/{name}")
    def shipped(name: str) -> Response:
        """One of the files that come with the console; anybody may have them."""
        if name not in KINDS:
            return JSONResponse({"error": "there is no such file"}, status_code=404)
        return Response(static_file(name), media_type=KINDS[name], headers=dict(STATIC))

    return router


def _finding(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/find")
    def find(request: Request) -> Response:
        """To the order, job or product with this number; else to the jobs that mention it."""
        words = text_of(request, "text") or ""
        return RedirectResponse(_place_of(services, visits.pages, words), status_code=303)

    @router.get("/help")
    def explain(request: Request) -> Response:
        """What the pages, the words and the keys mean."""
        return visits.pages.page(request, "help.html")

    return router


def _place_of(services: Services, pages: Pages, words: str) -> str:
    if not words:
        return "/orders"
    if find_stories(services, words, None):
        return pages.address("/order", number=words)
    kind, _, number = words.partition(" ")
    if kind == "job" and number.isascii() and number.isdigit() and len(number) < 16:
        return f"/jobs/{number}"
    if any(services.stock.free_stock(name, words) for name in services.accounts):
        return pages.address("/stock", productcode=words)
    return pages.address("/jobs", text=words)
