"""What an outsider can see in the store: its tables, read without the code that writes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, create_engine, func, select
from sqlalchemy.sql import Select

from integration.store.schema import (
    deliveries,
    delivery_jobs,
    first_sights,
    free_stock,
    jobs,
    ledger,
    metadata,
)

ONE_DAY = 86400.0
SOON = 100.0
"""Seconds; work that is due within them is waited for."""


class SeenInStore:
    """Reads the tables of one store."""

    def __init__(self, database_url: str) -> None:
        # What is judged may have restarted its store.
        self._engine = create_engine(database_url, pool_pre_ping=True)

    def close(self) -> None:
        """Let go of the store."""
        self._engine.dispose()

    # --- P2: nothing without an end --------------------------------------------------------------

    def next_steps(self) -> list[str]:
        """Every job is done for its newest hint, or says when it goes on, or why a person must."""
        return [
            f"{job.flow} {job.shop} {job.subject}: {trouble}"
            for job in self._jobs()
            if (trouble := _stuck(job))
        ]

    def unfinished(self, *, reconciling: bool = True) -> list[str]:
        """Jobs that run, or that are due within the next minutes; reconciling ones if wanted."""
        found = []
        for job in self._jobs():
            if job.flow == "reconcile" and not reconciling:
                continue
            soon = job.state == "open" and job.due_at < job.now + SOON
            if soon or job.state == "running":
                found.append(f"{job.flow} {job.shop} {job.subject} is {job.state}: {job.reason}")
        return found

    def parked(self) -> dict[str, str]:
        """The reason of every parked job, by its flow and subject."""
        return {
            f"{job.flow} {job.subject}": job.reason for job in self._jobs() if job.state == "parked"
        }

    def identities(self) -> set[tuple[str, str, str]]:
        """Flow, shop and subject of every job."""
        return {(job.flow, job.shop, job.subject) for job in self._jobs()}

    def is_done(self, flow: str, shop: str, subject: str) -> bool:
        """Whether the job of this identity has nothing left to do."""
        done = ((job.flow, job.shop, job.subject) for job in self._jobs() if job.state == "done")
        return (flow, shop, subject) in done

    def parked_for(self, reason: str) -> list[int]:
        """The ids of the jobs that are parked for a reason which says this."""
        return [job.id for job in self._jobs() if job.state == "parked" and reason in job.reason]

    def job_id(self, flow: str, shop: str, subject: str) -> int:
        """The id of the job of this identity."""
        (found,) = [
            job.id
            for job in self._jobs()
            if (job.flow, job.shop, job.subject) == (flow, shop, subject)
        ]
        return int(found)

    def deliveries(self) -> list[str]:
        """Every delivery that is stored led to jobs or has its reason."""
        wrong = []
        raised = select(func.count()).where(delivery_jobs.c.delivery_id == deliveries.c.id)
        for row in self._read(select(deliveries, raised.scalar_subquery().label("jobs"))):
            # Of what was erased on request only the sentence that says so is left.
            if row.state == "routed" and not (row.jobs or row.reason):
                wrong.append(f"delivery {row.id} is routed, but to no job")
            if row.state != "routed" and not row.reason:
                wrong.append(f"delivery {row.id} is {row.state} without a reason")
        return wrong

    def missing_deliveries(self, accepted: int) -> list[str]:
        """So many deliveries of the shop were accepted, and all are stored, copies counted."""
        stored = sum(1 + row.copies for row in self.shop_deliveries())
        return [f"{accepted} events were accepted, {stored} are stored"] * (stored < accepted)

    def shop_deliveries(self) -> list[Row[Any]]:
        """The stored deliveries of the shop, oldest first."""
        of_shop = select(deliveries).where(deliveries.c.source.startswith("shops/"))
        return self._read(of_shop.order_by(deliveries.c.id))

    def copies(self) -> int:
        """How many deliveries came again and were only counted."""
        return int(self._read(select(func.sum(deliveries.c.copies)))[0][0] or 0)

    # --- The store -------------------------------------------------------------------------------

    def rows(self) -> dict[str, int]:
        """How many rows each table holds, but for those that the schedule adds to by itself."""
        quiet = {"heartbeats", "births", "bookmarks", "breakers", "job_events", "stock_marks"}
        return {
            table.name: int(self._read(select(func.count()).select_from(table))[0][0])
            for table in metadata.sorted_tables
            if table.name not in quiet
        }

    def last_delivery(self) -> Row[Any]:
        """The delivery that was stored last."""
        return self._read(select(deliveries).order_by(deliveries.c.id.desc()).limit(1))[0]

    def doubtful_intents(self) -> int:
        """Intents of the ledger that are not settled."""
        return len(self._read(select(ledger).where(ledger.c.state == "intent")))

    def seconds_since_reading(self, productcode: str) -> float:
        """How long ago the stock of this product was read at Picqer."""
        now = _now(self._engine.dialect.name)
        which = free_stock.c.productcode == productcode
        row = self._read(select(free_stock.c.read_at, now).where(which))[0]
        return float(row.now - (row.read_at or 0.0))

    def shop_was_seen(self) -> bool:
        """Whether orders that are placed from now on are certainly new: seconds are compared."""
        rows = self._read(select(first_sights.c.at, _now(self._engine.dialect.name)))
        return bool(rows) and rows[0].now - rows[0].at > 2.0

    def _jobs(self) -> list[Row[Any]]:
        return self._read(select(jobs, _now(self._engine.dialect.name)))

    def _read(self, query: Select[Any]) -> list[Row[Any]]:
        with self._engine.connect() as connection:
            return list(connection.execute(query))


def _now(dialect: str) -> Any:
    if dialect == "sqlite":
        return ((func.julianday("now") - 2440587.5) * 86400.0).label("now")
    return func.date_part("epoch", func.clock_timestamp()).label("now")


def _stuck(job: Row[Any]) -> str | None:
    """Why nothing will ever happen to this job, although something should."""
    if job.state == "done" and job.claimed_revision != job.revision:
        return f"done at revision {job.claimed_revision} of {job.revision}"
    if job.state == "open" and not job.now - 30 < job.due_at < job.now + ONE_DAY:
        return f"open, and due {job.now - job.due_at:.0f} s ago"
    if job.state == "running" and not job.lease_until:
        return "running without a lease"
    if job.state == "running" and job.lease_until < job.now - 30:
        return "running, and its lease ended long ago"
    if job.state == "parked" and not job.reason:
        return "parked without a reason"
    return None
