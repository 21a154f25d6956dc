"""Reading the free stock of one product that is in doubt."""

from __future__ import annotations

import hashlib

from integration.domain import PicqerProduct
from integration.errors import NotFound, NotYet
from integration.flows.products import find_product, product_key
from integration.flows.stock_jobs import push_marked
from integration.jobs import Done, Ending, Lane
from integration.services import Work

LANE = Lane.STOCK
BETWEEN_READS_SECONDS = 60.0
"""A product is read at most once in this time, however often it is in doubt."""


def observe_product(work: Work) -> Ending:
    """Read the product that this job names (``product:main:MUG-BLUE``) and believe the answer."""
    productcode = work.job.identity.subject.split(":", 2)[2]
    scope, name = f"picqer/{work.job.account}", _bookmark(productcode)
    kept = work.services.bookmarks.get(scope, name)
    if kept is not None:
        age = (work.services.store.now() - kept[1]).total_seconds()
        if 0 <= age < BETWEEN_READS_SECONDS:
            wait = BETWEEN_READS_SECONDS - age
            raise NotYet(f"{productcode} was read just now; again in a while", seconds=wait)
    before = work.services.stock.free_stock(work.job.account, productcode)
    product = _read(work, productcode)
    with work.services.store.transaction():
        work.services.bookmarks.set(scope, name, work.job.revision)
        if product is not None:
            stamp = None if before is None else before.stamp
            work.services.stock.observe(work.job.account, product.free_stock, instead_of=stamp)
            push_marked(work, f"{productcode} was read at Picqer")
    if product is None:
        return Done(f"Picqer does not know {productcode} (any more)")
    return Done(f"the free stock of {productcode} was read")


def _bookmark(productcode: str) -> str:
    """The name of the bookmark that says when a product was read: never too long for one."""
    return f"read:{hashlib.sha256(productcode.encode()).hexdigest()}"


def observe_unheld(work: Work) -> Ending:
    """Read a product only if, some time after processing, its pieces still seem in flight."""
    productcode = work.job.identity.subject.split(":", 2)[2]
    if work.services.stock.in_flight(work.job.account, productcode) == 0:
        return Done(f"Picqer's stock event for {productcode} came; nothing to read")
    return observe_product(work)


def _read(work: Work, productcode: str) -> PicqerProduct | None:
    """By idproduct where the ledger knows it: one request."""
    key = product_key(work.job.account, productcode)
    entry = work.services.ledger.find(key)
    if entry is None or entry.picqer_id is None:
        return find_product(work.picqer(LANE), productcode)
    try:
        return work.picqer(LANE).product(entry.picqer_id)
    except NotFound:
        work.services.ledger.forget(key)
        return find_product(work.picqer(LANE), productcode)
