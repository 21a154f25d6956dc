"""What people do with jobs: retry, dismiss, and ask for a reconciliation; with what belongs to it.

The command line and the console call these; each is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integration.errors import Refused
from integration.jobs import Flow, Identity, Job
from integration.services import Services, Shop

OBSERVED_OF_ACCOUNT = ("orders", "shipments", "stock", "catalogue")
"""What reconcile looks at in every Picqer account."""
OBSERVED_OF_SHOP = (
    ("orders", Flow.CREATE_ORDER),
    ("products", Flow.CREATE_PRODUCT),
    ("stock", Flow.PUSH_STOCK),
)
"""What reconcile looks at in a shop, when the shop uses that flow."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one job: ``job`` as it is now, or None and the reason why nothing changed."""

    id: int
    job: Job | None
    problem: str | None = None


def retry(services: Services, ids: Iterable[int], who: str) -> list[Result]:
    """Open these jobs now, with fresh attempts; in the order given, each id once."""
    return [_each(job_id, lambda one: services.jobs.retry(one, who)) for job_id in _once(ids)]


def dismiss(services: Services, ids: Iterable[int], who: str) -> list[Result]:
    """Put these jobs aside for good; what a dismissed order had in flight is offered again."""
    return [_each(job_id, lambda one: _dismiss(services, one, who)) for job_id in _once(ids)]


def _once(ids: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(ids))


def _each(job_id: int, deed: Callable[[int], Job | None]) -> Result:
    try:
        job = deed(job_id)
    except Refused as error:
        return Result(job_id, None, str(error))
    return Result(job_id, job, None if job else f"there is no job {job_id}")


def _dismiss(services: Services, job_id: int, who: str) -> Job | None:
    with services.store.transaction():
        job = services.jobs.dismiss(job_id, who)
        if job is not None and job.identity.flow is Flow.CREATE_ORDER:
            services.stock.stop_counting(job.identity.shop, job.identity.subject)
            _push_marked(services, job.account)
    return job


def _push_marked(services: Services, account: str) -> None:
    """Open the stock jobs of the account's shops that have something to compare now."""
    for shop in services.shops_of(account):
        if Flow.PUSH_STOCK in shop.policy.flows and services.stock.differences(shop.policy, 1):
            identity = Identity(Flow.PUSH_STOCK, shop.policy.name, "stock")
            services.jobs.hint(identity, account, why="an order was dismissed")


@dataclass(frozen=True, slots=True)
class Observation:
    """A reconciliation that can be asked for; ``job`` is the one there is, None when never run."""

    identity: Identity
    account: str
    job: Job | None


def observations(
    services: Services, *, account: str | None = None, shop: str | None = None
) -> list[Observation]:
    """What reconcile would look at, accounts before shops.

    With ``account`` only that account and its shops, with ``shop`` only that shop.
    """
    names = sorted(services.accounts) if shop is None else []
    of_accounts = [
        _observation(services, "", f"{kind}:{name}", name)
        for name in names
        if account in (None, name)
        for kind in OBSERVED_OF_ACCOUNT
    ]
    of_shops = [
        _observation(services, name, subject, one.policy.account.name)
        for name, one in sorted(services.shops.items())
        if shop in (None, name) and account in (None, one.policy.account.name)
        for subject in _subjects(one)
    ]
    return of_accounts + of_shops


def ask_for(services: Services, wanted: Iterable[Observation], who: str) -> list[Job]:
    """Raise these reconciliations now; a parked one gets a run."""
    with services.store.transaction():
        return [
            services.jobs.hint(one.identity, one.account, webhook=True, why=f"asked for by {who}")
            for one in sorted(wanted, key=lambda one: one.identity)
        ]


def _subjects(shop: Shop) -> list[str]:
    return [subject for subject, flow in OBSERVED_OF_SHOP if flow in shop.policy.flows]


def _observation(services: Services, shop: str, subject: str, account: str) -> Observation:
    identity = Identity(Flow.RECONCILE, shop, subject)
    return Observation(identity, account, services.jobs.find_identity(identity))
