"""What must hold at every step of a game, read from the tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from integration.jobs import State
from integration.store.schema import deliveries, delivery_jobs
from tests.states.realm import A_LONG_TIME, Realm


def without_next_step(realm: Realm) -> Iterator[str]:
    """Jobs that nothing will ever happen to, although something should."""
    now = realm.clock.now()
    for job in realm.jobs():
        name = str(job.identity)
        if job.state is State.DONE and job.claimed_revision != job.revision:
            yield f"{name} is done at revision {job.claimed_revision} of {job.revision}"
        if job.state is State.OPEN and job.due_at > now + timedelta(seconds=A_LONG_TIME):
            yield f"{name} is open, and due at {job.due_at}"
        if job.state is State.RUNNING and job.lease_until is None:
            yield f"{name} runs without a lease"
        if job.state is State.PARKED and not job.reason:
            yield f"{name} is parked without a reason"
        if job.state is State.PARKED and (job.code or "").startswith("Bug"):
            yield f"{name} met a bug: {job.code}"


def forgotten(realm: Realm) -> Iterator[str]:
    """Deliveries that the door answered with 200 and that lead nowhere."""
    raised = select(func.count()).where(delivery_jobs.c.delivery_id == deliveries.c.id)
    query = select(deliveries.c.id, deliveries.c.state, deliveries.c.reason)
    with realm.database.begin() as connection:
        rows = connection.execute(query.add_columns(raised.scalar_subquery().label("jobs")))
        found = {row.id: row for row in rows}
    for number in realm.accepted:
        row = found.get(number)
        if row is None or not (row.jobs if row.state == "routed" else row.reason):
            yield f"delivery {number} was accepted and is forgotten"
