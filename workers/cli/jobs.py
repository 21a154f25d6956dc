"""``picqer-bridge jobs``: see what there is to do, try it again, put it aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from integration.jobs import Flow, Job, State
from integration.operate import Result, dismiss, retry
from integration.ports import JobFilter
from workers.cli.commands import PROBLEM, WRONG_USE, group
from workers.cli.connection import known_shop, services_of, who
from workers.cli.order_screen import timeline_rows
from workers.cli.records import event_record, job_record
from workers.cli.screen import JsonFlag, cell, complain, show, show_json, show_table

HELP = """See the jobs, try them again, or put them aside.

\b
Examples:
  picqer-bridge jobs list --state parked
  picqer-bridge jobs retry 12
"""

app = group("jobs", HELP)
Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="Ids of jobs, as `list` shows.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command("list")
def list_jobs(
    context: typer.Context,
    *,
    state: Annotated[State | None, typer.Option(help="Only jobs in this state.")] = None,
    flow: Annotated[Flow | None, typer.Option(help="Only jobs of this flow.")] = None,
    shop: Annotated[str | None, typer.Option(help="Only jobs of this shop.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this cause: Unmappable, Refused.")] = None,
    text: Annotated[str | None, typer.Option(help="Searched in subject and reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List jobs, the latest change first. Times are UTC.

    \b
    Examples:
      picqer-bridge jobs list --state parked
      picqer-bridge jobs list --flow create_order --shop nl --text "no VAT group"
      picqer-bridge jobs list --state parked --json | jq -r '.[].id'
    """
    services = services_of(context)
    which = JobFilter(state, flow, known_shop(services, shop), code, text, limit)
    found = services.jobs.find(which)
    if as_json:
        show_json([job_record(job) for job in found])
        return
    if not found:
        show("There is no such job.")
        return
    show_table(("id", "state", "flow", "shop", "subject", "due (UTC)", "reason"), _rows(found))
    if len(found) == limit:
        show(f"These are the latest {limit}; see more with --limit.")


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
    if as_json:
        raised = [record.id for record in deliveries]
        timeline = [event_record(event) for event in events]
        show_json(job_record(job) | {"deliveries": raised, "timeline": timeline})
        return
    show(f"Job {job.id}, {job.identity}: {job.state.value}", style="bold")
    show(job.reason or "No reason was written down.")
    show(_counters(job))
    for record in deliveries:
        show(f"raised by delivery {record.id} of {record.source}, {cell(record.received_at)} UTC")
    show()
    show_table(("time (UTC)", "what", "ms", "text"), timeline_rows(events))


def _counters(job: Job) -> str:
    due = f"due {cell(job.due_at)} UTC; " if job.state is State.OPEN else ""
    blocked = f"; waits for product {job.blocked_on}" if job.blocked_on else ""
    return (
        f"{due}revision {job.revision}, attempts {job.attempts}, waits {job.waits}, "
        f"crashes {job.crashes}{blocked}"
    )


@app.command("retry")
def retry_jobs(
    context: typer.Context, ids: Ids, yes: YesFlag = False, as_json: JsonFlag = False
) -> None:
    """Open jobs now, with fresh attempts.

    An order is looked up at Picqer before it is created. Asks when there are several. Exit code 1
    when one of them does not exist.

    \b
    Examples:
      picqer-bridge jobs retry 12
      picqer-bridge jobs retry --yes 12 13 14
    """
    if len(set(ids)) > 1:
        _ask(f"Retry {len(set(ids))} jobs?", yes=yes)
    _tell(retry(services_of(context), ids, who()), "is open and runs as soon as it can", as_json)


@app.command("dismiss")
def dismiss_jobs(
    context: typer.Context, ids: Ids, yes: YesFlag = False, as_json: JsonFlag = False
) -> None:
    """Put jobs aside for good.

    No webhook opens them again, only `jobs retry` does. Asks first. Exit code 1 when one of them
    does not exist or may not be dismissed.

    \b
    Examples:
      picqer-bridge jobs dismiss 12
      picqer-bridge jobs dismiss --yes 12 13
    """
    _ask(f"Put {len(set(ids))} job(s) aside for good?", yes=yes)
    _tell(dismiss(services_of(context), ids, who()), "was put aside", as_json)


def _ask(question: str, *, yes: bool) -> None:
    if yes:
        return
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        complain("\nNobody answered; add --yes where nobody can.")
        raise typer.Exit(WRONG_USE) from None
    if not agreed:
        complain("Nothing was changed.")
        raise typer.Exit(PROBLEM)


def _tell(results: Sequence[Result], outcome: str, as_json: bool) -> None:
    if as_json:
        show_json(
            [
                {"id": one.id, "problem": one.problem, "job": one.job and job_record(one.job)}
                for one in results
            ]
        )
    for one in results:
        if one.job is None:
            complain(f"Job {one.id} was not changed: {one.problem}")
        elif not as_json:
            show(f"Job {one.id} ({one.job.identity}) {outcome}.")
    if any(one.job is None for one in results):
        raise typer.Exit(PROBLEM)
