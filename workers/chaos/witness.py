"""Looking at a running storm from outside: both books, and what the store says about itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from integration import operate
from integration.jobs import Flow, Job, Queue, State
from integration.ports import DeliveryRecord, JobFilter, Message
from integration.wiring import build_services
from workers.chaos.verdict import Seen
from workers.day.agreement import PROCESSED
from workers.day.books import BothBooks, read_books
from workers.day.stage import SHOP, Stage

ALL = 1_000_000
SOON = timedelta(seconds=100)
"""Work that is due within this is waited for: a doubt takes a minute, and then a second look."""
OK = 200
SHIPMENT = re.compile(r"/orders/([^/]+)/shipments/([^/]+)")
COMMITTED = frozenset({"commit_then_drop", "late"})
"""Faults of the shop after which the work was done, whatever was answered."""


class Unheard:
    """The queue of a witness: what it asks for is found by the mover."""

    def nudge(self, _message: Message) -> None:
        """Wake nobody."""

    def waiting(self, _queue: Queue) -> int | None:
        """Not known here."""
        return None


class Witness:
    """Sees one stage. Nothing that the service believes is taken for true.

    ``spared`` is how many 429s the faults so far may have cost.
    """

    def __init__(self, stage: Stage) -> None:
        """Connect to the service's store."""
        self._stage = stage
        self._services = build_services(stage.service.settings, wake_up=Unheard())
        self.spared = 0

    def compare_everything(self) -> None:
        """Ask the service to compare both sides, as ``picqer-bridge reconcile`` does."""
        observations = operate.observations(self._services)
        operate.ask_for(self._services, observations, "the end of the storm")

    def look(self, leaks: tuple[str, ...] = ()) -> Seen:
        """Everything there is to judge by, at this moment."""
        stage, services = self._stage, self._services
        records = services.inbox.find(limit=ALL)
        return Seen(
            books=self.books(),
            jobs=tuple(services.jobs.find(JobFilter(limit=ALL))),
            now=services.store.now(),
            accepted=sum(one.status == OK for one in stage.shop.webhooks.sent),
            stored=sum(1 + one.copies for one in records if one.source == f"shops/{SHOP}"),
            astray=tuple(_astray(records)),
            busiest=stage.picqer.busiest(),
            spared=self.spared,
            mails=tuple(self._mails()),
            leaks=leaks,
        )

    def books(self) -> BothBooks:
        """Both books, with the pieces in flight as the two sides themselves tell them."""
        ahead = self._in_flight()
        return read_books(self._stage, lambda code: ahead[code])

    def is_quiet(self, seen: Seen) -> bool:
        """Whether no event is on its way and no job is about to run."""
        return self._stage.shop.webhooks.wait_until_quiet(0.0) and not any(
            busy(seen.jobs, seen.now)
        )

    def _in_flight(self) -> Counter[str]:
        """Pieces that an order holds in the shop and that Picqer does not hold yet."""
        processed = self._processed()
        pieces: Counter[str] = Counter()
        for order in self._stage.shop.books.snapshot()["orders"]:
            if order["holds_stock"] and not order["cancelled"] and order["number"] not in processed:
                pieces.update({line["sku"]: line["quantity"] for line in order["lines"]})
        return pieces

    def _processed(self) -> set[str]:
        books = self._stage.picqer.books
        with books.lock:
            return {
                order.reference
                for order in books.orders.values()
                if order.reference and order.status in PROCESSED
            }

    def _mails(self) -> Iterator[tuple[str, str]]:
        """Order id and shipment key of each mail that the shop was asked for and sent."""
        for request in list(self._stage.shop.books.log):
            found = SHIPMENT.fullmatch(request.path)
            asked = isinstance(request.body, dict) and request.body.get("notify_customer")
            done = request.fault in COMMITTED if request.fault else request.status in (200, 204)
            if found and asked and done:
                yield found[1], found[2]


def busy(jobs: tuple[Job, ...], now: datetime) -> Iterator[Job]:
    """The jobs that run or are about to; reconciling apart, which never ends."""
    for job in jobs:
        soon = job.state is State.OPEN and job.due_at < now + SOON
        if job.identity.flow is not Flow.RECONCILE and (soon or job.state is State.RUNNING):
            yield job


def _astray(records: list[DeliveryRecord]) -> Iterator[str]:
    for record in records:
        if not (record.jobs if record.state == "routed" else record.reason):
            yield f"delivery {record.id} of {record.source} led to nothing, and does not say why"
