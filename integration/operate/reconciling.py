"""A person asks for a reconciliation now, without waiting for the schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integration.jobs import Flow, Identity, Job
from integration.ports import Act, AuditEntry
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
    asked = sorted(wanted, key=lambda one: one.identity)
    about = ", ".join(str(one.identity) for one in asked)
    with services.store.transaction():
        jobs = [
            services.jobs.hint(one.identity, one.account, webhook=True, why=f"asked for by {who}")
            for one in asked
        ]
        services.audit.write(AuditEntry(who, Act.RECONCILE, about))
    return jobs


def _subjects(shop: Shop) -> list[str]:
    return [subject for subject, flow in OBSERVED_OF_SHOP if flow in shop.policy.flows]


def _observation(services: Services, shop: str, subject: str, account: str) -> Observation:
    identity = Identity(Flow.RECONCILE, shop, subject)
    return Observation(identity, account, services.jobs.find_identity(identity))
