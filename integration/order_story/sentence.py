"""Where an order is and why, in one sentence, and what a person may do about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integration.domain import PicqerStatus
from integration.jobs import MAX_ATTEMPTS, Job, State
from integration.order_story.chapters import PicklistChapter, PicqerChapter, Whereabouts

LATE = timedelta(seconds=60)
"""A job that has been due for longer than this finds no worker."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the sentence is made of. ``name`` reads like ``Order 1042 of nl``."""

    name: str
    create: Job | None
    complete: Job | None
    picqer: PicqerChapter | None
    picklists: Sequence[PicklistChapter]
    now: datetime

    @property
    def there(self) -> str:
        """``in Picqer as P1``, or ``not in Picqer yet``."""
        if self.picqer is None or self.picqer.idorder is None:
            return "not in Picqer yet"
        return f"in Picqer as {self.picqer.orderid or self.picqer.idorder}"


def whereabouts(
    name: str,
    *,
    create: Job | None,
    complete: Job | None,
    picqer: PicqerChapter | None,
    picklists: Sequence[PicklistChapter],
    now: datetime,
) -> Whereabouts:
    """The sentence of the order called ``name`` (``Order 1042 of nl``)."""
    known = _Known(name, create, complete, picqer, picklists, now)
    return _creating(known) or _completing(known) or _at_picqer(known) or _not_at_picqer(known)


def _creating(known: _Known) -> Whereabouts | None:
    """What ``create_order`` has to say as long as it is not done."""
    job = known.create
    if job is None or job.state is State.DONE:
        return None
    if job.state is State.DISMISSED:
        return Whereabouts(
            f"{known.name} was put aside ({job.reason}); nothing is done for it.",
            f"To ship it after all: picqer-bridge jobs retry {job.id}",
        )
    if job.state is State.PARKED:
        return Whereabouts(f"{known.name} is parked: {_reason(job)}", _mend(job))
    if job.state is State.RUNNING:
        return Whereabouts(f"{known.name} is {known.there}; a worker is busy with it.")
    if known.picqer is not None and known.picqer.in_doubt:
        return Whereabouts(f"{known.name} is in doubt: {_reason(job)} {_again(job, known.now)}")
    return _open(f"{known.name} is {known.there}", job, known.now)


def _completing(known: _Known) -> Whereabouts | None:
    """What ``complete_order`` has to say as long as it is not done."""
    job = known.complete
    if job is None or job.state is State.DONE:
        return None
    if job.state is State.PARKED:
        return Whereabouts(
            f"{known.name} is {known.there}, but telling the shop is parked: {_reason(job)}",
            _mend(job),
        )
    if job.state is State.DISMISSED:
        return Whereabouts(
            f"{known.name} is {known.there}; telling the shop was put aside ({job.reason}).",
            f"To tell the shop after all: picqer-bridge jobs retry {job.id}",
        )
    if job.state is State.RUNNING:
        return Whereabouts(f"{known.name} is {known.there}; the shop is being told at this moment.")
    return _open(f"{known.name} is {known.there}, and the shop is to be told", job, known.now)


def _at_picqer(known: _Known) -> Whereabouts | None:
    """Nothing is left to be done by us: how far Picqer is."""
    order = known.picqer
    if order is None or order.idorder is None:
        return None
    if order.withdrawn and known.create is not None:
        return Whereabouts(f"{known.name}: {_reason(known.create)}")
    if order.status is PicqerStatus.CANCELLED:
        return Whereabouts(
            f"{known.name} was cancelled in Picqer ({order.orderid}); the shop's order is left as "
            f"it is."
        )
    if order.completed_in_shop:
        return Whereabouts(f"{known.name} is completed: {order.orderid}, {_picked(known)}.")
    if order.status is PicqerStatus.COMPLETED:
        return Whereabouts(
            f"{known.name} is completed in Picqer ({order.orderid}), {_picked(known)}."
        )
    if order.process_stamp is None and order.status not in _PROCESSED:
        return Whereabouts(
            f"{known.name} is a concept in Picqer ({order.orderid}); a person processes it there."
        )
    since = f" since {order.process_stamp} (Picqer's time)" if order.process_stamp else ""
    return Whereabouts(f"{known.name} is {known.there} and processing{since}; {_picked(known)}.")


_PROCESSED = frozenset({PicqerStatus.PROCESSING, PicqerStatus.PAUSED, PicqerStatus.COMPLETED})


def _not_at_picqer(known: _Known) -> Whereabouts:
    """Nothing is left to be done, and it is not in Picqer: the reason is the last run's note."""
    if known.create is None:
        return Whereabouts(
            f"{known.name} is known, but nothing has asked for it to be brought to Picqer."
        )
    return Whereabouts(f"{known.name} is not in Picqer: {_reason(known.create)}")


def _open(beginning: str, job: Job, now: datetime) -> Whereabouts:
    """A job that waits: for its moment, or for a worker."""
    if job.due_at > now:
        tried = f" It was tried {job.attempts} of {MAX_ATTEMPTS} times." if job.attempts else ""
        return Whereabouts(f"{beginning}: {_reason(job)}{tried} {_again(job, now)}")
    if now - job.due_at > LATE:
        return Whereabouts(
            f"{beginning}: it is due since {job.due_at:%Y-%m-%d %H:%M:%S} UTC and no worker took "
            f"it.",
            "See whether the workers, beat and the mover run (/health/ready tells).",
        )
    return Whereabouts(f"{beginning}: it is due now and waits for a worker.")


def _again(job: Job, now: datetime) -> str:
    seconds = max(0, round((job.due_at - now).total_seconds()))
    return f"Next look at {job.due_at:%H:%M:%S} UTC, in {seconds} s."


def _mend(job: Job) -> str:
    if job.blocked_on:
        product = f"product {job.blocked_on} can be ordered at Picqer"
        first = f"It goes on by itself when {product}. Otherwise remove"
    else:
        first = "Remove"
    return (
        f"{first} the cause, then: picqer-bridge jobs retry {job.id} (if it must never happen: "
        f"picqer-bridge jobs dismiss {job.id})"
    )


def _reason(job: Job) -> str:
    """Why, as a sentence with its full stop."""
    reason = (job.reason or "no reason was written down").strip()
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."


def _picked(known: _Known) -> str:
    if not known.picklists:
        return "no picklist is known yet"
    closed = [one for one in known.picklists if one.closed]
    told = sum(one.reported for one in closed)
    count = len(known.picklists)
    lists = "1 picklist" if count == 1 else f"{count} picklists"
    return f"{len(closed)} of {lists} closed, {told} reported to the shop"
