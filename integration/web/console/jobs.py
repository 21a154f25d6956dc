"""Jobs: a list to search and choose from, and one job with its timeline."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from integration import operate
from integration.jobs import Flow
from integration.ports import AuditFilter
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import Number, asked, leaf_of
from integration.web.console.events import worded
from integration.web.console.visits import NotAllowed, Visits, visit_of

ORDER_FLOWS = (Flow.CREATE_ORDER, Flow.COMPLETE_ORDER)
AGES = {"15m": "15 minutes", "1h": "an hour", "4h": "4 hours", "1d": "a day", "1w": "a week"}
"""Ages to choose from; an address may say any other, or a moment."""


def jobs(services: Services, visits: Visits) -> APIRouter:
    """``/jobs`` and the page of each job, with what an operator can do there at once."""
    router = APIRouter()
    router.include_router(_looking(services, visits))
    router.include_router(_doing(services, visits))
    return router


def _looking(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/jobs")
    def list_jobs(request: Request) -> Response:
        """Jobs that match, the latest change first."""
        wanted = asked(services, request.query_params)
        leaf = leaf_of(request, services.jobs.count(wanted.which))
        return visits.pages.page(
            request, "jobs.html", rows=services.jobs.find(leaf.of(wanted.which)), leaf=leaf,
            wanted=wanted, which=wanted.which, shops=sorted(services.shops), ages=AGES,
        )  # fmt: skip

    @router.get("/jobs/{job_id}")
    def show_job(request: Request, job_id: Number) -> Response:
        """One job: what it is about, how it stands, why, and what happened."""
        job = services.jobs.job(job_id)
        if job is None:
            raise NotAllowed(404, f"There is no job {job_id}.")
        lines = [(event, worded(event)) for event in services.jobs.events(job_id)]
        return visits.pages.page(
            request, "job.html", job=job, lines=lines,
            deliveries=services.inbox.find_of_job(job_id),
            acts=services.audit.find(AuditFilter(job_id=job_id)),
            is_of_order=job.identity.flow in ORDER_FLOWS,
        )  # fmt: skip

    return router


def _doing(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.OPERATOR))

    @router.post("/jobs/{job_id}/retry")
    def retry(request: Request, job_id: Number) -> Response:
        """Open this job now: one click."""
        (result,) = operate.retry(services, [job_id], visit_of(request).session.person.who)
        return _back(result, "retried")

    @router.post("/jobs/{job_id}/note")
    def note(request: Request, job_id: Number) -> Response:
        """Leave a note for whoever looks at this job next."""
        visit = visit_of(request)
        text = visit.field("note", 1000)
        if not text:
            raise NotAllowed(400, "A note needs some words.")
        return _back(operate.note(services, job_id, visit.session.person.who, text), "noted")

    return router


def _back(result: operate.Result, said: str) -> Response:
    if result.job is None:
        raise NotAllowed(409, f"Job {result.id} was not changed: {result.problem}.")
    return RedirectResponse(f"/jobs/{result.id}?said={said}", status_code=303)
