"""The plan: what would happen when a shop goes live. Read at both sides, and written nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
from integration.operate import live_since, survey_orders
from integration.ports import Picqer, Webshop
from integration.services import Services, Shop

EVER = datetime(2000, 1, 1, tzinfo=UTC)
Tell = Callable[[int], None]
"""Hears how many products of either side were looked at so far."""


class OpenOrders(Survey):
    """A survey of old orders that also notes what the settings or Picqer may have no answer to.

    ``methods`` are how they are sent, ``rates`` the VAT rates of those to bring, and ``foreign``
    the numbers of those in another currency than the account's.
    """

    def __init__(self, currency: str) -> None:
        """Nothing was looked at yet."""
        super().__init__()
        self._currency = currency.upper()
        self.methods: Counter[str] = Counter()
        self.rates: Counter[Decimal] = Counter()
        self.foreign: list[str] = []

    def consider(
        self, order: Order, reference: str, since: datetime, offset: timedelta, *, known: bool
    ) -> None:
        """An order of the shop, as ``Survey.consider``."""
        super().consider(order, reference, since, offset, known=known)
        self.methods.update(line.code or line.title for line in order.shipping_lines)
        if order.id not in self.wanted:
            return
        rates = {line.tax_rate for line in order.lines_to_ship}
        rates |= {line.tax_rate for line in order.shipping_lines}
        self.rates.update(rate for rate in rates if rate is not None)
        if order.currency.upper() != self._currency:
            self.foreign.append(order.number)


@dataclass
class LivePlan:
    """What would happen. Counts and ids only; nothing of a person.

    ``live_since`` is None while the shop has yet to go over. ``orders`` are the open ones placed
    since ``since``. ``without_sku``: ids of the shop's products; ``not_at_picqer``: SKUs without a
    productcode; ``inactive``: productcodes that are switched off there; ``not_in_shop``:
    productcodes without an SKU; ``doubled_skus`` belong to several products. ``rates`` are without
    a VAT group, and ``shipping_methods`` without a profile, each with how often it was seen.
    ``foreign``: open orders in another currency than the account's. ``others``: signs that
    somebody else works on the same account.
    """

    shop: str
    account: str
    since: datetime
    live_since: datetime | None
    orders: Survey
    products: int = 0
    without_sku: list[str] = field(default_factory=list)
    doubled_skus: list[str] = field(default_factory=list)
    not_at_picqer: list[str] = field(default_factory=list)
    inactive: list[str] = field(default_factory=list)
    not_in_shop: list[str] = field(default_factory=list)
    stock: list[Difference] = field(default_factory=list)
    rates: dict[str, int] = field(default_factory=dict)
    shipping_methods: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def make_plan(services: Services, shop: Shop, since: datetime, tell: Tell) -> LivePlan:
    """Look at both sides, with the bulk work. Raises what either side raises."""
    policy = shop.policy
    guard = ScopeGuard(f"picqer/{policy.account.name}", services.gate)
    picqer = services.accounts[policy.account.name].connect(Lane.BULK, guard, 0.0)
    webshop = shop.connect(ScopeGuard(f"shops/{policy.name}", services.gate))
    survey = OpenOrders(policy.account.currency)
    live = live_since(services, shop)
    plan = LivePlan(policy.name, policy.account.name, since, live, survey)
    plan.others = list(_others_hooks(services, picqer))
    catalogue = read_catalogue(picqer, tell)
    rates = _look_at_products(plan, webshop, catalogue, tell)
    if Flow.PUSH_STOCK in policy.flows:
        plan.stock += compare_stock(services, shop, webshop, catalogue)
    if Flow.CREATE_ORDER in policy.flows:
        survey_orders(services, shop, since, survey)
        plan.shipping_methods = _unmapped(survey.methods, policy.shipping_profiles)
        plan.foreign = survey.foreign
        plan.others += _others_orders(survey)
    known = {group.percentage for group in picqer.vat_groups()}
    rates += survey.rates
    plan.rates = {f"{rate:f}": rates[rate] for rate in sorted(rates.keys() - known)}
    # Last: what an answer says of others may reach the limit a moment after the answer itself.
    plan.others += _others_requests(services, policy.account.name)
    return plan


def _look_at_products(
    plan: LivePlan, webshop: Webshop, catalogue: Catalogue, tell: Tell
) -> Counter[Decimal]:
    """Write down how the two catalogues differ; returns how many products have each VAT rate."""
    skus: Counter[str] = Counter()
    rates: Counter[Decimal] = Counter()
    for product in webshop.products_changed_since(EVER):
        if not product.active:
            continue
        plan.products += 1
        tell(len(catalogue.products) + plan.products)
        if product.tax_rate is not None:
            rates[product.tax_rate] += 1
        if product.sku:
            skus[product.sku] += 1
        else:
            plan.without_sku.append(product.id)
    there = {code for code, product in catalogue.products.items() if product.active}
    plan.doubled_skus = sorted(sku for sku, count in skus.items() if count > 1)
    plan.not_at_picqer = sorted(skus.keys() - catalogue.products.keys())
    plan.inactive = sorted((skus.keys() & catalogue.products.keys()) - there)
    plan.not_in_shop = sorted(there - skus.keys())
    return rates


def _unmapped(methods: Counter[str], profiles: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in methods.most_common() if name not in profiles}


def _others_hooks(services: Services, picqer: Picqer) -> Iterator[str]:
    """Hooks of others that are active."""
    ours = f"{OURS} {services.gate.installation()} "
    for hook in picqer.hooks():
        if hook.active and not hook.name.startswith(ours):
            of_ours = hook.name.startswith(f"{OURS} ")
            whose = ": another installation of picqer-bridge" if of_ours else ""
            yield f"Hook {hook.idhook} ({hook.name!r}) sends {hook.event} elsewhere{whose}"


def _others_requests(services: Services, account: str) -> Iterator[str]:
    """Requests that others make with the same key."""
    count = services.accounts[account].limiter.view().foreign_use
    if count:
        yield f"Others made {count} requests with the key of account {account} in the last minute"


def _others_orders(survey: Survey) -> Iterator[str]:
    """Orders at Picqer that this service did not make, and that are this shop's by reference."""
    if survey.there:
        yield f"{len(survey.there)} open orders of the shop are at Picqer already, made by others"
    if survey.doubtful:
        yield f"{len(survey.doubtful)} more may be there, under a reference that looks alike"
