"""Observing a webshop: orders and products whose webhook was missed, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from integration.crash_points import crash_point
from integration.domain import Product
from integration.flows.products import AtPicqer, at_picqer
from integration.flows.stock_jobs import show_again
from integration.jobs import Done, Ending, Flow, Identity, Job, State
from integration.policy import ShopPolicy
from integration.ports import Bookmarks, OrderChange, ShownStock, Webshop
from integration.services import Work

OVERLAP = timedelta(minutes=10)
"""Changes are asked for from a little before the last question: clocks and commits lag."""
LAG = timedelta(minutes=1)
"""A job that ended this soon after a change may have read the order before it."""
STOCK_CHUNK = 500
DRIFT = "stock_drift"
"""The bookmark of how many figures of a shop the latest reading found wrong."""


def polled(policy: ShopPolicy) -> list[str]:
    """What of this shop is asked for again and again: the subjects of its polling jobs."""
    writes_products = Flow.CREATE_PRODUCT in policy.flows and policy.catalogue
    wanted = [("orders", Flow.CREATE_ORDER in policy.flows), ("products", writes_products)]
    return [subject for subject, is_wanted in wanted if is_wanted]


def observe_shop_orders(work: Work) -> Ending:
    """Raise ``create_order`` for every order that changed after its job last looked."""
    webshop, since = work.webshop(), _since(work, "orders_polled")
    asked_at, raised, latest = work.services.store.now(), 0, since
    for order in webshop.orders_changed_since(since):
        raised += _raise_order(work, webshop, order)
        latest = _advance(work, "orders_polled", latest, webshop, order.updated_at)
    _bookmark(work, "orders_polled", asked_at)
    return Done(f"{raised} orders of {work.job.identity.shop} had news")


def observe_shop_products(work: Work) -> Ending:
    """Raise ``create_product`` for every product whose mapped fields are not as sent."""
    webshop, since = work.webshop(), _since(work, "products_polled", everything=True)
    asked_at, raised, latest = work.services.store.now(), 0, since
    for product in webshop.products_changed_since(since):
        raised += raise_product(work, product, why="found by polling")
        latest = _advance(work, "products_polled", latest, webshop, product.updated_at)
    _bookmark(work, "products_polled", asked_at)
    return Done(f"{raised} products of {work.job.identity.shop} had news")


def stock_drift(bookmarks: Bookmarks, shop: str) -> tuple[int, datetime] | None:
    """How many figures the latest reading of the shop found wrong, and when; None: never read."""
    kept = bookmarks.get(f"shops/{shop}", DRIFT)
    return None if kept is None else (int(str(kept[0])), kept[1])


def observe_shop_stock(work: Work) -> Ending:
    """Read what the shop shows, and have every figure compared again."""
    services, policy = work.services, work.shop().policy
    count = drift = 0
    for chunk in _chunks(work.webshop().stock(), STOCK_CHUNK):
        codes = [item.productcode for item in chunk]
        with services.store.transaction():
            services.stock.shows(policy.name, chunk)
            services.stock.mark(policy, codes)
            drift += len(services.stock.drifted(policy, codes))
        crash_point("reconcile.after_shop_stock")
        count += len(chunk)
    services.bookmarks.set(_scope(work), DRIFT, drift)
    if Flow.PUSH_STOCK in policy.flows:
        identity = Identity(Flow.PUSH_STOCK, policy.name, "stock")
        services.jobs.hint(identity, work.job.account, why="the shop's figures were read")
    return Done(f"{policy.name} shows {count} products, {drift} of them with another figure")


def _raise_order(work: Work, webshop: Webshop, order: OrderChange) -> int:
    identity = Identity(Flow.CREATE_ORDER, work.job.identity.shop, order.id)
    job = work.services.jobs.find_identity(identity)
    if job is not None and not _has_news(job, webshop, order):
        return 0
    if job is None and work.services.privacy.is_erased(_scope(work), order.id):
        return 0
    work.services.jobs.hint(identity, work.job.account, why="found by polling")
    crash_point("reconcile.after_shop_order")
    return 1


def _has_news(job: Job, webshop: Webshop, order: OrderChange) -> bool:
    """Whether the order may have changed after its job last read it.

    A job that is open reads it anyhow, a parked or dismissed one waits for a person; one that is
    running may have read it before the change.
    """
    if job.state in (State.OPEN, State.PARKED, State.DISMISSED):
        return False
    if job.state is State.RUNNING or order.updated_at is None:
        return True
    changed_at = order.updated_at + webshop.clock_offset
    return job.updated_at - LAG <= changed_at


def raise_product(work: Work, product: Product, *, why: str) -> int:
    """Raise ``create_product`` unless Picqer has the product as it is; returns how many."""
    if not product.sku:
        return 0
    show_again(work, work.shop().policy, product.sku)
    if at_picqer(work.services.ledger, work.job.account, product) is AtPicqer.AS_IT_IS:
        return 0
    identity = Identity(Flow.CREATE_PRODUCT, work.job.identity.shop, product.id)
    work.services.jobs.hint(identity, work.job.account, why=why)
    crash_point("reconcile.after_shop_product")
    return 1


def _since(work: Work, name: str, *, everything: bool = False) -> datetime:
    """From when on to ask: a bookmark, or for the first time from a while ago (or ever)."""
    kept = work.services.bookmarks.get(_scope(work), name)
    if kept is not None:
        return datetime.fromisoformat(str(kept[0])) - OVERLAP
    if everything:
        return datetime(2000, 1, 1, tzinfo=UTC)
    policy = work.shop().policy
    return policy.orders_since or work.services.gate.first_sight(work.job.account, policy.name)


def _advance(
    work: Work, name: str, latest: datetime, webshop: Webshop, changed_at: datetime | None
) -> datetime:
    """Move the bookmark along with the list, so that a stopped run does not begin again."""
    if changed_at is None:
        return latest
    moment = changed_at + webshop.clock_offset
    if moment - latest < OVERLAP:
        return latest
    _bookmark(work, name, moment)
    return moment


def _bookmark(work: Work, name: str, moment: datetime) -> None:
    work.services.bookmarks.set(_scope(work), name, moment.isoformat())


def _scope(work: Work) -> str:
    return f"shops/{work.job.identity.shop}"


def _chunks(items: Iterator[ShownStock], size: int) -> Iterator[Sequence[ShownStock]]:
    while chunk := list(islice(items, size)):
        yield chunk
