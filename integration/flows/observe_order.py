"""Reading one order at Picqer whose completion may have been missed."""

from __future__ import annotations

from integration.crash_points import crash_point
from integration.domain import PicqerStatus
from integration.errors import NotFound
from integration.jobs import Done, Ending, Flow, Identity, Lane, OrderStatusFact
from integration.services import Work

LANE = Lane.BULK
SILENCE_SECONDS = 600.0
"""Picqer tells of an order's completion right after its last picklist; this is long after."""
ENDED = frozenset({PicqerStatus.COMPLETED, PicqerStatus.CANCELLED})


def ask_later(work: Work, idorder: int) -> None:
    """Have the order read in a while, unless its end is known by then."""
    account = work.job.account
    known = work.services.shipments.status(account, idorder)
    if known is None or known.status not in ENDED:
        identity = Identity(Flow.RECONCILE, "", f"order:{account}:{idorder}")
        work.services.jobs.hint(
            identity, account, delay=SILENCE_SECONDS, urgent=False, why="a picklist was reported"
        )


def observe_order(work: Work) -> Ending:
    """Read the order that this job names (``order:main:301``), if its end is not known yet."""
    account, idorder = work.job.account, int(work.job.identity.subject.rsplit(":", 1)[1])
    known = work.services.shipments.status(account, idorder)
    if known is not None and known.status in ENDED:
        return Done(f"idorder {idorder} is {known.status}; nothing to read")
    try:
        order = work.picqer(LANE).order(idorder)
    except NotFound:
        return Done(f"Picqer does not know idorder {idorder} any more")
    fact = OrderStatusFact(idorder, order.status, order.updated, order.reference)
    entry = work.services.ledger.find_by_id(account, "order", idorder)
    with work.services.store.transaction():
        work.services.shipments.record(account, fact)
        crash_point("reconcile.before_order")
        if order.status is PicqerStatus.COMPLETED and entry is not None:
            identity = Identity(Flow.COMPLETE_ORDER, entry.key.shop, entry.key.subject)
            work.services.jobs.hint(identity, account, why="its completion had been missed")
    return Done(f"{order.orderid} is {order.status}")
