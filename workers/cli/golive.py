"""``picqer-bridge golive``: what would happen when a shop goes live, and then letting it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from integration.golive import LivePlan, make_plan
from integration.guard import ScopeGuard
from integration.operate import go_live, is_held
from integration.services import Services, Shop
from integration.wiring import sync_hooks, sync_shop_hooks
from workers.cli.commands import PROBLEM, WRONG_USE
from workers.cli.connection import connection_of, known_shop, who
from workers.cli.moments import moment
from workers.cli.options import YesFlag
from workers.cli.progress import progress_bar
from workers.cli.screen import JsonFlag, complain, show, show_json

SHOWN = 10
"""How many of each are named in text; --json has all."""


def golive(
    context: typer.Context,
    *,
    shop: Annotated[str, typer.Option(help="Which shop.")],
    since: Annotated[
        str, typer.Option(help="Look at open orders placed since then, or 2w for ago.")
    ] = "2w",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell the plan.")] = False,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Tell what would happen when a shop goes over to this service, and let it after a yes.

    The plan asks the shop and Picqer, with the bulk work, and writes nothing. Then it asks to type
    the shop's name: hooks are made, the moment is written down as the cut-over, and the pause of
    the shop ends. Hold the shop with `picqer-bridge pause --shop` before the service starts.
    With --json only the plan is told, unless --yes is given too.

    \b
    Examples:
      picqer-bridge golive --shop nl --dry-run
      picqer-bridge golive --shop nl
    """
    connection = connection_of(context)
    settings = connection.settings()
    services = connection.services(settings)
    known_shop(services, shop)
    one = services.shops[shop]
    begin = moment(since, services.store.now())
    with progress_bar("looked at") as tell:
        plan = make_plan(services, one, begin, lambda done: tell(done, None))
    if as_json:
        show_json(_record(services, one, plan))
    else:
        _show(services, one, plan)
    if dry_run or (as_json and not yes):
        return
    _confirm(shop, yes=yes)
    account = one.policy.account.name
    sync_hooks(services, settings, account, ScopeGuard(f"picqer/{account}", services.gate))
    sync_shop_hooks(services, settings, shop, ScopeGuard(f"shops/{shop}", services.gate))
    at = go_live(services, one, who())
    if not as_json:
        show(f"Shop {shop} is live since {at:%Y-%m-%d %H:%M:%S} UTC.")
        show("Orders from before stay out; `picqer-bridge backfill orders --since` brings them.")


def _confirm(shop: str, *, yes: bool) -> None:
    """Go on only when the shop's name is typed."""
    if yes:
        return
    try:
        typed = typer.prompt(f"Type the shop's name ({shop}) to let it go live", err=True)
    except typer.Abort:
        complain("\nNobody answered; add --yes where nobody can.")
        raise typer.Exit(WRONG_USE) from None
    if typed.strip() != shop:
        complain("That is not its name: nothing was changed.")
        raise typer.Exit(PROBLEM)


def _show(services: Services, shop: Shop, plan: LivePlan) -> None:
    show(f"Shop {plan.shop} on Picqer account {plan.account}", "bold")
    show(f"{plan.products} active products in the shop.")
    _list("products have no SKU, and stay out of Picqer", plan.without_sku)
    _list("SKUs belong to several products", plan.doubled_skus)
    what = "would be made" if shop.policy.catalogue else "have to be made by a person"
    _list(f"SKUs have no productcode at Picqer, and {what}", plan.not_at_picqer)
    _list("SKUs are of products that Picqer has switched off", plan.inactive)
    _list("productcodes have no SKU in the shop, and are left alone", plan.not_in_shop)
    changes = [f"{one.subject} {one.in_shop}, {one.at_picqer}" for one in plan.stock]
    _list("stock figures of the shop would change", changes)
    _list("VAT rates have no VAT group at Picqer", [f"{rate} %" for rate in plan.rates])
    _list("shipping methods have no profile in the settings", list(plan.shipping_methods))
    _show_orders(plan)
    show(f"Orders placed from {_first(shop, plan)} on would be imported.")
    _list("signs of somebody else on this account", plan.others)
    if not is_held(services, shop):
        show(f"Shop {plan.shop} is not paused: its flows work already.", "yellow")
    elif plan.live_since is not None:
        show(f"Shop {plan.shop} went live before: that moment stays, and its pause ends.", "yellow")


def _show_orders(plan: LivePlan) -> None:
    """What a backfill would bring of the open orders, and what not."""
    orders, since = plan.orders, f"{plan.since:%Y-%m-%d %H:%M} UTC"
    bring = [old.number for old in orders.to_bring]
    _list(f"open orders were placed since {since}, and a backfill would bring them", bring)
    alike = [f"{old.number} ({reference})" for old, reference in orders.doubtful]
    _list("open orders look like one that Picqer has, and would be left out", alike)
    _list("open orders are in another currency, and would wait for a person", plan.foreign)
    for reason, count in orders.left_out.most_common():
        show(f"{count} orders since then are left out: {reason}")


def _first(shop: Shop, plan: LivePlan) -> str:
    """From when on orders come in: the settings say it, else the cut-over."""
    if shop.policy.orders_since is not None:
        return f"{shop.policy.orders_since:%Y-%m-%d %H:%M} UTC (orders_since)"
    return "now" if plan.live_since is None else f"{plan.live_since:%Y-%m-%d %H:%M:%S} UTC"


def _list(what: str, found: Sequence[str]) -> None:
    if found:
        more = "; ..." if len(found) > SHOWN else ""
        show(f"{len(found)} {what}: {'; '.join(found[:SHOWN])}{more}")


def _record(services: Services, shop: Shop, plan: LivePlan) -> dict[str, object]:
    orders = plan.orders
    return {
        "shop": plan.shop,
        "account": plan.account,
        "since": plan.since,
        "orders_since": shop.policy.orders_since,
        "held": is_held(services, shop),
        "live_since": plan.live_since,
        "products": plan.products,
        "without_sku": plan.without_sku,
        "doubled_skus": plan.doubled_skus,
        "not_at_picqer": plan.not_at_picqer,
        "inactive": plan.inactive,
        "not_in_shop": plan.not_in_shop,
        "stock": plan.stock,
        "vat_rates": plan.rates,
        "shipping_methods": plan.shipping_methods,
        "other_currency": plan.foreign,
        "orders": [old.number for old in orders.to_bring],
        "orders_there": len(orders.there),
        "orders_doubtful": [
            {"order": old.number, "reference": alike} for old, alike in orders.doubtful
        ],
        "orders_left_out": dict(orders.left_out),
        "others": plan.others,
    }
