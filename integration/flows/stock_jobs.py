"""Raising the jobs that stock changes call for."""

from __future__ import annotations

from collections.abc import Iterable

from integration.jobs import Flow, Identity
from integration.policy import ShopPolicy
from integration.services import Work

TIE_SECONDS = 10.0
"""A stock event of the second of processing, or just before, may be from before or after it."""
SILENCE_SECONDS = 600.0
"""When no stock event followed the processing, one may have been lost."""


def push_marked(work: Work, why: str = "an order changed what is in flight") -> None:
    """Open the stock jobs of the shops of this account that have something to compare."""
    services, account = work.services, work.job.account
    for shop in services.shops_of(account):
        if Flow.PUSH_STOCK in shop.policy.flows and services.stock.differences(shop.policy, 1):
            identity = Identity(Flow.PUSH_STOCK, shop.policy.name, "stock")
            services.jobs.hint(identity, account, why=why)


def show_again(work: Work, shop: ShopPolicy, productcode: str) -> None:
    """A product that the shop did not know, and now has, gets its figure at once."""
    with work.services.store.transaction():
        if work.services.stock.found_again(shop, productcode):
            push_marked(work, f"{shop.name} has {productcode} now")


def read_soon(work: Work, in_doubt: Iterable[str], productcodes: Iterable[str]) -> None:
    """Have products read at Picqer later: those in doubt soon, the others if no event comes."""
    account = work.job.account
    for productcode in sorted(set(in_doubt)):
        identity = Identity(Flow.RECONCILE, "", f"product:{account}:{productcode}")
        work.services.jobs.hint(
            identity, account, delay=TIE_SECONDS, why="the second of processing"
        )
    for productcode in sorted(set(productcodes)):
        identity = Identity(Flow.RECONCILE, "", f"unheld:{account}:{productcode}")
        work.services.jobs.hint(
            identity, account, delay=SILENCE_SECONDS, why="after processing", urgent=False
        )
