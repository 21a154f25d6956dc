"""A person retries a job, puts it aside, or writes a note on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integration.errors import Refused
from integration.jobs import Flow, Identity, Job
from integration.ports import Act, AuditEntry
from integration.services import Services

ORDER_FLOWS = (Flow.CREATE_ORDER, Flow.COMPLETE_ORDER)
"""Flows whose subject is a shop order: what people do to their jobs is part of its story."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one job: ``job`` as it is now, or None and the reason why nothing changed."""

    id: int
    job: Job | None
    problem: str | None = None


def retry(
    services: Services, ids: Iterable[int], who: str, note: str | None = None
) -> list[Result]:
    """Open these jobs now, with fresh attempts; in the order given, each id once."""
    return [_each(services, Act.RETRY, job_id, who, note) for job_id in dict.fromkeys(ids)]


def dismiss(
    services: Services, ids: Iterable[int], who: str, note: str | None = None
) -> list[Result]:
    """Put these jobs aside for good; what a dismissed order had in flight is offered again."""
    return [_each(services, Act.DISMISS, job_id, who, note) for job_id in dict.fromkeys(ids)]


def note(services: Services, job_id: int, who: str, text: str) -> Result:
    """Write a note on a job, for whoever looks at it next; it changes nothing else."""
    return _each(services, Act.NOTE, job_id, who, text)


def _each(services: Services, act: Act, job_id: int, who: str, text: str | None) -> Result:
    """Do it and write down who did, or neither."""
    try:
        with services.store.transaction():
            job = _DEEDS[act](services, job_id, who)
            if job is not None:
                services.audit.write(entry_of(job, act, who, text))
    except Refused as error:
        return Result(job_id, None, str(error))
    return Result(job_id, job, None if job else f"there is no job {job_id}")


def entry_of(job: Job, act: Act, who: str, text: str | None = None) -> AuditEntry:
    """The audit entry of an act on this job."""
    identity = job.identity
    is_of_order = identity.flow in ORDER_FLOWS
    return AuditEntry(
        who,
        act,
        about=str(identity),
        note=text or None,
        job_id=job.id,
        shop=identity.shop or None,
        order_id=identity.subject if is_of_order else None,
    )


def _retry(services: Services, job_id: int, who: str) -> Job | None:
    return services.jobs.retry(job_id, who)


def _dismiss(services: Services, job_id: int, who: str) -> Job | None:
    job = services.jobs.dismiss(job_id, who)
    if job is not None and job.identity.flow is Flow.CREATE_ORDER:
        services.stock.stop_counting(job.identity.shop, job.identity.subject)
        _push_marked(services, job.account)
    return job


def _look(services: Services, job_id: int, _who: str) -> Job | None:
    return services.jobs.job(job_id)


_DEEDS: dict[Act, Callable[[Services, int, str], Job | None]] = {
    Act.RETRY: _retry,
    Act.DISMISS: _dismiss,
    Act.NOTE: _look,
}


def _push_marked(services: Services, account: str) -> None:
    """Open the stock jobs of the account's shops that have something to compare now."""
    for shop in services.shops_of(account):
        if Flow.PUSH_STOCK in shop.policy.flows and services.stock.differences(shop.policy, 1):
            identity = Identity(Flow.PUSH_STOCK, shop.policy.name, "stock")
            services.jobs.hint(identity, account, why="an order was dismissed")
