"""Hooks: what the hook watch last found, and, when somebody asks, what is kept there now."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from integration.errors import BridgeError
from integration.hook_list import KeptHook, hooks_of, keepers
from integration.jobs import Flow, Identity, Job
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.visits import Visits

WATCHED = "hooks"


def hooks(services: Services, visits: Visits) -> APIRouter:
    """``/hooks``: nobody outside is asked before the button is pressed."""
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/hooks")
    def show_hooks(request: Request) -> Response:
        """The keepers of hooks, and what the watch last found at each."""
        return visits.pages.page(request, "hooks.html", watched=_watched(services), kept=None)

    @router.post("/hooks")
    def ask(request: Request) -> Response:
        """Ask every keeper now; one that does not answer says why."""
        kept: dict[str, list[KeptHook] | str] = {}
        for source in keepers(services):
            try:
                kept[source] = hooks_of(services, source)
            except BridgeError as error:
                kept[source] = str(error)
        return visits.pages.page(request, "hooks.html", watched=_watched(services), kept=kept)

    return router


def _watched(services: Services) -> list[tuple[str, Job | None]]:
    """Each keeper with the job that watches its hooks."""
    return [(source, _watch(services, source)) for source in keepers(services)]


def _watch(services: Services, source: str) -> Job | None:
    kind, _, name = source.partition("/")
    subject = (name, WATCHED) if kind == "shops" else ("", f"{WATCHED}:{name}")
    return services.jobs.find_identity(Identity(Flow.RECONCILE, *subject))
