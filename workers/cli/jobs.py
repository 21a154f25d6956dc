"""``picqer-bridge jobs``: see what there is to do, try it again, put it aside."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Annotated

import typer

from integration.jobs import Job, State
from integration.operate import ParkedGroup, note, parked_groups
from integration.ports import AuditEntry, AuditFilter
from workers.cli.commands import PROBLEM, group
from workers.cli.connection import known_shop, services_of, who
from workers.cli.job_acts import dismiss_jobs, retry_jobs
from workers.cli.job_filters import (
    Asked,
    FlowOption,
    ShopOption,
    filtered,
)
from workers.cli.order_screen import timeline_rows
from workers.cli.records import event_record, job_record
from workers.cli.screen import JsonFlag, cell, complain, show, show_json, show_table

HELP = """See the jobs, try them again, or put them aside.

\b
Examples:
  picqer-bridge jobs parked
  picqer-bridge jobs list --state parked
  picqer-bridge jobs retry 12
"""

app = group("jobs", HELP)


@app.command("list")
@filtered
def list_jobs(
    context: typer.Context,
    *,
    asked: Asked,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="Skip so many.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """List jobs, the latest change first. Times are UTC.

    \b
    Examples:
      picqer-bridge jobs list --state parked --older-than 1d
      picqer-bridge jobs list --flow create_order --shop nl --reason "no VAT group"
      picqer-bridge jobs list --state parked --json | jq -r '.[].id'
    """
    services = services_of(context)
    which = asked.filter(services, limit=limit, offset=offset)
    found = services.jobs.find(which)
    if as_json:
        show_json([job_record(job) for job in found])
        return
    if not found:
        show("There is no such job.")
        return
    show_table(("id", "state", "flow", "shop", "subject", "due (UTC)", "reason"), _rows(found))
    total = services.jobs.count(which)
    if offset + len(found) < total:
        more = f"--offset {offset + limit}"
        show(f"{len(found)} of {total}; see more with --limit or {more}.")


def _rows(jobs: Sequence[Job]) -> list[tuple[object, ...]]:
    return [
        (
            job.id,
            job.state.value,
            job.identity.flow.value,
            job.identity.shop,
            job.identity.subject,
            job.due_at if job.state is State.OPEN else None,
            job.reason,
        )
        for job in jobs
    ]


@app.command("show")
def show_job(
    context: typer.Context,
    job_id: Annotated[int, typer.Argument(metavar="ID", help="The id of a job.")],
    as_json: JsonFlag = False,
) -> None:
    """Show one job with its timeline. Times are UTC.

    \b
    Examples:
      picqer-bridge jobs show 12
      picqer-bridge jobs show 12 --json
    """
    services = services_of(context)
    job = services.jobs.job(job_id)
    if job is None:
        complain(f"There is no job {job_id}.")
        raise typer.Exit(PROBLEM)
    events = services.jobs.events(job_id)
    deliveries = services.inbox.find_of_job(job_id)
    acts = services.audit.find(AuditFilter(job_id=job_id))
    if as_json:
        raised = [record.id for record in deliveries]
        timeline = [event_record(event) for event in events]
        show_json(job_record(job) | {"deliveries": raised, "timeline": timeline, "acts": acts})
        return
    show(f"Job {job.id}, {job.identity}: {job.state.value}", style="bold")
    show(job.reason or "No reason was written down.")
    show(_counters(job))
    for act in acts:
        show(f"{act.act} by {act.who}, {cell(act.at)} UTC{_noted(act)}")
    for record in deliveries:
        show(f"raised by delivery {record.id} of {record.source}, {cell(record.received_at)} UTC")
    show()
    show_table(("time (UTC)", "what", "ms", "text"), timeline_rows(events))


def _noted(act: AuditEntry) -> str:
    return f": {act.note}" if act.note else ""


def _counters(job: Job) -> str:
    due = f"due {cell(job.due_at)} UTC; " if job.state is State.OPEN else ""
    blocked = f"; waits for product {job.blocked_on}" if job.blocked_on else ""
    return (
        f"{due}revision {job.revision}, attempts {job.attempts}, waits {job.waits}, "
        f"crashes {job.crashes}{blocked}"
    )


@app.command("note")
def note_job(
    context: typer.Context,
    job_id: Annotated[int, typer.Argument(metavar="ID", help="The id of a job.")],
    text: Annotated[str, typer.Argument(help="What whoever looks at it next should know.")],
    as_json: JsonFlag = False,
) -> None:
    """Write a note on a job; it changes nothing else.

    \b
    Examples:
      picqer-bridge jobs note 12 "asked the merchant for the SKU"
    """
    if not text.strip():
        raise typer.BadParameter("the note is empty")
    result = note(services_of(context), job_id, who(), text)
    if result.job is None:
        complain(f"There is no job {job_id}.")
        raise typer.Exit(PROBLEM)
    if as_json:
        show_json(job_record(result.job))
    else:
        show(f"Job {job_id} ({result.job.identity}) has the note.")


@app.command("parked")
def list_parked(
    context: typer.Context,
    *,
    flow: FlowOption = None,
    shop: ShopOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what waits for a person, one group for each reason, with what puts it right.

    \b
    Examples:
      picqer-bridge jobs parked
      picqer-bridge jobs parked --shop nl --json
    """
    services = services_of(context)
    groups = parked_groups(services, shop=known_shop(services, shop), flow=flow)
    if as_json:
        show_json(groups)
        return
    if not groups:
        show("No job is parked.")
    for count, found in enumerate(groups):
        if count:
            show()
        show(f"{found.count} of {found.flow}: {found.title} ({found.code})", style="bold")
        show(f"  for example: {found.example}")
        show(f"  {found.fix}")
        show(f"  {_retrying(found, shop)}")


def _retrying(group: ParkedGroup, shop: str | None) -> str:
    """The command that retries what parked like this; it tells its plan and asks first."""
    words = ["picqer-bridge", "jobs", "retry", "--flow", group.flow.value]
    words += ["--shop", shop] if shop else []
    words += ["--reason", group.reason] if group.reason else []
    words += ["--code", group.code] if group.code and not group.reason else []
    return shlex.join(words)


app.command("retry")(retry_jobs)
app.command("dismiss")(dismiss_jobs)
