"""What waits for a person: parked jobs by what has to be put right."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from integration.jobs import Flow, State
from integration.operate import ParkedGroup, parked_groups
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import choice_of, text_of
from integration.web.console.visits import Visits


def parked(services: Services, visits: Visits) -> APIRouter:
    """``/parked``."""
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/parked")
    def list_groups(request: Request) -> Response:
        """The groups, the largest first, each with its fix and what can be done at once."""
        shop, flow = text_of(request, "shop"), choice_of(Flow, text_of(request, "flow"))
        groups = [
            (group, parts_of(group, shop))
            for group in parked_groups(services, shop=shop, flow=flow)
        ]
        return visits.pages.page(
            request, "parked.html", groups=groups, shop=shop, flow=flow,
            shops=sorted(services.shops), total=sum(group.count for group, _ in groups),
        )  # fmt: skip

    return router


def parts_of(group: ParkedGroup, shop: str | None) -> dict[str, object]:
    """The parts of an address that find the jobs of the group."""
    return {
        "state": State.PARKED,
        "flow": group.flow,
        "shop": shop,
        "code": group.code,
        "group": group.key,
    }
