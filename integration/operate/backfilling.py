"""A person has old orders, or the catalogue, of a shop brought to Picqer, and sees the progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from integration.errors import Refused
from integration.flows import backfill_orders as orders
from integration.flows import backfill_products as products
from integration.flows.backfill_record import (
    ORDERS,
    PRODUCTS,
    BackfillRecord,
    keep_record,
    read_record,
)
from integration.flows.backfill_survey import Survey
from integration.flows.products import AtPicqer, at_picqer
from integration.guard import ScopeGuard
from integration.jobs import Flow, Identity, Job, Lane, State
from integration.ports import Act, AuditEntry, JobFilter
from integration.services import Services, Shop


class Backfill(StrEnum):
    """What can be brought."""

    ORDERS = "orders"
    PRODUCTS = "products"

    @property
    def name_of_record(self) -> str:
        """The subject of its job, and the name of its bookmark."""
        return ORDERS if self is Backfill.ORDERS else PRODUCTS

    @property
    def flow(self) -> Flow:
        """The flow of the jobs that it raises."""
        return Flow.CREATE_ORDER if self is Backfill.ORDERS else Flow.CREATE_PRODUCT


@dataclass(frozen=True, slots=True)
class BackfillView:
    """How far a backfill is. ``left`` of the jobs it raised are still to be run.

    ``job`` does the asking; ``outcome`` is what came of it so far, in a sentence.
    """

    kind: Backfill
    shop: str
    record: BackfillRecord
    job: Job
    left: int
    outcome: str

    @property
    def over(self) -> bool:
        """Whether everything was asked for and has been run."""
        return self.record.done and self.left == 0


def begin_backfill(
    services: Services, kind: Backfill, shop: Shop, since: datetime, who: str
) -> BackfillView:
    """Ask for it; one that is under way with the same ``since`` is gone on with instead.

    Raises Refused when the shop does not use the flow, or another one is under way.
    """
    policy, bookmarks = shop.policy, services.bookmarks
    if kind.flow not in policy.flows:
        raise Refused(f"shop {policy.name} does not use {kind.flow}; see `flows` in its settings")
    with services.store.transaction():
        before = read_record(bookmarks, policy.name, kind.name_of_record)
        if before is not None and not before.done and before.since != since:
            raise Refused(
                f"a backfill of the {kind} of shop {policy.name} since "
                f"{before.since:%Y-%m-%dT%H:%M:%SZ} is under way; go on with that one first"
            )
        record = before
        if record is None or record.done:
            record = BackfillRecord(since, who)
            keep_record(bookmarks, policy.name, kind.name_of_record, record)
            about = f"{kind} of shop {policy.name} since {since:%Y-%m-%d %H:%M} UTC"
            services.audit.write(AuditEntry(who, Act.BACKFILL, about, shop=policy.name))
        identity = Identity(Flow.RECONCILE, policy.name, kind.name_of_record)
        job = services.jobs.hint(
            identity, policy.account.name, webhook=True, why=f"asked for by {who}"
        )
    return _view(services, kind, policy.name, record, job)


def view_backfill(services: Services, kind: Backfill, shop: str) -> BackfillView | None:
    """How far the latest one of this shop is; None when there never was one."""
    record = read_record(services.bookmarks, shop, kind.name_of_record)
    job = services.jobs.find_identity(Identity(Flow.RECONCILE, shop, kind.name_of_record))
    if record is None or job is None:
        return None
    return _view(services, kind, shop, record, job)


def _view(
    services: Services, kind: Backfill, shop: str, record: BackfillRecord, job: Job
) -> BackfillView:
    made = orders if kind is Backfill.ORDERS else products
    return BackfillView(kind, shop, record, job, _left(services, kind, shop), made.outcome(record))


def survey_orders(
    services: Services, shop: Shop, since: datetime, survey: Survey | None = None
) -> Survey:
    """Which orders a backfill would bring: asks the shop and Picqer, and writes nothing."""
    policy, survey = shop.policy, survey or Survey()
    webshop = shop.connect(ScopeGuard(f"shops/{policy.name}", services.gate))
    record = BackfillRecord(since, "")
    for _ in orders.considered(services, shop, webshop, survey, record):
        pass
    account = policy.account.name
    if survey.wanted:
        guard = ScopeGuard(f"picqer/{account}", services.gate)
        picqer = services.accounts[account].connect(Lane.BULK, guard, 0.0)
        for _ in orders.compared(services, shop, picqer, survey, record):
            pass
    return survey


@dataclass(frozen=True, slots=True)
class OldProduct:
    """A product of the shop that a backfill would bring to Picqer; ``found``: what is there."""

    id: str
    productcode: str
    found: AtPicqer


@dataclass(frozen=True, slots=True)
class ProductSurvey:
    """What a backfill of products would do; ``without_sku`` are ids of products left out."""

    to_bring: tuple[OldProduct, ...]
    as_they_are: int
    without_sku: tuple[str, ...]


def survey_products(services: Services, shop: Shop, since: datetime) -> ProductSurvey:
    """Which products a backfill would bring: asks the shop only, and writes nothing.

    Raises Unmappable when the shop has a product that cannot be read.
    """
    policy, to_bring, as_they_are, without_sku = shop.policy, [], 0, []
    webshop = shop.connect(ScopeGuard(f"shops/{policy.name}", services.gate))
    for product in webshop.products_changed_since(since):
        if not product.sku:
            without_sku.append(product.id)
            continue
        found = at_picqer(services.ledger, policy.account.name, product)
        if found is AtPicqer.AS_IT_IS:
            as_they_are += 1
        else:
            to_bring.append(OldProduct(product.id, product.sku, found))
    return ProductSurvey(tuple(to_bring), as_they_are, tuple(without_sku))


def _left(services: Services, kind: Backfill, shop: str) -> int:
    """Jobs of the flow that are still to be run; of orders only those that a backfill raised."""
    backfilled = True if kind is Backfill.ORDERS else None
    return sum(
        services.jobs.count(
            JobFilter(state=state, flow=kind.flow, shop=shop, backfilled=backfilled)
        )
        for state in (State.OPEN, State.RUNNING)
    )
