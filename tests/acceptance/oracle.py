"""What an outsider can see of the promises: Picqer's books, the shop's books, the store's tables.

It knows nothing of flows, jobs' code or the ledger's rules, so that a fault there cannot hide
itself. Each method returns sentences about what is wrong; none: the promise holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Row, create_engine, func, select
from sqlalchemy.sql import Select

from integration.sandbox.picqer import SandboxPicqer
from integration.sandbox.picqer.rows import Order
from integration.sandbox.shop import SandboxShop
from integration.store.schema import (
    deliveries,
    delivery_jobs,
    first_sights,
    free_stock,
    jobs,
    ledger,
    metadata,
)

PROCESSED = frozenset({"processing", "completed"})
ONE_DAY = 86400.0
SOON = 100.0
"""Seconds; work that is due within them is waited for."""


class Witness:
    """What can be judged of one installation without knowing its shop."""

    def __init__(self, picqer: SandboxPicqer, database_url: str) -> None:
        self._picqer = picqer
        # What it judges may have restarted its store.
        self._engine = create_engine(database_url, pool_pre_ping=True)

    def close(self) -> None:
        """Let go of the store."""
        self._engine.dispose()

    # --- P1: one order each ----------------------------------------------------------------------

    def live_orders(self, reference: str) -> list[Order]:
        """The orders at Picqer with this reference that are not cancelled."""
        return [one for one in self._picqer.orders_of(reference) if one.status != "cancelled"]

    def processed(self) -> int:
        """How many orders at Picqer are processing or completed."""
        with self._picqer.books.lock:
            return sum(one.status in PROCESSED for one in self._picqer.books.orders.values())

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
            if row.state == "routed" and not row.jobs:
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

    # --- P3: the rate limit ----------------------------------------------------------------------

    def rate(self, limit: int) -> list[str]:
        """No 60 seconds saw more than the limit, and Picqer never had to say so."""
        seen = self._picqer.busiest()
        wrong = []
        if seen["max_in_window"] > limit or seen["over_limit"]:
            wrong.append(f"{seen['max_in_window']} requests in a minute of at most {limit}")
        if seen["rejected"]:
            wrong.append(f"{seen['rejected']} requests were answered 429")
        return wrong

    # --- Stock and shipments ---------------------------------------------------------------------

    def sellable(self, ahead: Counter[str]) -> dict[str, int]:
        """What is free at Picqer, by productcode, less the pieces ``ahead`` on their way there."""
        with self._picqer.books.lock:
            counting = set(self._picqer.books.counting())
        free = {
            productcode: sum(
                one["freestock"] for one in figures["warehouses"] if one["idwarehouse"] in counting
            )
            for productcode, figures in self._picqer.summary()["stock"].items()
        }
        return {code: max(0, pieces - ahead[code]) for code, pieces in free.items()}

    def tracking_codes(self, idpicklist: int) -> list[str]:
        """The codes of all parcels of a picklist."""
        with self._picqer.books.lock:
            return sorted(
                parcel.tracking_code
                for shipment in self._picqer.books.shipments.values()
                if shipment.idpicklist == idpicklist
                for parcel in shipment.parcels
            )

    def picked(self, idpicklist: int) -> dict[str, int]:
        """The pieces that were picked, by productcode."""
        with self._picqer.books.lock:
            lines = self._picqer.books.picklists[idpicklist].lines
            return {line.productcode: line.amount_picked for line in lines}

    # --- Calls -----------------------------------------------------------------------------------

    def calls(self) -> Counter[str]:
        """The requests at Picqer since its log was reset, numbers in paths written as ``*``."""
        return Counter(
            f"{entry['method']} {_shape(entry['path'])}"
            for entry in self._picqer.log()
            if not _is_reading_of_doubt(entry)
        )

    def attempts_to_create(self, reference: str) -> int:
        """How often somebody asked Picqer to create an order with this reference."""
        return sum(entry["reference"] == reference for entry in self._picqer.log())

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


class Oracle(Witness):
    """Judges one installation with the sandbox's own webshop."""

    def __init__(self, picqer: SandboxPicqer, shop: SandboxShop, database_url: str) -> None:
        super().__init__(picqer, database_url)
        self._shop = shop

    def orders(self, *, parked: Collection[str] = ()) -> list[str]:
        """Every paid order of the shop is one processed order of the same goods, and no others.

        One that the shop cancelled is none, and so is one that waits for a person (``parked``).
        """
        wrong: list[str] = []
        with self._shop.books.lock:
            wanted = {one["number"]: one for one in self._shop.books.orders.values()}
        with self._picqer.books.lock:
            live = {
                one.reference
                for one in self._picqer.books.orders.values()
                if one.status != "cancelled"
            }
        wrong += [f"order {one} is not the shop's" for one in live - wanted.keys()]
        for number, document in wanted.items():
            if document["cancelled"] or number in parked:
                wrong += self._no_order(number)
            else:
                wrong += self._order(number, document)
        return wrong

    def _no_order(self, number: str) -> Iterator[str]:
        live = self.live_orders(number)
        if live:
            yield f"order {number} is not to be shipped, and is {live[0].status} at Picqer"

    def _order(self, number: str, document: dict[str, Any]) -> Iterator[str]:
        live = self.live_orders(number)
        if len(live) != 1 or len(self._picqer.orders_of(number)) != 1:
            yield f"order {number} is {len(live)} live orders at Picqer"
            return
        if live[0].status not in PROCESSED:
            yield f"order {number} is {live[0].status} at Picqer"
        ordered = Counter({line["sku"]: line["quantity"] for line in document["lines"]})
        if Counter({line.productcode: line.amount for line in live[0].lines}) != ordered:
            yield f"order {number} is of other goods at Picqer"

    # --- P2: nothing without an end --------------------------------------------------------------

    def deliveries(self) -> list[str]:
        """Every delivery that the door accepted is stored, and led to jobs or has its reason."""
        accepted = sum(one.status == 200 for one in self._shop.webhooks.sent)
        return [*super().deliveries(), *self.missing_deliveries(accepted)]

    # --- P4: stock -------------------------------------------------------------------------------

    def stock(self) -> list[str]:
        """The shop shows what is free at Picqer less what is ordered and not processed there."""
        wrong = []
        for productcode, sellable in self.sellable(self._not_processed()).items():
            with self._shop.books.lock:
                shown = self._shop.books.sellable.get(productcode)
            if shown is not None and shown != sellable:
                wrong.append(f"{productcode}: the shop shows {shown}, sellable are {sellable}")
        return wrong

    def _not_processed(self) -> Counter[str]:
        with self._shop.books.lock:
            documents = list(self._shop.books.orders.values())
        pieces: Counter[str] = Counter()
        for document in documents:
            live = self.live_orders(document["number"])
            if document["holds_stock"] and not any(one.status in PROCESSED for one in live):
                pieces.update({line["sku"]: line["quantity"] for line in document["lines"]})
        return pieces

    # --- P5: shipments ---------------------------------------------------------------------------

    def shipments(self, order_id: str, *, times: int = 1) -> list[str]:
        """Each closed picklist of the order was told, with all its parcels and pieces.

        Once; or at most so many ``times``, when somebody died between telling and writing it down:
        telling again replaces what was told.
        """
        with self._shop.books.lock:
            number = self._shop.books.orders[order_id]["number"]
            reports = dict(self._shop.books.shipments.get(order_id, {}))
        wrong = []
        for idpicklist in self._closed_picklists(number):
            report = reports.pop(str(idpicklist), None)
            if report is None:
                wrong.append(f"picklist {idpicklist} was not told to the shop")
                continue
            if report.times > times:
                wrong.append(f"picklist {idpicklist} was told {report.times} times")
            told = sorted(parcel["tracking_code"] for parcel in report.body["parcels"])
            if told != self.tracking_codes(idpicklist):
                wrong.append(f"picklist {idpicklist} was told with the parcels {told}")
            pieces = {line["sku"]: line["quantity"] for line in report.body["lines"]}
            if pieces != self.picked(idpicklist):
                wrong.append(f"picklist {idpicklist} was told with {pieces}")
        return wrong + [f"the shop was told of a picklist {key} of nobody" for key in reports]

    def all_shipments(self, *, times: int = 1) -> list[str]:
        """The same for every order, and the shop's order is completed when Picqer's is."""
        with self._shop.books.lock:
            documents = dict(self._shop.books.orders)
        wrong = [one for key in documents for one in self.shipments(key, times=times)]
        for order_id, document in documents.items():
            live = self.live_orders(document["number"])
            completed = bool(live) and live[0].status == "completed"
            if completed != (document["fulfillment_status"] == "fulfilled"):
                status = live[0].status if live else "not there"
                said = document["fulfillment_status"]
                wrong.append(f"order {order_id} is {said} in the shop and {status} at Picqer")
        return wrong

    def _closed_picklists(self, number: str) -> list[int]:
        with self._picqer.books.lock:
            return [
                idpicklist
                for order in self.live_orders(number)
                for idpicklist in order.idpicklists
                if self._picqer.books.picklists[idpicklist].status == "closed"
            ]


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


def _is_reading_of_doubt(entry: dict[str, Any]) -> bool:
    """Reading one product's stock again: within a second nobody knows what came first."""
    return entry["method"] == "GET" and _shape(entry["path"]) == "/products/*"


def _shape(path: str) -> str:
    return re.sub(r"/\d+", "/*", path.removeprefix("/api/v1"))
