"""``picqer-bridge reconcile``: look at both sides now, without waiting for the schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from integration.operate import Observation, ask_for, observations
from workers.cli.connection import known_account, known_shop, services_of, who
from workers.cli.records import job_record
from workers.cli.screen import JsonFlag, show, show_json, show_table


def reconcile(
    context: typer.Context,
    account: Annotated[
        str | None, typer.Option(help="Only this Picqer account and its shops.")
    ] = None,
    shop: Annotated[str | None, typer.Option(help="Only this shop.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be raised.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Look at both sides now and correct what we believe.

    Raises the jobs that do so. They write nothing outward: what they find raises further jobs.

    \b
    Examples:
      picqer-bridge reconcile
      picqer-bridge reconcile --shop nl --dry-run
    """
    services = services_of(context)
    wanted = observations(
        services, account=known_account(services, account), shop=known_shop(services, shop)
    )
    if dry_run:
        _show_plan(wanted, as_json)
        return
    raised = ask_for(services, wanted, who())
    if as_json:
        show_json([job_record(job) for job in raised])
        return
    for job in raised:
        show(f"Job {job.id} ({job.identity}) is {job.state.value}.")
    show(f"{len(raised)} jobs were raised; `picqer-bridge jobs list --flow reconcile` shows them.")


def _show_plan(wanted: Sequence[Observation], as_json: bool) -> None:
    if as_json:
        show_json(
            [
                {
                    "flow": one.identity.flow,
                    "shop": one.identity.shop,
                    "subject": one.identity.subject,
                    "account": one.account,
                    "job": one.job and job_record(one.job),
                }
                for one in wanted
            ]
        )
        return
    rows = [
        (
            one.identity,
            one.account,
            one.job.id if one.job else None,
            one.job.state.value if one.job else "never run",
            one.job.updated_at if one.job else None,
        )
        for one in wanted
    ]
    show_table(("would be raised", "account", "job", "state", "latest change (UTC)"), rows)
