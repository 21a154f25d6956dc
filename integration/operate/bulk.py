"""Many jobs are retried or put aside at once: in steps, with progress, to be gone on with.

What is asked is written down first. Each step is one transaction over a part of the jobs and
their audit entries, and remembers how far it came: a step that was killed did nothing, and two
that run at the same time take turns. A job is dealt with at most once, and only if it still
matches when its turn comes, so going on, or asking twice, does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator

from integration.errors import NotFound
from integration.operate.jobs import Result, dismiss, retry
from integration.ports import Act, AuditEntry, BulkAct, BulkState, JobFilter
from integration.services import Services

STEP = 50
"""Jobs of one step: no other writer of the store waits long for it."""
DEEDS = {Act.RETRY: retry, Act.DISMISS: dismiss}


def begin_bulk(
    services: Services, act: Act, which: JobFilter, who: str, note: str | None = None
) -> BulkAct:
    """Write down what is to be done (``Act.RETRY``, ``Act.DISMISS``); ``step_bulk`` does it."""
    if act not in DEEDS:
        raise ValueError(f"{act} is nothing that is done to many jobs at once")
    return services.bulk.begin(act, which, who, note)


def step_bulk(services: Services, bulk_id: int, *, size: int = STEP) -> BulkAct:
    """Deal with the next part; the act that comes back says whether there is more to do.

    Raises NotFound when there is no such act.
    """
    with services.store.transaction():
        bulk = services.bulk.find(bulk_id, lock=True)
        if bulk is None:
            raise NotFound(f"There is no act {bulk_id} on many jobs.")
        if bulk.state is not BulkState.RUNNING:
            return bulk
        ids = services.jobs.next_ids(
            bulk.which, after=bulk.last_id, until=bulk.newest_id, limit=size
        )
        if not ids:
            return services.bulk.finish(bulk_id, BulkState.DONE)
        results = DEEDS[bulk.act](services, ids, bulk.who, bulk.note)
        advanced = services.bulk.advance(bulk_id, last_id=ids[-1], **_counts(results))
        if len(ids) < size:
            return services.bulk.finish(bulk_id, BulkState.DONE)
        return advanced


def carry_out(services: Services, bulk_id: int) -> Iterator[BulkAct]:
    """Go on until it is done or somebody stops it; yields after each step."""
    while True:
        bulk = step_bulk(services, bulk_id)
        yield bulk
        if bulk.state is not BulkState.RUNNING:
            return


def cancel_bulk(services: Services, bulk_id: int, who: str) -> BulkAct:
    """Stop an act that is under way; what was done by then stays done. Raises NotFound."""
    with services.store.transaction():
        bulk = services.bulk.find(bulk_id, lock=True)
        if bulk is None:
            raise NotFound(f"There is no act {bulk_id} on many jobs.")
        if bulk.state is not BulkState.RUNNING:
            return bulk
        about = f"{bulk.act} of {bulk.total} jobs was stopped after {bulk.done}"
        services.audit.write(AuditEntry(who, bulk.act, about, data={"bulk": bulk_id}))
        return services.bulk.finish(bulk_id, BulkState.CANCELLED)


def _counts(results: list[Result]) -> dict[str, int]:
    done = sum(one.job is not None for one in results)
    return {"done": done, "refused": len(results) - done}
