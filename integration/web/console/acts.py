"""Retrying and dismissing many jobs: a plan, a confirmation, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from integration import operate
from integration.ports import Act, JobFilter
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import Number, asked, choice_of, text_of
from integration.web.console.visits import NotAllowed, Visits, visit_of

MOST_CHOSEN = 200
DEEDS = {Act.RETRY: operate.retry, Act.DISMISS: operate.dismiss}


def acts(services: Services, visits: Visits) -> APIRouter:
    """``/acts``: the plan of one, and those that are or were under way."""
    router = APIRouter()
    router.include_router(_planning(services, visits))
    router.include_router(_under_way(services, visits))
    router.include_router(_carrying_out(services, visits))
    return router


def _planning(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.OPERATOR))

    @router.get("/acts/plan")
    def show_plan(request: Request) -> Response:
        """What it would come to; nothing is done before it is confirmed."""
        act, ids = _act(text_of(request, "act")), _ids(request.query_params.getlist("id"))
        if ids:
            chosen = [job for job in map(services.jobs.job, ids) if job is not None]
            return visits.pages.page(request, "plan_chosen.html", act=act, chosen=chosen)
        wanted = asked(services, request.query_params)
        plan = operate.plan(services, act, _narrow(wanted.which))
        return visits.pages.page(request, "plan.html", act=act, plan=plan, wanted=wanted)

    return router


def _under_way(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/acts")
    def list_acts(request: Request) -> Response:
        """The latest acts on many jobs."""
        return visits.pages.page(request, "acts.html", latest=services.bulk.latest())

    @router.get("/acts/{bulk_id}")
    def show_act(request: Request, bulk_id: Number) -> Response:
        """How far one is; with ``?live`` only the part that changes."""
        bulk = services.bulk.find(bulk_id)
        if bulk is None:
            raise NotAllowed(404, f"There is no act {bulk_id} on many jobs.")
        template = "act_live.html" if "live" in request.query_params else "act.html"
        return visits.pages.page(request, template, bulk=bulk)

    return router


def _carrying_out(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.OPERATOR))

    @router.post("/acts")
    def begin(request: Request) -> Response:
        """Do what was planned: at once for chosen jobs, in steps for all that match."""
        visit = visit_of(request)
        act, note = _act(visit.field("act")), visit.field("note", 1000) or None
        who = visit.session.person.who
        ids = _ids([str(one) for one in visit.form.getlist("id")])
        if ids:
            results = DEEDS[act](services, ids, who, note)
            return visits.pages.page(request, "done_chosen.html", act=act, results=results)
        which = _narrow(asked(services, visit.form).which)
        bulk = operate.begin_bulk(services, act, which, who, note)
        return _go_on(services, bulk.id)

    @router.post("/acts/{bulk_id}/go-on")
    def go_on(bulk_id: Number) -> Response:
        """Go on with one whose process ended; what is done stays done once."""
        if services.bulk.find(bulk_id) is None:
            raise NotAllowed(404, f"There is no act {bulk_id} on many jobs.")
        return _go_on(services, bulk_id)

    @router.post("/acts/{bulk_id}/stop")
    def stop(request: Request, bulk_id: Number) -> Response:
        """Stop it; what was done by then stays done."""
        operate.cancel_bulk(services, bulk_id, visit_of(request).session.person.who)
        return RedirectResponse(f"/acts/{bulk_id}", status_code=303)

    return router


def _go_on(services: Services, bulk_id: int) -> Response:
    def to_its_end() -> None:
        for _ in operate.carry_out(services, bulk_id):
            continue

    # It goes on when the visitor leaves the page; the page only looks.
    target = f"/acts/{bulk_id}"
    return RedirectResponse(target, status_code=303, background=BackgroundTask(to_its_end))


def _act(text: str | None) -> Act:
    act = choice_of(Act, text)
    if act not in DEEDS:
        raise NotAllowed(400, "Choose what to do: retry or dismiss.")
    return act


def _ids(given: Sequence[str]) -> list[int]:
    if len(given) > MOST_CHOSEN:
        raise NotAllowed(413, f"Choose at most {MOST_CHOSEN} jobs, or all that match.")
    if not all(one.isascii() and one.isdigit() and len(one) <= 15 for one in given):
        raise NotAllowed(400, "The id of a job is a whole number.")
    return [int(one) for one in given]


def _narrow(which: JobFilter) -> JobFilter:
    """A plan over every job there is was not meant by anybody."""
    if which == JobFilter():
        raise NotAllowed(
            400, "Say which jobs: choose a state, a flow, a shop, an age or a cause first."
        )
    return which
