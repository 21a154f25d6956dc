"""A shop order that was cancelled: it is not, or no longer, at Picqer."""

from __future__ import annotations

from integration.crash_points import crash_point
from integration.domain import Order, PicqerOrder, PicqerStatus
from integration.errors import Ambiguous, NotFound, Refused, Unmappable
from integration.flows.order_at_picqer import look_up_order, order_key
from integration.jobs import Done, Ending
from integration.policy import OnCancel
from integration.ports import LedgerState, Picqer
from integration.services import Work

OPEN = frozenset({PicqerStatus.CONCEPT, PicqerStatus.EXPECTED})


def withdraw_order(work: Work, number: str, order: Order | None, reason: str) -> Ending:
    """See to it that the order is not shipped, or park with the sentence why it may be.

    ``order`` is the shop's, None when the shop no longer has it.
    """
    ledger, key = work.services.ledger, order_key(work)
    entry = ledger.find(key)
    if entry is None:
        return Done(f"never sent to Picqer: {reason}")
    if entry.state is LedgerState.SETTLED and entry.details.get("withdrawn"):
        return Done(f"withdrawn at Picqer already: {reason}")
    idorder = look_up_order(work, entry.reference or number, order)
    if idorder is None:
        return Done(f"it never reached Picqer: {reason}")
    picqer = work.picqer(work.order_lane)
    try:
        there = picqer.order(idorder)
    except NotFound:
        there = None
    if there is not None and there.status is PicqerStatus.COMPLETED:
        return Done(f"{there.orderid} was shipped already, and stays at Picqer as it is: {reason}")
    outcome = _withdraw(work, picqer, there, number)
    crash_point("cancellation.after_withdrawal")
    ledger.note(key, {"withdrawn": True})
    crash_point("cancellation.after_note")
    return Done(f"{outcome}: {reason}")


def _withdraw(work: Work, picqer: Picqer, order: PicqerOrder | None, number: str) -> str:
    if order is None or order.status is PicqerStatus.CANCELLED:
        return "cancelled at Picqer already"
    if order.status in OPEN:
        _cancel(picqer, order, force=False)
        return f"concept {order.orderid} was deleted at Picqer"
    closed = any(picklist.status == "closed" for picklist in order.picklists)
    if work.shop().policy.on_cancel is OnCancel.CANCEL and not closed:
        _cancel(picqer, order, force=True)
        return f"{order.orderid} was cancelled at Picqer"
    raise Unmappable(
        f"order {number} was cancelled in the shop but is {order.status} at Picqer as "
        f"{order.orderid}. Cancel it in Picqer if it is not to be shipped, then retry; or dismiss."
    )


def _cancel(picqer: Picqer, order: PicqerOrder, *, force: bool) -> None:
    """Cancel it; an odd answer is settled by reading the order once."""
    try:
        picqer.cancel_order(order.idorder, force=force)
    except (Refused, Ambiguous, NotFound):
        if _status(picqer, order.idorder) is not PicqerStatus.CANCELLED:
            raise


def _status(picqer: Picqer, idorder: int) -> PicqerStatus:
    try:
        return picqer.order(idorder).status
    except NotFound:
        return PicqerStatus.CANCELLED
