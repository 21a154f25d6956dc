"""``picqer-bridge jobs retry`` and ``jobs dismiss``: some jobs by id, or many by filter.

Many are done in steps of a plan that a person agreed to; one that was stopped can be gone on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from integration.jobs import State
from integration.operate import Plan, Result, begin_bulk, carry_out, dismiss, plan, retry
from integration.ports import Act, BulkAct, BulkState
from integration.services import Services
from workers.cli.asking import PROBLEM, ask
from workers.cli.connection import services_of, who
from workers.cli.job_filters import Asked, filtered
from workers.cli.options import NoteOption, YesFlag
from workers.cli.progress import progress_bar
from workers.cli.records import bulk_record, job_record
from workers.cli.screen import JsonFlag, complain, show, show_json, show_table

Ids = Annotated[
    list[int] | None, typer.Argument(metavar="[ID...]", help="Ids of jobs, as `list` shows.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")]
GoOn = Annotated[
    int | None, typer.Option("--go-on", metavar="ACT", help="Go on with an act that was stopped.")
]
DEEDS = {Act.RETRY: retry, Act.DISMISS: dismiss}
DONE = {Act.RETRY: "is open and runs as soon as it can", Act.DISMISS: "was put aside"}
QUESTIONS = {
    Act.RETRY: "Retry {count} job(s)?",
    Act.DISMISS: "Put {count} job(s) aside for good?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What is done to the jobs, and the options that both acts have."""

    act: Act
    note: str | None
    dry_run: bool
    yes: bool
    as_json: bool


@filtered
def retry_jobs(
    context: typer.Context,
    ids: Ids = None,
    *,
    asked: Asked,
    note: NoteOption = None,
    dry_run: DryRun = False,
    go_on: GoOn = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Open jobs now, with fresh attempts: those with these ids, or all that match.

    An order is looked up at Picqer before it is created. Filters mean parked jobs unless --state
    says otherwise; a plan says how many there are and what that costs, and is asked about. Exit
    code 1 when one of the ids does not exist.

    \b
    Examples:
      picqer-bridge jobs retry 12
      picqer-bridge jobs retry --reason "no VAT group" --dry-run
      picqer-bridge jobs retry --flow create_order --older-than 1h --note "VAT groups made" --yes
    """
    how = How(act=Act.RETRY, note=note, dry_run=dry_run, yes=yes, as_json=as_json)
    _act(services_of(context), how, ids, asked, go_on)


@filtered
def dismiss_jobs(
    context: typer.Context,
    ids: Ids = None,
    *,
    asked: Asked,
    note: NoteOption = None,
    dry_run: DryRun = False,
    go_on: GoOn = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Put jobs aside for good: those with these ids, or all that match.

    No webhook opens them again, only `jobs retry` does. Filters mean parked jobs unless --state
    says otherwise. Asks first. Exit code 1 when one of them does not exist or may not be dismissed.

    \b
    Examples:
      picqer-bridge jobs dismiss 12
      picqer-bridge jobs dismiss --flow create_product --reason Refused --note "not for sale" --yes
    """
    how = How(act=Act.DISMISS, note=note, dry_run=dry_run, yes=yes, as_json=as_json)
    _act(services_of(context), how, ids, asked, go_on)


def _act(
    services: Services, how: How, ids: list[int] | None, asked: Asked, go_on: int | None
) -> None:
    if go_on is not None:
        _go_on(services, how, go_on)
    elif ids:
        if asked.anything:
            raise typer.BadParameter("give ids or filters, not both")
        _some(services, how, ids)
    else:
        _many(services, how, asked)


def _some(services: Services, how: How, ids: list[int]) -> None:
    """One job is opened without a question: that takes nothing from anybody."""
    count = len(set(ids))
    if count > 1 or how.act is Act.DISMISS:
        _ask(how, count)
    _tell(DEEDS[how.act](services, ids, who(), how.note), DONE[how.act], how.as_json)


def _ask(how: How, count: int) -> None:
    ask(QUESTIONS[how.act].format(count=count), yes=how.yes)


def _many(services: Services, how: How, asked: Asked) -> None:
    if not asked.anything:
        raise typer.BadParameter("name ids, or say with filters which jobs: --state parked, ...")
    which = replace(asked, state=asked.state or State.PARKED).filter(services)
    planned = plan(services, how.act, which)
    if not how.as_json:
        _show_plan(planned)
    if how.dry_run or planned.count == 0:
        if how.as_json:
            show_json({"plan": planned, "act": None})
        return
    _ask(how, planned.count)
    bulk = begin_bulk(services, how.act, which, who(), how.note)
    _carry_out(services, bulk, {"plan": planned}, how.as_json)


def _go_on(services: Services, how: How, bulk_id: int) -> None:
    bulk = services.bulk.find(bulk_id)
    if bulk is None or bulk.act is not how.act:
        complain(f"There is no {how.act} {bulk_id} that could be gone on with.")
        raise typer.Exit(PROBLEM)
    _carry_out(services, bulk, {}, how.as_json)


def _carry_out(services: Services, bulk: BulkAct, more: dict[str, object], as_json: bool) -> None:
    now = bulk
    try:
        with progress_bar(f"{bulk.act}") as tell:
            for now in carry_out(services, bulk.id):
                tell(now.dealt_with, now.total)
    except KeyboardInterrupt:
        complain(f"Stopped. `picqer-bridge jobs {bulk.act} --go-on {bulk.id}` goes on.")
        raise typer.Exit(PROBLEM) from None
    if as_json:
        show_json(more | {"act": bulk_record(now)})
    else:
        show(_outcome(now))
    if now.refused:
        complain(f"{now.refused} could not be changed; `picqer-bridge jobs list` shows them.")
        raise typer.Exit(PROBLEM)


def _outcome(bulk: BulkAct) -> str:
    done = "were put aside" if bulk.act is Act.DISMISS else "are open and run as soon as they can"
    left = bulk.total - bulk.done - bulk.refused
    if bulk.state is BulkState.CANCELLED:
        return f"{bulk.done} of {bulk.total} jobs {done}; then it was stopped."
    rest = f" {left} had changed meanwhile and were left alone." if left else ""
    return f"{bulk.done} of {bulk.total} jobs {done}.{rest}"


def _show_plan(planned: Plan) -> None:
    if planned.count == 0:
        show("There is no such job.")
        return
    rows = [(one.flow.value, one.code, one.count) for one in planned.groups]
    show_table(("flow", "cause", "jobs"), rows)
    show(f"{planned.count} jobs in all.")
    if planned.refused:
        show(f"{planned.refused} of them cannot be dismissed and are left alone.")
    for share in planned.accounts:
        show(f"Picqer account {share.account}: about {share.calls} calls, {_time(share.seconds)}.")


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "and Redis, which knows the rate limit, is away"
    if seconds < 1:
        return "which the rate limit lets through at once"
    span = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    return f"at least {span} of the rate limit"


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
