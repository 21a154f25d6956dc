"""``picqer-bridge backfill``: what was there before this service is brought to Picqer."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from integration.flows.backfill_survey import Survey
from integration.jobs import State
from integration.operate import (
    Backfill,
    BackfillView,
    ProductSurvey,
    begin_backfill,
    survey_orders,
    survey_products,
    view_backfill,
)
from integration.services import Services, Shop
from workers.cli.asking import PROBLEM, ask
from workers.cli.commands import group
from workers.cli.connection import known_shop, services_of, who
from workers.cli.moments import moment
from workers.cli.options import YesFlag
from workers.cli.progress import Tell, progress_bar
from workers.cli.screen import JsonFlag, complain, show, show_json, show_table

HELP = """Bring what was in a shop before to Picqer: its products, or orders nobody shipped yet.

\b
Examples:
  picqer-bridge backfill products
  picqer-bridge backfill orders --since 2026-11-01 --dry-run
"""

app = group("backfill", HELP)
EVER = datetime(2000, 1, 1, tzinfo=UTC)
NAMED = 20
"""Products without SKU are named up to so many; `--json` has them all."""
LOOK_SECONDS = 1.0
"""How often the progress is looked at."""
ShopOption = Annotated[str | None, typer.Option(help="Which shop, where there are several.")]
DetachFlag = Annotated[
    bool, typer.Option("--detach", help="Do not wait; the same command shows how far it is.")
]


@app.command("orders")
def backfill_orders(
    context: typer.Context,
    *,
    since: Annotated[str, typer.Option(help="Placed since: 2026-11-01, or 2w for ago.")],
    shop: ShopOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell which; asks the shop and Picqer.")
    ] = False,
    detach: DetachFlag = False,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Bring orders that were placed since then, and that nobody shipped yet, to Picqer.

    Each is looked up there by its reference first, so that none is made twice; what only looks
    like one that is there is left out and named. Runs in the workers, behind the daily work; the
    same command again, with the same moment, goes on. Asks first.

    \b
    Examples:
      picqer-bridge backfill orders --since 2026-11-01 --dry-run
      picqer-bridge backfill orders --since 2w --shop nl --yes
    """
    services = services_of(context)
    one = _shop(services, shop)
    begin = _whole_second(moment(since, services.store.now()))
    if dry_run:
        _show_survey(survey_orders(services, one, begin), as_json)
        return
    name = one.policy.name
    ask(f"Bring orders of {name} placed since {begin:%Y-%m-%d %H:%M} UTC to Picqer?", yes=yes)
    _run(services, begin_backfill(services, Backfill.ORDERS, one, begin, who()), detach, as_json)


@app.command("products")
def backfill_products(
    context: typer.Context,
    *,
    since: Annotated[
        str | None, typer.Option(help="Changed since: 2026-11-01, or 2w for ago; else all.")
    ] = None,
    shop: ShopOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell which; asks the shop.")] = (
        False
    ),
    detach: DetachFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Bring the products of a shop to Picqer, those that are not there as they are in the shop.

    Safe to repeat. Runs in the workers, behind the daily work; the same command again goes on.

    \b
    Examples:
      picqer-bridge backfill products --dry-run
      picqer-bridge backfill products --since 2026-11-01 --shop nl --detach
    """
    services = services_of(context)
    begin = EVER if since is None else _whole_second(moment(since, services.store.now()))
    one = _shop(services, shop)
    if dry_run:
        _show_products(survey_products(services, one, begin), as_json)
        return
    view = begin_backfill(services, Backfill.PRODUCTS, one, begin, who())
    _run(services, view, detach, as_json)


def _shop(services: Services, shop: str | None) -> Shop:
    known_shop(services, shop)
    if shop is not None:
        return services.shops[shop]
    if len(services.shops) != 1:
        names = ", ".join(sorted(services.shops)) or "none"
        raise typer.BadParameter(f"say with --shop which one; there is {names}")
    return next(iter(services.shops.values()))


def _whole_second(instant: datetime) -> datetime:
    """The whole second, so that the same words some seconds later do not mean another backfill."""
    return instant.replace(microsecond=0)


def _show_survey(survey: Survey, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "to_bring": survey.to_bring,
                "there": survey.there,
                "left_out": survey.left_out,
                "doubtful": [{"order": old, "reference": alike} for old, alike in survey.doubtful],
            }
        )
        return
    rows = [
        (old.number, survey.there.get(old.id, "is not there"), old.reference)
        for old in survey.to_bring
    ]
    show_table(("order", "at Picqer", "reference"), rows)
    show(f"{len(rows)} orders would be brought; {len(survey.there)} of them are taken over.")
    for reason, count in survey.left_out.most_common():
        show(f"{count} are left out: {reason}")
    for old, alike in survey.doubtful:
        show(f"{old.number} is left out: Picqer has {alike}, which may be the same order")


def _show_products(survey: ProductSurvey, as_json: bool) -> None:
    if as_json:
        show_json(survey)
        return
    rows = [(old.productcode, old.id, old.found) for old in survey.to_bring]
    show_table(("productcode", "product", "at Picqer"), rows)
    show(f"{len(rows)} products would be asked for; {survey.as_they_are} are there as they are.")
    if survey.without_sku:
        named = ", ".join(survey.without_sku[:NAMED])
        more = ", ..." if len(survey.without_sku) > NAMED else ""
        show(f"{len(survey.without_sku)} are left out, for they have no SKU: {named}{more}")


def _run(services: Services, view: BackfillView, detach: bool, as_json: bool) -> None:
    if not detach:
        try:
            view = _follow(services, view)
        except KeyboardInterrupt:
            complain("It goes on in the workers; the same command shows how far it is.")
            raise typer.Exit(PROBLEM) from None
    if as_json:
        show_json(_record(view))
    elif view.over:
        show(f"Done: {view.outcome}.")
    else:
        show(f"Under way, with job {view.job.id}: {view.outcome}.")
    if view.job.state is State.PARKED:
        complain(f"Job {view.job.id} is parked: {view.job.reason}")
        raise typer.Exit(PROBLEM)


def _follow(services: Services, view: BackfillView) -> BackfillView:
    """Look again and again until it is over, or waits for a person."""
    with progress_bar(f"{view.kind} of {view.shop}") as tell:
        while not (view.over or view.job.state is State.PARKED):
            _progress(tell, view)
            time.sleep(LOOK_SECONDS)
            view = view_backfill(services, view.kind, view.shop) or view
        _progress(tell, view)
    return view


def _progress(tell: Tell, view: BackfillView) -> None:
    """What was looked at, until it is known how much there is to do."""
    if view.record.done:
        tell(max(0, view.record.raised - view.left), view.record.raised)
    else:
        tell(view.record.raised or view.record.seen, view.record.total)


def _record(view: BackfillView) -> dict[str, object]:
    return {
        "kind": view.kind,
        "shop": view.shop,
        "since": view.record.since,
        "stage": view.record.stage,
        "job": view.job.id,
        "seen": view.record.seen,
        "raised": view.record.raised,
        "left": view.left,
        "outcome": view.outcome,
    }
