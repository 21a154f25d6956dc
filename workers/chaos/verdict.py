"""What both books say of the promises after a storm, as an outsider sees it. Pure.

What a person has to decide is no broken promise: an order that the shop cancelled after it was
packed waits for a person, with a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from integration.jobs import Flow, Job, State
from workers.day.agreement import PROCESSED, disagreements
from workers.day.books import BothBooks, OrderPage

PROCESSING = "processing"
LATE = timedelta(seconds=60)
"""A job that has been due for so long is not going to run by itself."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise: what it says, and every way in which it was seen broken."""

    promise: str
    text: str
    wrong: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Whether nothing was seen broken."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to judge by.

    ``jobs`` are all jobs and ``now`` the store's clock. ``accepted`` is how many of the shop's
    deliveries were answered with 200, ``stored`` how many are in the store, copies counted;
    ``astray`` are stored ones that led to nothing and have no reason. ``busiest`` is the simulated
    Picqer's own count, ``spared`` how many 429s the faults may have cost. ``mails`` has a shipment
    once for each mail the shop was asked for and sent.
    """

    books: BothBooks
    jobs: tuple[Job, ...]
    now: datetime
    accepted: int
    stored: int
    astray: tuple[str, ...]
    busiest: Mapping[str, int]
    spared: int
    mails: tuple[tuple[str, str], ...]
    leaks: tuple[str, ...]


def judge(seen: Seen) -> list[Verdict]:
    """The promises P1 to P7, each with its verdict."""
    stock = BothBooks({}, seen.books.stock)
    return [
        Verdict("P1", "one order of the shop is one order at Picqer", (*_orders(seen),)),
        Verdict("P2", "what the door accepted is never lost", (*_deliveries(seen),)),
        Verdict("P3", "never too many requests", (*_limit(seen),)),
        Verdict("P4", "the shop shows what can be sold", (*disagreements(stock),)),
        Verdict("P5", "each shipment is told whole, and mailed once", (*_shipments(seen),)),
        Verdict("P6", "what waits for a person says why", (*_sentences(seen),)),
        Verdict("P7", "no person and no secret outside the store", seen.leaks),
    ]


def judge_unsettled(seen: Seen) -> list[Verdict]:
    """Only what must hold at every moment: nothing doubled, nothing too fast, nothing told."""
    doubled = (*_doubled(seen.books.orders.values()),)
    return [
        Verdict("P1", "no order of the shop is two orders at Picqer", doubled),
        Verdict("P3", "never too many requests", (*_limit(seen),)),
        Verdict("P5", "no shipment is mailed twice", (*_mailed_twice(seen),)),
        Verdict("P7", "no person and no secret outside the store", seen.leaks),
    ]


def waiting_for_a_person(jobs: Iterable[Job]) -> list[Job]:
    """The jobs that are parked."""
    return [job for job in jobs if job.state is State.PARKED]


def _orders(seen: Seen) -> Iterator[str]:
    parked = _parked_orders(seen)
    yield from _doubled(seen.books.orders.values())
    for number, page in seen.books.orders.items():
        if len(page.at_picqer) > 1 or (number in parked and not page.to_ship):
            continue
        if page.in_shop and not page.to_ship and _was_sent(page):
            continue
        bare = BothBooks({number: _without_shipments(page)}, {})
        yield from disagreements(bare)


def _doubled(pages: Iterable[OrderPage]) -> Iterator[str]:
    for page in pages:
        if len(page.at_picqer) > 1:
            yield f"order {page.number} is {len(page.at_picqer)} orders at Picqer"


def _was_sent(page: OrderPage) -> bool:
    """Whether goods had left before the shop cancelled it: then Picqer's order stays."""
    return any(one.shipped for one in page.at_picqer)


def _without_shipments(page: OrderPage) -> OrderPage:
    """The page as far as P1 goes: whether it is there, processed, and of the right goods."""
    rows = tuple(
        replace(one, status=PROCESSING if one.status in PROCESSED else one.status, shipped={})
        for one in page.at_picqer
    )
    return replace(page, shipped={}, fulfilled=False, at_picqer=rows)


def _only_shipments(page: OrderPage) -> OrderPage:
    """The page as far as P5 goes: what was sent, what was told, and whether it is completed."""
    rows = tuple(
        replace(one, status=one.status if one.status in PROCESSED else PROCESSING, pieces={})
        for one in page.at_picqer
    )
    return replace(page, pieces={}, at_picqer=rows)


def _parked_orders(seen: Seen) -> set[str]:
    """The numbers of orders of which a job waits for a person."""
    return {
        job.identity.subject
        for job in waiting_for_a_person(seen.jobs)
        if job.identity.flow in (Flow.CREATE_ORDER, Flow.COMPLETE_ORDER)
    }


def _deliveries(seen: Seen) -> Iterator[str]:
    if seen.stored < seen.accepted:
        yield f"{seen.accepted} events were answered with 200, and {seen.stored} are stored"
    yield from seen.astray
    for job in seen.jobs:
        if job.state is State.OPEN and job.due_at < seen.now - LATE:
            yield f"{job.identity} has been due since {job.due_at:%H:%M:%S} and does not run"
        if job.state is State.RUNNING and (job.lease_until or seen.now) < seen.now - LATE:
            yield f"{job.identity} seems to run, but its worker is gone"
        if job.state is State.DONE and job.claimed_revision != job.revision:
            yield f"{job.identity} is done, but not for its newest event"


def _limit(seen: Seen) -> Iterator[str]:
    refused = seen.busiest["rejected"]
    if refused > seen.spared:
        yield f"{refused} requests were refused for the rate limit, {seen.spared} may be"


def _shipments(seen: Seen) -> Iterator[str]:
    parked = _parked_orders(seen)
    for number, page in seen.books.orders.items():
        if len(page.at_picqer) == 1 and page.to_ship and number not in parked:
            yield from disagreements(BothBooks({number: _only_shipments(page)}, {}))
    yield from _mailed_twice(seen)


def _mailed_twice(seen: Seen) -> Iterator[str]:
    for (order_id, key), times in Counter(seen.mails).items():
        if times > 1:
            yield f"{times} mails went out about shipment {key} of order {order_id}"


def _sentences(seen: Seen) -> Iterator[str]:
    for job in waiting_for_a_person(seen.jobs):
        if not job.reason:
            yield f"{job.identity} is parked without a reason"
        elif (job.code or "").startswith("Bug"):
            yield f"{job.identity}: {job.reason}"
