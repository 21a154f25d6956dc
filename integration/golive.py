"""The plan: what would happen when a shop goes live. Read at both sides, and written nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from integration.compare import Difference
from integration.compare.products import Catalogue, compare_stock, read_catalogue
from integration.domain import Order
from integration.flows.backfill_survey import Survey
from integration.guard import ScopeGuard
from integration.hook_names import OURS
from integration.jobs import Flow, Lane
from integration.operate import survey_orders
from integration.policy import ShopPolicy
from integration.ports import Picqer, Webshop
from integration.services import Services, Shop

EVER = datetime(2000, 1, 1, tzinfo=UTC)
Tell = Callable[[int], None]
"""Hears how many products, figures and orders were looked at so far."""


class ShippingSurvey(Survey):
    """A survey of old orders that also notes how they are sent."""

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        super().__init__()
        self.methods: Counter[str] = Counter()

    def consider(
        self, order: Order, reference: str, since: datetime, offset: timedelta, *, known: bool
    ) -> None:
        """An order of the shop, as ``Survey.consider``."""
        super().consider(order, reference, since, offset, known=known)
        self.methods.update(line.code or line.title for line in order.shipping_lines)


@dataclass
class LivePlan:
    """What would happen. Counts and ids only; nothing of a person.

    ``orders`` are the open ones placed since ``since``. ``without_sku``: ids of the shop's
    products; ``not_at_picqer``: SKUs without a productcode; ``not_in_shop``: productcodes without
    an SKU; ``doubled_skus`` belong to several products. ``rates`` are without a VAT group, and
    ``shipping_methods`` without a profile, each with how often it was seen. ``others``: signs that
    somebody else works on the same account.
    """

    shop: str
    account: str
    since: datetime
    orders: Survey
    products: int = 0
    without_sku: list[str] = field(default_factory=list)
    doubled_skus: list[str] = field(default_factory=list)
    not_at_picqer: list[str] = field(default_factory=list)
    not_in_shop: list[str] = field(default_factory=list)
    stock: list[Difference] = field(default_factory=list)
    rates: dict[str, int] = field(default_factory=dict)
    shipping_methods: dict[str, int] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def make_plan(services: Services, shop: Shop, since: datetime, tell: Tell) -> LivePlan:
    """Look at both sides, with the bulk work. Raises what either side raises."""
    policy = shop.policy
    guard = ScopeGuard(f"picqer/{policy.account.name}", services.gate)
    picqer = services.accounts[policy.account.name].connect(Lane.BULK, guard, 0.0)
    webshop = shop.connect(ScopeGuard(f"shops/{policy.name}", services.gate))
    survey = ShippingSurvey()
    plan = LivePlan(policy.name, policy.account.name, since, survey)
    plan.others = _others(services, picqer, policy)
    catalogue = read_catalogue(picqer)
    _look_at_products(plan, webshop, picqer, catalogue, tell)
    if Flow.PUSH_STOCK in policy.flows:
        for difference in compare_stock(services, shop, webshop, catalogue):
            plan.stock.append(difference)
            tell(plan.products + len(plan.stock))
    if Flow.CREATE_ORDER in policy.flows:
        survey_orders(services, shop, since, survey)
        plan.shipping_methods = _unmapped(survey.methods, policy.shipping_profiles)
        plan.others += _others_orders(survey)
    return plan


def _look_at_products(
    plan: LivePlan, webshop: Webshop, picqer: Picqer, catalogue: Catalogue, tell: Tell
) -> None:
    skus: Counter[str] = Counter()
    rates: Counter[Decimal] = Counter()
    for product in webshop.products_changed_since(EVER):
        if not product.active:
            continue
        plan.products += 1
        tell(plan.products)
        if product.tax_rate is not None:
            rates[product.tax_rate] += 1
        if product.sku:
            skus[product.sku] += 1
        else:
            plan.without_sku.append(product.id)
    there = {code for code, product in catalogue.products.items() if product.active}
    plan.doubled_skus = sorted(sku for sku, count in skus.items() if count > 1)
    plan.not_at_picqer = sorted(skus.keys() - there)
    plan.not_in_shop = sorted(there - skus.keys())
    known = {group.percentage for group in picqer.vat_groups()}
    plan.rates = {f"{rate:f}": rates[rate] for rate in sorted(rates.keys() - known)}


def _unmapped(methods: Counter[str], profiles: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in methods.most_common() if name not in profiles}


def _others(services: Services, picqer: Picqer, policy: ShopPolicy) -> list[str]:
    """Hooks of others, and requests that others make with the same key."""
    ours = f"{OURS} {services.gate.installation()} "
    found = [
        f"Hook {hook.idhook} ({hook.name!r}) sends {hook.event} elsewhere"
        + (": another installation of picqer-bridge" if hook.name.startswith(f"{OURS} ") else "")
        for hook in picqer.hooks()
        if hook.active and not hook.name.startswith(ours)
    ]
    view = services.accounts[policy.account.name].limiter.view()
    if view.foreign_use:
        found.append(
            f"Others made {view.foreign_use} requests with the key of account {policy.account.name}"
            " in the last minute"
        )
    return found


def _others_orders(survey: Survey) -> Iterable[str]:
    """Orders at Picqer that this service did not make, and that are this shop's by reference."""
    if survey.there:
        yield f"{len(survey.there)} open orders of the shop are at Picqer already, made by others"
    if survey.doubtful:
        yield f"{len(survey.doubtful)} more may be there, under a reference that looks alike"
