"""Telling a customer that a shipment is under way, at most once, by whoever was chosen to.

A mail cannot be looked up afterwards, so it is claimed in the ledger before it goes out, and the
claim is given back only when it is certain that nothing went out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from integration.crash_points import crash_point
from integration.domain import Order, Shipment
from integration.errors import Ambiguous, BridgeError, Rejected
from integration.flows.order_at_picqer import order_key
from integration.policy import CustomerMail
from integration.ports import LedgerKey
from integration.services import Work

DUE = "mail_due"
"""The detail of an order's ledger entry that lists the shipment keys still to be mailed."""


def mail_key(work: Work, shipment_key: str) -> LedgerKey:
    """The claim of the one mail about a shipment."""
    identity = work.job.identity
    return LedgerKey(work.job.account, "mail", identity.shop, f"{identity.subject}/{shipment_key}")


@contextmanager
def claimed(work: Work, shipment_key: str) -> Iterator[bool]:
    """Whether the mail may go out inside; an error that proves it did not gives it back."""
    key = mail_key(work, shipment_key)
    first = work.services.ledger.first(key)
    crash_point("complete_order.after_mail_claim")
    try:
        yield first
    except Ambiguous:
        raise
    except BridgeError:
        if first:
            work.services.ledger.release(key)
            crash_point("complete_order.after_mail_release")
        raise


def mails_due(work: Work) -> list[str]:
    """The shipment keys that were reported and are still to be mailed by this service."""
    entry = work.services.ledger.find(order_key(work))
    due = entry.details.get(DUE) if entry is not None else None
    return [str(shipment_key) for shipment_key in due] if isinstance(due, list) else []


def mail_later(work: Work, shipment_key: str) -> None:
    """Have a shipment mailed; called in the transaction that writes down its report."""
    due = mails_due(work)
    if shipment_key not in due:
        work.services.ledger.note(order_key(work), {DUE: [*due, shipment_key]})


def mail_due_shipments(
    work: Work, shipments: Mapping[str, Shipment]
) -> tuple[list[str], Rejected | None]:
    """Send what is due; returns sentences, and the refusal of a mail that stays due.

    ``shipments`` are by key; what is due but not among them waits. Raises Retryable or Deferred
    when a mail could not be sent now.
    """
    due = [key for key in mails_due(work) if key in shipments]
    if not due or work.shop().policy.customer_mail is not CustomerMail.BRIDGE:
        return [], None
    sentences: list[str] = []
    try:
        order = work.webshop().order(work.job.identity.subject)
        for shipment_key in due:
            sentences.append(_mail(work, order, shipments[shipment_key]))
            rest = [key for key in mails_due(work) if key != shipment_key]
            work.services.ledger.note(order_key(work), {DUE: rest})
            crash_point("complete_order.after_mail_note")
    except Rejected as error:
        return sentences, error
    return sentences, None


def _mail(work: Work, order: Order, shipment: Shipment) -> str:
    """Send one mail, and say how it went."""
    about, customer = f"the mail about shipment {shipment.shipment_key}", order.customer
    if not customer.email:
        return f"{about} was left out: the order has no e-mail address"
    try:
        with claimed(work, shipment.shipment_key) as first:
            if not first:
                return f"{about} went out before"
            work.services.mailer.shipped(customer.email, customer.language, order.number, shipment)
            crash_point("complete_order.after_mail")
    except Ambiguous:
        return f"{about} may or may not have gone out; it is not sent again"
    return f"{about} was sent"
