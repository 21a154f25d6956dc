"""``picqer-bridge reconcile``: look at both sides now, without waiting for the schedule."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

import typer

from integration.compare import Difference, compare
from integration.operate import ask_for, observations
from integration.services import Services, Shop
from workers.cli.commands import PROBLEM
from workers.cli.connection import known_account, known_shop, services_of, who
from workers.cli.moments import moment
from workers.cli.progress import progress_bar
from workers.cli.records import job_record
from workers.cli.screen import JsonFlag, show, show_json, show_table


def reconcile(
    context: typer.Context,
    *,
    account: Annotated[
        str | None, typer.Option(help="Only this Picqer account and its shops.")
    ] = None,
    shop: Annotated[str | None, typer.Option(help="Only this shop.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell the differences; writes nothing.")
    ] = False,
    since: Annotated[
        str, typer.Option(help="With --dry-run: orders that changed since then, or 2d for ago.")
    ] = "2d",
    as_json: JsonFlag = False,
) -> None:
    """Look at both sides now and correct what we believe.

    Raises the jobs that do so. They write nothing outward: what they find raises further jobs.
    --dry-run asks both sides itself, with the bulk work, and tells what differs; exit code 1 when
    anything does.

    \b
    Examples:
      picqer-bridge reconcile
      picqer-bridge reconcile --dry-run
      picqer-bridge reconcile --shop nl --dry-run --since 1w --json
    """
    services = services_of(context)
    known_account(services, account)
    known_shop(services, shop)
    if dry_run:
        begin = moment(since, services.store.now())
        _show_differences(services, _shops(services, account, shop), begin, as_json)
        return
    wanted = observations(services, account=account, shop=shop)
    raised = ask_for(services, wanted, who())
    if as_json:
        show_json([job_record(job) for job in raised])
        return
    for job in raised:
        show(f"Job {job.id} ({job.identity}) is {job.state.value}.")
    show(f"{len(raised)} jobs were raised; `picqer-bridge jobs list --flow reconcile` shows them.")


def _shops(services: Services, account: str | None, shop: str | None) -> list[Shop]:
    return [
        one
        for name, one in sorted(services.shops.items())
        if shop in (None, name) and account in (None, one.policy.account.name)
    ]


def _show_differences(
    services: Services, shops: list[Shop], since: datetime, as_json: bool
) -> None:
    found = []
    with progress_bar("differences") as tell:
        for one in compare(services, shops, since):
            found.append(one)
            tell(len(found), None)
    if as_json:
        show_json(found)
    elif found:
        rows = [
            (one.kind.value, one.shop or one.account, one.subject, one.in_shop, one.at_picqer)
            for one in found
        ]
        show_table(("difference", "shop", "what", "in the shop", "at Picqer"), rows)
        _show_remedies(found)
    else:
        show("Both sides are as they ought to be.")
    if found:
        raise typer.Exit(PROBLEM)


def _show_remedies(found: list[Difference]) -> None:
    """What puts right how many of each kind."""
    counts = Counter((one.kind, one.remedy) for one in found)
    show()
    for (kind, remedy), count in counts.most_common():
        show(f"{count} {kind}: {remedy}")
    show("`picqer-bridge reconcile` has what is missed looked at now.")
